"""Cards by their first digits, and instalments."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bezant.kernel.money import Money
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
