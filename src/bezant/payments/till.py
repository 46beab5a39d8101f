"""The till: what taking a payment needs, and whose orders payments are for; no I/O.

Payments know no orders. Each process whose orders are paid by card hands a `Payee` to the till,
and is told through it what became of a charge, by whichever leg that was heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bezant.kernel.clock import Clock
from bezant.kernel.db import Connection, Database
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import CustomerId, OrderId, PaymentToken
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Acquirer, Charge, Outcome, RefundOutcome
from bezant.payments.card import CardInHand, Secret
from bezant.payments.model import Attempt, DueRefund, Leg, PaidFor, Payment, RefundVerdict, Verdict
from bezant.payments.vault import CardVault
from bezant.payments.views import OrderOnPage


class CardPaymentsOff(BezantError):
    """This deployment has no acquirer, so cards are not taken."""

    kind = Kind.CONFLICT
    text = "payment.cards_off"


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
class ChargingTerms:
    """How charges are made, at which acquirer, and what opens the tokens of kept cards."""

    paying: PayingTerms
    acquirer: str
    vault: CardVault


@dataclass(frozen=True, slots=True)
class Till:
    """What taking a payment needs. `acquirers` holds the one in use first; it may be empty."""

    db: Database
    clock: Clock
    acquirers: Mapping[str, Acquirer]
    terms: PayingTerms
    vault: CardVault
    payees: Mapping[PaidFor, "Payee"]

    def acquirer(self) -> Acquirer:
        """The one that new charges go to. Raises `CardPaymentsOff`."""
        for acquirer in self.acquirers.values():
            return acquirer
        raise CardPaymentsOff

    def charging(self) -> ChargingTerms:
        """How new charges are made. Raises `CardPaymentsOff`."""
        return ChargingTerms(self.terms, self.acquirer().name, self.vault)

    async def close(self) -> None:
        """Ends the acquirers' connections; the database is another's."""
        for acquirer in self.acquirers.values():
            await acquirer.close()


@dataclass(frozen=True, slots=True)
class ChargeNews:
    """What was heard of a charge, by which leg, and the order that it is for."""

    charge: Attempt
    order_id: OrderId
    outcome: Outcome
    leg: Leg


class Payee(Protocol):
    """The orders of one kind, as those who take payments know them; a module is one."""

    async def hear(self, connection: Connection, till: Till, news: ChargeNews) -> Verdict:
        """Writes down what was heard of a charge, and what follows for its order.

        To be run by `change_on`. The same thing heard twice changes nothing the second time.
        """
        ...

    async def hear_refund(
        self, till: Till, due: DueRefund, outcome: RefundOutcome
    ) -> RefundVerdict:
        """Writes down what became of a refund, and what follows for its order."""
        ...

    async def order_on_page(
        self, connection: Connection, token: PaymentToken
    ) -> OrderOnPage | None:
        """What the page of a payment says of its order; None when that is of another kind."""
        ...

    async def charge_again(self, till: Till, payment: Payment, wish: "CardWish") -> Charge:
        """Writes down a charge of the card that the customer gave on the page; to be sent.

        Raises `PaymentClosed`, `CardPaymentsOff`, `ChargeUnderWay`, `TooManyCharges`, and
        `Invalid` for instalments that such a card does not have.
        """
        ...

    async def give_up(self, till: Till, payment: Payment) -> None:
        """Cancels an order whose customer does not want to pay. Raises `ChargeUnderWay`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays for an order, in which language, and what the order is called."""

    customer_id: CustomerId
    name: str
    email: str
    phone: str
    language: Language
    order_number: str


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
