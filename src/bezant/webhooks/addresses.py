"""Where a webhook may go: never to a machine that only we can reach.

Invariants: the form of an address is checked when an endpoint is added; the address that a
connection is really made to is checked as it is made, so that a name which resolves
otherwise the second time gains nothing.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

MAX_URL_LENGTH: Final = 500
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home.arpa")
# A public address by its number that answers as the metadata service of a cloud.
_METADATA: Final = frozenset({IPv4Address("168.63.129.16")})
# Addresses that carry one of IPv4 within: it is what is really reached.
_NAT64: Final = IPv6Network("64:ff9b::/96")
_TRANSLATED: Final = (IPv6Network("64:ff9b:1::/48"), IPv6Network("2001::/32"))
_RELAY: Final = IPv4Network("192.88.99.0/24")


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet can reach."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        return _is_public_v6(ip)
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and ip not in _RELAY
        and ip not in _METADATA
    )


def why_refused(url: str, *, allows_private: bool) -> str | None:
    """The catalogue's key of what is wrong with the form of an endpoint's address, if any."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "webhook.url_malformed"
    host = (parts.hostname or "").rstrip(".").lower()
    if len(url) > MAX_URL_LENGTH or not _is_plain(url) or not host or port == 0:
        return "webhook.url_malformed"
    if "@" in parts.netloc or parts.fragment:
        return "webhook.url_malformed"
    if parts.scheme != "https" and not (allows_private and parts.scheme == "http"):
        return "webhook.url_not_https"
    if not allows_private and _is_local(host):
        return "webhook.url_private"
    return None


def _is_public_v6(ip: IPv6Address) -> bool:
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if ip in _NAT64:
        return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    if ip.sixtofour is not None or any(ip in network for network in _TRANSLATED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_site_local)


def _is_plain(url: str) -> bool:
    """Only visible ASCII, and no backslash: some readers take it for a slash."""
    return all("!" <= letter <= "~" for letter in url) and "\\" not in url


def _is_local(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
