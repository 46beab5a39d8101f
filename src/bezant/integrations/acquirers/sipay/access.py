"""What opens Sipay to us, and to which addresses a payment may be sent."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bezant.kernel.money import Currency
from bezant.payments.card import Secret

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SipayAccess:
    """What Sipay gave the shop, and how it is to be used.

    `base_url` ends in `/ccpayment`. `currency` is the one that the shop is paid in: Sipay's
    answer about a charge tells amounts without a currency. `sale_web_hook_key` names the
    notice address that is set in Sipay's panel; without it Sipay sends no notices.
    """

    base_url: str
    app_id: str
    app_secret: Secret
    merchant_key: Secret
    currency: Currency
    sale_web_hook_key: str = ""

    def __post_init__(self) -> None:
        if not is_guarded(self.base_url):
            raise ValueError("Sipay is spoken to over https, or on this machine")

    def url(self, path: str) -> str:
        """The address of one of Sipay's services."""
        return f"{self.base_url.rstrip('/')}/{path}"


def is_guarded(url: str) -> bool:
    """Whether nobody on the way can read what goes there: https, or this very machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK
