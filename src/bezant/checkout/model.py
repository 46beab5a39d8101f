"""What paying for an order looks like from outside: the till, the page, the steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bezant.baskets.model import BasketKey, BasketTerms, BasketView
from bezant.checkout.views import OrderView, PayLine
from bezant.kernel.clock import Clock
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.money import Money
from bezant.kernel.texts import Language
from bezant.legal.model import AcceptedDocument
from bezant.payments.acquirer import Acquirer, Challenge, Charge
from bezant.payments.card import CardInHand, Secret
from bezant.payments.model import InstalmentRate, PaymentMethod
from bezant.payments.vault import CardVault


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


@dataclass(frozen=True, slots=True)
class PayingTerms:
    """How long things may take, and how cards are taken.

    From the order on, its prices stand for `window` for whoever has yet to give a card. A
    customer has `three_d_limit` to pass 3-D; a charge without it is given up after
    `reply_limit`. Pieces stay reserved for `grace` beyond whichever ends last.
    """

    window: timedelta
    three_d_limit: timedelta
    reply_limit: timedelta
    grace: timedelta
    needs_3d: bool
    base_url: str

    def lapses_at(self, now: datetime, *, is_3d: bool) -> datetime:
        """When a charge that begins now is given up if nothing is heard of it."""
        return now + (self.three_d_limit if is_3d else self.reply_limit)


@dataclass(frozen=True, slots=True)
class Till:
    """What taking a payment needs. `acquirers` holds the one in use first; it may be empty."""

    db: Database
    clock: Clock
    acquirers: Mapping[str, Acquirer]
    terms: PayingTerms
    vault: CardVault

    def acquirer(self) -> Acquirer:
        """The one that new charges go to. Raises `CardPaymentsOff`."""
        for acquirer in self.acquirers.values():
            return acquirer
        raise CardPaymentsOff

    def charging(self) -> "ChargingTerms":
        """How new charges are made. Raises `CardPaymentsOff`."""
        return ChargingTerms(self.terms, self.acquirer().name, self.vault)

    async def close(self) -> None:
        """Ends the acquirers' connections; the database is another's."""
        for acquirer in self.acquirers.values():
            await acquirer.close()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PayView:
    """One payment as its page shows it. `total` is before any cost of paying by instalments.

    `until` is when the order stops waiting for it. `going_back` was taken from a card although
    the order could not take it, and went back or is about to; `not_back` was, and the acquirer
    would not give it back.
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
    going_back: Money
    not_back: Money
    step: PayStep


@dataclass(frozen=True, slots=True)
class Notice:
    """What an acquirer posted to us; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCardNamed:
    """A kept card by the partner's token for it, and the value on its back if one was given."""

    token: str
    cvv: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWish:
    """How a partner wants an order to be paid by a card that it gives with it."""

    card: CardInHand | KeptCardNamed
    instalment: int
    is_3d: bool
    keeps_card: bool
    customer_ip: str


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
class ChargingTerms:
    """How charges are made, at which acquirer, and what opens the tokens of kept cards."""

    paying: PayingTerms
    acquirer: str
    vault: CardVault


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
