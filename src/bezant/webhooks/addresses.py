"""Where a webhook may go: never to a machine that only we can reach.

Invariants: the form of an address is checked when an endpoint is added; the address that a
connection is really made to is checked as it is made, so that a name which resolves
otherwise the second time gains nothing.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

MAX_URL_LENGTH: Final = 500
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home.arpa")
# What IANA's registries of special-purpose addresses take out of the internet, and one address
# that is public by its number and answers as the metadata service of a cloud.
_NOT_PUBLIC: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",
    )
)  # fmt: skip
# All that is given out of IPv6, and what is special within.
_GIVEN_OUT: Final = IPv6Network("2000::/3")
_SPECIAL: Final = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
# An address of IPv6 that carries one of IPv4, which is what is really reached.
_NAT64: Final = IPv6Network("64:ff9b::/96")
_IPV4: Final = 0xFFFFFFFF


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet can reach."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC)
    if ip.ipv4_mapped is not None or ip in _NAT64:
        return is_public(str(IPv4Address(int(ip) & _IPV4)))
    return ip in _GIVEN_OUT and not any(ip in network for network in _SPECIAL)


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


def _is_plain(url: str) -> bool:
    """Only visible ASCII, and no backslash: some readers take it for a slash."""
    return all("!" <= letter <= "~" for letter in url) and "\\" not in url


def _is_local(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
