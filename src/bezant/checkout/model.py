"""What makes an order of a basket, and why it may not: the wish, its terms, the refusals."""

from collections.abc import Sequence
from dataclasses import dataclass

from bezant.baskets.model import BasketKey, BasketTerms, BasketView
from bezant.checkout.views import OrderView
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.money import Money
from bezant.kernel.texts import Language
from bezant.legal.model import AcceptedDocument
from bezant.payments.acquirer import Charge
from bezant.payments.model import PaymentMethod
from bezant.payments.till import CardWish, ChargingTerms, PayingTerms


class PriceExpired(BezantError):
    """The prices that were shown no longer stand; the basket has been priced anew."""

    kind = Kind.GONE
    text = "checkout.price_expired"


class NothingToOrder(BezantError):
    """There is nothing in the basket to order."""

    kind = Kind.CONFLICT
    text = "checkout.basket_empty"


class AddressMissing(BezantError):
    """The basket has no shipping or no billing address yet."""

    kind = Kind.CONFLICT
    text = "checkout.address_missing"


class CustomerHasOpenOrders(BezantError):
    """The customer has an order that is not over, so its person cannot be forgotten yet."""

    kind = Kind.CONFLICT
    text = "customer.has_open_orders"


class CustomerHasBalance(BezantError):
    """The customer owns metal or cash, which would be nobody's."""

    kind = Kind.CONFLICT
    text = "customer.has_balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a partner asks for when a basket is to become an order.

    Without `card`, an order by credit card is paid on our own page. `shown` is the sum that
    the customer was shown, if the partner says so. `asked_mac` tells this call from others.
    """

    key: BasketKey
    external_id: str
    method: PaymentMethod
    card: CardWish | None
    legals: Sequence[AcceptedDocument]
    note: str
    shown: Money | None
    language: Language
    asked_mac: bytes


@dataclass(frozen=True, slots=True)
class CompletionTerms:
    """By which rules a basket becomes an order; `charging` is None where no cards are taken."""

    baskets: BasketTerms
    paying: PayingTerms
    charging: ChargingTerms | None


@dataclass(frozen=True, slots=True)
class Expired:
    """The prices do not stand any more; this is the basket, new or not, with those that do."""

    view: BasketView


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was made, now or by the same call before; `charge` is still to be sent."""

    view: OrderView
    charge: Charge | None
