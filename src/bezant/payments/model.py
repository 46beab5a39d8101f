"""Payments, the charges that they are made by, refunds, and instalments."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import AttemptId, OrderId, PartnerId, PaymentId, PaymentToken, RefundId
from bezant.kernel.money import Currency, Money
from bezant.kernel.rounding import half_up

UNKNOWN_PROGRAMME: Final = ""
AT_ONCE: Final = 1


class CardType(StrEnum):
    """What kind of account is behind a card."""

    CREDIT = "credit"
    DEBIT = "debit"
    PREPAID = "prepaid"


class PaymentMethod(StrEnum):
    """How an order is paid, as replies name it."""

    CASH = "cash"
    CREDIT_CARD = "credit-card"


class PaidFor(StrEnum):
    """Which kind of order a payment is for; each kind has numbers of its own."""

    SHOP = "shop"
    DIGITAL = "digital"


class PaymentState(StrEnum):
    """How far a payment is. A refund of a part leaves it a success."""

    NEW = "new"
    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"
    REFUNDED = "refunded"


class AttemptState(StrEnum):
    """How far one charge of a card is; only the first two are live.

    A charge that was given up (`lapsed`) or declined can still turn out to be captured.
    """

    OPEN = "open"
    CHALLENGED = "challenged"
    CAPTURED = "captured"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Leg(StrEnum):
    """By which way it was heard what became of a charge."""

    REPLY = "reply"
    RETURN = "return"
    NOTICE = "notice"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class CardBank:
    """What the first digits of a card tell: its bank and the bank's instalment programme."""

    bin: str
    bank: str
    programme: str
    association: str
    card_type: CardType


@dataclass(frozen=True, slots=True)
class InstalmentRate:
    """What paying in so many instalments adds, in basis points of the total.

    `real_instalment` is how many payments the bank collects.
    """

    instalment: int
    real_instalment: int
    basis_points: int

    def cost(self, total: Money) -> Money:
        """What is added to `total`, rounded half up once."""
        return total.share(basis_points=self.basis_points)

    def each(self, total: Money) -> Money:
        """One of the payments; the bank collects the rounding with the last one."""
        whole = total + self.cost(total)
        return Money(half_up(whole.minor, self.real_instalment), whole.currency)


@dataclass(frozen=True, slots=True)
class CardTerms:
    """What is known of a card by its first digits; `bank` is None for an unknown one.

    `rates` begins with paying at once.
    """

    bin: str
    bank: CardBank | None
    rates: tuple[InstalmentRate, ...]

    @property
    def at_once(self) -> InstalmentRate:
        """What paying at once with this card adds."""
        return self.rates[0]


class ChargeUnderWay(BezantError):
    """A charge of this payment is under way: what becomes of it has to be known first."""

    kind = Kind.CONFLICT
    text = "payment.charge_under_way"


class TooManyCharges(BezantError):
    """So many cards were tried for this payment that no more are: somebody may be guessing."""

    kind = Kind.CONFLICT
    text = "payment.too_many_charges"


class NotThatMuchToRefund(BezantError):
    """More is to go back than was taken and has not gone back yet."""

    kind = Kind.CONFLICT
    text = "payment.not_that_much_to_refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What one order is paid by. Amounts are minor units of `currency`.

    `amount` is the order's total, `cost` what paying by this card adds; `captured` is both
    or nothing. `is_hosted` says that the customer gives the card on our own page.
    """

    partner_id: PartnerId
    payment_id: PaymentId
    paid_for: PaidFor
    order_id: OrderId
    token: PaymentToken
    method: PaymentMethod
    is_hosted: bool
    state: PaymentState
    currency: Currency
    amount: int
    cost: int
    captured: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One charge of a card, by our `reference` of it at the acquirer.

    `is_surplus` is a capture that its order could not take any more: all of it goes back.
    """

    partner_id: PartnerId
    attempt_id: AttemptId
    payment_id: PaymentId
    paid_for: PaidFor
    reference: str
    acquirer: str
    state: AttemptState
    is_surplus: bool
    amount: Money
    cost: Money
    keeps_card: bool
    transaction_id: str
    order_reference: str
    lapses_at: datetime
    started_at: datetime

    @property
    def is_live(self) -> bool:
        """Whether what becomes of it is still open."""
        return self.state in LIVE

    @property
    def whole(self) -> Money:
        """All that is taken: the order's total and the cost of paying."""
        return self.amount + self.cost


MAX_ATTEMPTS: Final = 10
"""How many charges may be tried for one payment."""
LIVE: Final = frozenset({AttemptState.OPEN, AttemptState.CHALLENGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money on its way back, by our `reference` of it at the acquirer.

    `attempt_id` is None when the partner itself gives cash back.
    """

    partner_id: PartnerId
    refund_id: RefundId
    payment_id: PaymentId
    attempt_id: AttemptId | None
    reference: str
    amount: Money
    asked_by: str
    tries: int


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund to be sent, with what the acquirer knows its charge by."""

    refund: Refund
    paid_for: PaidFor
    order_id: OrderId
    acquirer: str
    charge: str
    transaction_id: str
    order_reference: str


class RefundState(StrEnum):
    """How far a refund is."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


class Verdict(StrEnum):
    """What hearing of a charge has changed."""

    PAID = "paid"
    SURPLUS = "surplus"
    """Captured, but its order cannot take it: the money is on its way back."""
    DECLINED = "declined"
    LAPSED = "lapsed"
    NOTHING = "nothing"
    """It was known, or there is nothing to know yet."""


class RefundVerdict(StrEnum):
    """What hearing of a refund has changed."""

    PART = "part"
    WHOLE = "whole"
    """All that was paid has gone back."""
    SURPLUS = "surplus"
    """What an order could not take has gone back."""
    REFUSED = "refused"
    NOTHING = "nothing"
