"""What a partner owes or is owed over some days, and a payment of it; no I/O.

Invariants: for each currency, opening + Σ movements = closing; below zero, the partner owes.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import Amount
from bezant.ledger.model import (
    SETTLEMENT,
    VAULT,
    Journal,
    JournalKind,
    Move,
    Posted,
    Reference,
    ReferenceKind,
)

MAX_DAYS: Final = 400
"""How many days one settlement tells."""
REFERENCE_LENGTH: Final = 90


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """All of one kind on one day: how many postings, and what came to either side.

    `credited` is the partner's, `debited` what it owes for; neither is below zero.
    """

    day: date
    kind: str
    postings: int
    credited: Money
    debited: Money

    @property
    def net(self) -> Money:
        """By how much it changed the balance."""
        return self.credited - self.debited


class Account(msgspec.Struct, frozen=True):
    """A partner's settlement in one currency over the days."""

    opening: Money
    movements: Sequence[Movement]

    @property
    def currency(self) -> Currency:
        """Of all its figures."""
        return self.opening.currency

    @property
    def closing(self) -> Money:
        """What it came to."""
        return self.opening + sum(
            (each.net for each in self.movements), start=Money.zero(self.currency)
        )

    def running(self) -> Iterator[tuple[Movement, Money]]:
        """Each movement, with the balance after it."""
        balance = self.opening
        for each in self.movements:
            balance += each.net
            yield each, balance


class Days(msgspec.Struct, frozen=True):
    """From a day to another; both belong to it."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < MAX_DAYS:
            raise Invalid.field("to", "settlement.days", max=MAX_DAYS)


class Payer(StrEnum):
    """Who has paid whom."""

    PARTNER = "partner"
    OPERATOR = "operator"


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that went between a partner and the operator, under the name that it went by."""

    partner_id: PartnerId
    amount: Money
    payer: Payer
    reference: str

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise Invalid.field("amount", "settlement.amount")
        if not (1 <= len(self.reference) <= REFERENCE_LENGTH and self.reference.isprintable()):
            raise Invalid.field("reference", "settlement.reference", max=REFERENCE_LENGTH)

    def journal(self) -> Journal:
        """The journal that it is: what lies at banks is the vault's."""
        source, target = (VAULT, SETTLEMENT) if self.payer is Payer.PARTNER else (SETTLEMENT, VAULT)
        return Journal(
            partner_id=self.partner_id,
            kind=JournalKind.SETTLEMENT,
            reference=Reference(ReferenceKind.OPERATION, f"settlement {self.reference}"),
            moves=(Move(Amount.of_money(self.amount), source, target),),
            description=self.reference,
        )


class Paid(msgspec.Struct, frozen=True):
    """A payment in the books; `is_new` is false for one that was there already."""

    posted: Posted
    is_new: bool
