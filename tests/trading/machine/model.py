"""What partners and customers have, as dictionaries have it; no database.

Invariants: what a call moves is moved here by the same sums in both its owners; a copy shares
nothing that changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from bezant.delivery.model import ShipmentStatus
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.ledger.assets import Asset
from bezant.ledger.model import HoldKind
from tests.factories.clock import A_MORNING

OURS: Final = ("partner", "settlement", "house")
"""Who is no customer, in each book."""
FLOORLESS: Final = ("settlement", "house")
CUSTOMERS: Final = ("ann", "twin", "bob", "new")
"""The first two are one person, who is limited; the last is entered by an order."""
LIMITED: Final = ("ann", "twin")
FIX_LIFE, FIX_KEPT = timedelta(seconds=240), timedelta(days=1)
AGE_LIMIT: Final = timedelta(seconds=30)
GRAM: Final = 1_000_000

Account: TypeAlias = tuple[int, str, Asset]
"""Which book, whose, and of what."""

MOST_A_DAY: Final[Mapping[Currency, int]] = {Currency.TRY: 1_000_000, Currency.USD: 30_000}
MOST_AN_ORDER: Final[Mapping[Currency, int]] = {Currency.TRY: 600_000}
MOST_GOLD: Final = 3 * GRAM
"""What the limited person may turn over, order, and hold."""


@dataclass(frozen=True)
class Price:
    """What a gram costs and brings, in minor units, and what the fix's total buys."""

    spot: int
    buy: int
    sell: int
    for_total: int | None


@dataclass(frozen=True)
class Promise:
    """A fix."""

    book: int
    customer: str | None
    currency: Currency
    prices: Mapping[Asset, Price]
    expires_at: datetime


@dataclass(frozen=True)
class Held:
    """Something that is held, or was."""

    account: Account
    units: int
    kind: HoldKind
    expires_at: datetime | None
    is_ended: bool = False


@dataclass(frozen=True)
class Shipment:
    """A delivery, and how far it is."""

    book: int
    customer: str
    pieces: int
    status: ShipmentStatus = ShipmentStatus.ORDERED


@dataclass(frozen=True)
class Done:
    """What a call under a partner's own name did: what was asked, and how it was answered."""

    asked: object
    answer: object


@dataclass
class Model:
    """Everything that there is."""

    now: datetime = A_MORNING
    market: dict[tuple[Metal, Currency], int] = field(default_factory=dict)
    market_at: datetime = A_MORNING
    sums: dict[Account, int] = field(default_factory=dict)
    held: dict[tuple[int, str], Held] = field(default_factory=dict)
    known: set[tuple[int, str]] = field(default_factory=set)
    fixes: dict[str, Promise] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    named: dict[tuple[int, str], Done] = field(default_factory=dict)
    guids: set[UUID] = field(default_factory=set)
    updates: dict[tuple[int, str], Done] = field(default_factory=dict)
    turnover: dict[tuple[int, str, datetime, Currency], int] = field(default_factory=dict)
    shipments: dict[UUID, Shipment] = field(default_factory=dict)
    free: dict[Metal, int] = field(default_factory=dict)
    """What the vault covers beyond what is owned."""
    bars: dict[str, bool] = field(default_factory=dict)
    """Whether a bar is in."""

    def copy(self) -> "Model":
        """One that goes its own way from here."""
        return Model(
            now=self.now,
            market=dict(self.market),
            market_at=self.market_at,
            sums=dict(self.sums),
            held=dict(self.held),
            known=set(self.known),
            fixes=dict(self.fixes),
            used=set(self.used),
            named=dict(self.named),
            guids=set(self.guids),
            updates=dict(self.updates),
            turnover=dict(self.turnover),
            shipments=dict(self.shipments),
            free=dict(self.free),
            bars=dict(self.bars),
        )

    @property
    def is_open(self) -> bool:
        """Whether the market's prices are young enough."""
        return self.now - self.market_at <= AGE_LIMIT

    @property
    def today(self) -> datetime:
        """The day, as the moment it began; the tests' days are those of UTC."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def sum(self, account: Account) -> int:
        """What an account has."""
        return self.sums.get(account, 0)

    def live(self, account: Account, kind: HoldKind) -> int:
        """What is held of it at this moment."""
        return sum(
            each.units
            for each in self.held.values()
            if each.account == account and each.kind is kind and self.is_live(each)
        )

    def is_live(self, held: Held) -> bool:
        """Whether a hold still holds."""
        in_time = held.expires_at is None or held.expires_at > self.now
        return in_time and not held.is_ended

    def available(self, account: Account) -> int:
        """What may be spent of it."""
        return self.sum(account) - sum(self.live(account, kind) for kind in HoldKind)

    def short(self, moved: Mapping[Account, int]) -> dict[Account, int]:
        """The accounts that cannot give what is moved, each with what it has to spend."""
        return {
            account: self.available(account)
            for account, units in moved.items()
            if account[1] not in FLOORLESS and units < 0 and self.available(account) + units < 0
        }

    def move(self, moved: Mapping[Account, int]) -> None:
        """Moves it."""
        for account, units in moved.items():
            self.sums[account] = self.sum(account) + units

    def turned_over(self, book: int, customers: Iterable[str], currency: Currency) -> int:
        """What some customers have bought and sold today."""
        return sum(self.turnover.get((book, each, self.today, currency), 0) for each in customers)

    def count(self, book: int, customer: str, currency: Currency, minor: int) -> None:
        """Counts an order of a customer."""
        key = (book, customer, self.today, currency)
        self.turnover[key] = self.turnover.get(key, 0) + minor

    def forget(self) -> None:
        """Forgets the fixes that are long over."""
        self.fixes = {
            token: fix for token, fix in self.fixes.items() if fix.expires_at + FIX_KEPT > self.now
        }


def moves(*given: tuple[Account, Account, int]) -> dict[Account, int]:
    """What accounts change by, of what is given from one to another; nothing is left out."""
    sums: defaultdict[Account, int] = defaultdict(int)
    for source, target, units in given:
        sums[source] -= units
        sums[target] += units
    return dict(sums)


def rounded(numerator: int, denominator: int) -> int:
    """Half up."""
    return (numerator * 2 + denominator) // (denominator * 2)
