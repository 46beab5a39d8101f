"""Payments as they are read: by a partner with an order, and by a customer on a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Money
from bezant.kernel.texts import Language, Text
from bezant.payments.acquirer import Challenge
from bezant.payments.card import CardInHand
from bezant.payments.model import AttemptState, InstalmentRate, PaymentMethod, PaymentState


class NoSuchPayment(BezantError):
    """No payment has this token."""

    kind = Kind.NOT_FOUND
    text = "payment.not_found"


class PaymentClosed(BezantError):
    """The payment is settled, or its order no longer waits for it."""

    kind = Kind.CONFLICT
    text = "payment.closed"


class ChargeView(msgspec.Struct, frozen=True, kw_only=True):
    """The charge that a payment stands on: the captured one, else the newest."""

    is_3d: bool
    is_live: bool
    instalment: int
    cost: int
    holder: str
    bin: str
    last_four: str
    expiry: str
    association: str
    customer_ip: str
    auth_mode: str
    transaction_id: str
    order_reference: str
    reason: str
    explanation: str


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it is read. Amounts are minor units of the order's currency."""

    token: PaymentToken
    method: PaymentMethod
    state: PaymentState
    amount: int
    cost: int
    refunded: int
    charge: ChargeView | None

    @property
    def cost_so_far(self) -> int:
        """What paying adds, as far as it is known."""
        if self.cost or self.charge is None or not self.charge.is_live:
            return self.cost
        return self.charge.cost

    @property
    def way(self) -> Text:
        """How it is paid, as documents say it."""
        if self.method is PaymentMethod.CASH:
            return Text("payment.cash")
        if self.charge is None or self.charge.instalment == 1:
            return Text("payment.credit_card")
        return Text("legal.paid_by_instalments", {"count": self.charge.instalment})


@dataclass(frozen=True, slots=True)
class PayLine:
    """A line of the order as the payment page shows it."""

    name: str
    amount: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOnPage:
    """What the page of a payment says of its order. `waits` is whether that still takes one.

    `until` is when it stops to.
    """

    language: Language
    number: str
    waits: bool
    until: datetime
    seller: str
    lines: Sequence[PayLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyOnPage:
    """What the page of a payment says of its money, and of the newest or captured charge."""

    state: PaymentState
    total: Money
    cost: Money
    is_hosted: bool
    attempt: AttemptState | None
    challenge: Challenge | None
    reason: str
    explanation: str
    going_back: Money
    not_back: Money


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a payment failed: three digits (the wire's `code`) and the acquirer's own words."""

    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class CardWanted:
    """The customer is to give a card. `refused` is why the last one was not taken, if any."""

    refused: Refused | None = None


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
