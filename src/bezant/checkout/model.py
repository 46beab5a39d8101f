"""What paying for an order looks like from outside: the till, the page, the steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bezant.kernel.clock import Clock
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.money import Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Acquirer, Challenge
from bezant.payments.card import CardInHand
from bezant.payments.model import InstalmentRate


class CardPaymentsOff(BezantError):
    """This deployment has no acquirer, so cards are not taken."""

    kind = Kind.CONFLICT
    text = "payment.cards_off"


class NoSuchPayment(BezantError):
    """No payment has this token."""

    kind = Kind.NOT_FOUND
    text = "payment.not_found"


class PaymentClosed(BezantError):
    """The payment is settled, or its order no longer waits for it."""

    kind = Kind.CONFLICT
    text = "payment.closed"


class PriceExpired(BezantError):
    """The prices that were shown no longer stand; the basket has been priced anew."""

    kind = Kind.GONE
    text = "checkout.price_expired"


class BasketEmpty(BezantError):
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


@dataclass(frozen=True, slots=True)
class PayingTerms:
    """How long things may take.

    `three_d_limit` is how long a customer has for 3-D; pieces are reserved for
    `three_d_limit + grace` from the last attempt on.
    """

    three_d_limit: timedelta
    grace: timedelta
    base_url: str


@dataclass(frozen=True, slots=True)
class Till:
    """What taking a payment needs. `acquirers` holds the one in use first; it may be empty."""

    db: Database
    clock: Clock
    acquirers: Mapping[str, Acquirer]
    terms: PayingTerms

    def acquirer(self) -> Acquirer:
        """The one that new charges go to. Raises `CardPaymentsOff`."""
        for acquirer in self.acquirers.values():
            return acquirer
        raise CardPaymentsOff


@dataclass(frozen=True, slots=True)
class CardWanted:
    """The customer is to give a card. `refused` is why the last one was not taken, if any."""

    refused: "Refused | None" = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a payment failed: three digits (the wire's `code`) and the acquirer's own words."""

    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Paid:
    """The money is taken and the order stands."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The acquirer has not said yet what became of it; ask again in a moment."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The order is not paid and no longer waits for it."""

    refused: Refused


PayStep = CardWanted | Challenge | Waiting | Paid | Failed
"""What comes next for the customer."""


@dataclass(frozen=True, slots=True)
class PayLine:
    """A line of the order as the payment page shows it."""

    name: str
    amount: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PayView:
    """One payment as its page shows it. `total` is before any cost of paying by instalments.

    `until` is when the order stops waiting for it.
    """

    token: str
    language: Language
    seller: str
    order_number: str
    lines: Sequence[PayLine]
    total: Money
    cost: Money
    until: datetime
    may_keep_card: bool
    step: PayStep


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOffer:
    """A card that the customer gave on the page, and how it is to be charged."""

    card: CardInHand
    instalment: int
    keeps_card: bool
    ip: str


@dataclass(frozen=True, slots=True)
class InstalmentPlan:
    """A way to spread the payment, with what it costs in all and each time."""

    rate: InstalmentRate
    cost: Money
    each: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Notice:
    """What an acquirer sent us by itself. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes
