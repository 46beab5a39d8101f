"""Owners, journals, holds and what comes of them; no I/O.

Invariants: a journal is made of moves, each from one owner to another in one asset, so it sums
to zero however it is put together; it posts to an account once; what may be held is held on
accounts that have a floor.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

import msgspec

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import Weight
from bezant.ledger.assets import Amount, Asset

JournalId = NewType("JournalId", int)
HoldId = NewType("HoldId", int)

OPERATOR: Final = PartnerId(0)
"""Whose book is no partner's: what the operator does alone, such as taking metal in."""
MIN_LINES: Final = 2
MAX_LINES: Final = 100
REFERENCE_LENGTH: Final = 110
DESCRIPTION_LENGTH: Final = 200


class OwnerKind(StrEnum):
    """Who an account belongs to, within a book."""

    CUSTOMER = "customer"
    PARTNER = "partner"
    SETTLEMENT = "settlement"
    HOUSE = "house"
    VAULT = "vault"


FLOORED: Final = frozenset({OwnerKind.CUSTOMER, OwnerKind.PARTNER})
"""Whose accounts may not be overdrawn; theirs alone have a row that is locked."""


class Owner(msgspec.Struct, frozen=True, order=True):
    """Who owns. `customer_id` is 0 for all but a customer; `customer()` makes one."""

    kind: OwnerKind
    customer_id: CustomerId = CustomerId(0)

    def __post_init__(self) -> None:
        if (self.kind is OwnerKind.CUSTOMER) != (self.customer_id > 0):
            raise ValueError("a customer has an id above 0, and nobody else has one")

    @property
    def has_floor(self) -> bool:
        """Whether its accounts stay at or above their floor."""
        return self.kind in FLOORED


def customer(customer_id: CustomerId) -> Owner:
    """A customer of the partner whose book it is."""
    return Owner(OwnerKind.CUSTOMER, customer_id)


PARTNER: Final = Owner(OwnerKind.PARTNER)
"""The partner, trading for itself."""
SETTLEMENT: Final = Owner(OwnerKind.SETTLEMENT)
"""Between the partner and the operator: below zero, the partner owes."""
HOUSE: Final = Owner(OwnerKind.HOUSE)
"""The operator, as the other side of every purchase and sale."""
VAULT: Final = Owner(OwnerKind.VAULT)
"""Where things lie: metal in the vault, cash at banks and acquirers.

What is owned came from there, so its balance is what lies there with a minus.
"""


class JournalKind(StrEnum):
    """What kind of event a journal is of. The database takes any word."""

    BUY = "buy"
    SELL = "sell"
    TOP_UP = "top_up"
    CASH_UPDATE = "cash_update"
    DELIVERY = "delivery"
    SETTLEMENT = "settlement"
    VAULT = "vault"
    CORRECTION = "correction"


class ReferenceKind(StrEnum):
    """What kind of thing a journal or a hold is for."""

    ORDER = "order"
    PRICE_FIX = "price_fix"
    TOP_UP = "top_up"
    CASH_UPDATE = "cash_update"
    DELIVERY = "delivery"
    BASKET = "basket"
    CANCELLATION = "cancellation"
    OPERATION = "operation"


class Reference(msgspec.Struct, frozen=True):
    """The poster's own name of an event, unique in a book: (order, "1234")."""

    kind: ReferenceKind
    id: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.id) <= REFERENCE_LENGTH:
            raise ValueError(f"a reference of {len(self.id)} characters")

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Account(msgspec.Struct, frozen=True):
    """An owner's holding of one asset in a book; it is opened when it is first used."""

    owner: Owner
    asset: Asset


class Move(msgspec.Struct, frozen=True):
    """So much from one owner to another."""

    amount: Amount
    source: Owner
    target: Owner

    def __post_init__(self) -> None:
        if self.amount.units <= 0 or self.source == self.target:
            raise ValueError("a move is of more than nothing, and between two")


class HoldKind(StrEnum):
    """For an order under way, or for an open price fix."""

    BLOCKED = "blocked"
    SOFT_BLOCKED = "soft_blocked"


class NewHold(msgspec.Struct, frozen=True):
    """What is to be kept from being spent, until it is ended or its time is over."""

    owner: Owner
    amount: Amount
    kind: HoldKind
    reference: Reference
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.amount.units <= 0 or not self.owner.has_floor:
            raise ValueError("held is more than nothing, of an account with a floor")

    @property
    def account(self) -> Account:
        """What it is held on."""
        return Account(self.owner, self.amount.asset)


class Line(msgspec.Struct, frozen=True):
    """A posting that is to be made: so much added to an account, or taken from it."""

    account: Account
    units: int


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """An event to be posted in a partner's book.

    `consumes` names what was held for it: those holds end, all of them, before the balances
    are looked at. `opens` are holds on accounts that it posts to. The same reference posts
    once; what makes it the same journal are its kind and its postings.
    """

    partner_id: PartnerId
    kind: JournalKind
    reference: Reference
    moves: Sequence[Move]
    description: str = ""
    consumes: Sequence[Reference] = ()
    opens: Sequence[NewHold] = ()

    def __post_init__(self) -> None:
        if len(self.description) > DESCRIPTION_LENGTH:
            raise ValueError(f"a description of {len(self.description)} characters")
        lines = self.lines()
        if not MIN_LINES <= len(lines) <= MAX_LINES:
            raise ValueError(f"a journal of {len(lines)} lines")
        posted = {line.account for line in lines}
        if any(hold.account not in posted for hold in self.opens):
            raise ValueError("a journal opens holds on accounts that it posts to")

    def lines(self) -> list[Line]:
        """What its moves come to for each account, in one canonical order; none is of zero."""
        sums: dict[Account, int] = {}
        for move in self.moves:
            for owner, units in (
                (move.source, -move.amount.units),
                (move.target, move.amount.units),
            ):
                account = Account(owner, move.amount.asset)
                sums[account] = sums.get(account, 0) + units
        ordered = sorted(sums, key=lambda each: (each.owner, each.asset.sku))
        return [Line(account, sums[account]) for account in ordered if sums[account]]


class Balance(msgspec.Struct, frozen=True):
    """What an account has, in its asset's smallest units."""

    account: Account
    units: int
    blocked_units: int = 0
    soft_blocked_units: int = 0

    @property
    def balance(self) -> Amount:
        """All of it."""
        return Amount(self.units, self.account.asset)

    @property
    def blocked(self) -> Amount:
        """Held for orders under way."""
        return Amount(self.blocked_units, self.account.asset)

    @property
    def soft_blocked(self) -> Amount:
        """Held for open price fixes."""
        return Amount(self.soft_blocked_units, self.account.asset)

    @property
    def available(self) -> Amount:
        """What may be spent: the wire's `real_balance`."""
        held = self.blocked_units + self.soft_blocked_units
        return Amount(self.units - held, self.account.asset)


class Posted(msgspec.Struct, frozen=True):
    """A journal that is in the books. Posted again, it is answered the same.

    `balances` are those right after it, of its accounts that have a floor.
    """

    journal_id: JournalId
    posted_at: datetime
    balances: Sequence[tuple[Account, Amount]]

    def balance_of(self, owner: Owner, asset: Asset) -> Amount:
        """What the owner had right after it. `KeyError` for an account without a floor."""
        return dict(self.balances)[Account(owner, asset)]


class Period(msgspec.Struct, frozen=True):
    """From a moment on, up to and without another."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.until <= self.since:
            raise ValueError("a period ends after it begins")


class StatementLine(msgspec.Struct, frozen=True):
    """A posting as it is told to whom the account belongs to; `after` is the balance then."""

    journal_id: JournalId
    posted_at: datetime
    kind: str
    reference: str
    description: str
    amount: Amount
    after: Amount


class Statement(msgspec.Struct, frozen=True):
    """An account over a period: opening + Σ lines = closing."""

    account: Account
    period: Period
    opening: Amount
    lines: Sequence[StatementLine]
    closing: Amount


class Cover(msgspec.Struct, frozen=True):
    """What lies in the vault of a metal, and what others than the house own of it."""

    held: Weight
    owned: Weight

    @property
    def is_whole(self) -> bool:
        """Whether all that is owned is there."""
        return (self.held - self.owned).micrograms >= 0


class InsufficientBalance(BezantError):
    """An account has less to spend than was to be taken from it, or held on it."""

    kind = Kind.INSUFFICIENT
    text = "ledger.insufficient_balance"

    def __init__(self, account: Account, *, available: Amount, wanted: Amount) -> None:
        super().__init__(
            asset=account.asset.sku,
            available=f"{available.decimal:f}",
            wanted=f"{wanted.decimal:f}",
        )
        self.account, self.available, self.wanted = account, available, wanted


class JournalDiffers(BezantError):
    """The reference was posted before, with other postings."""

    kind = Kind.CONFLICT
    text = "ledger.journal_differs"


class HoldDiffers(BezantError):
    """Something else is held under this reference, or it was held and is over."""

    kind = Kind.CONFLICT
    text = "ledger.hold_differs"


class StatementTooLong(BezantError):
    """The period has more postings than one statement tells."""

    kind = Kind.INVALID
    text = "ledger.statement_too_long"
