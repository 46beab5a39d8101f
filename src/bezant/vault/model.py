"""Bars, their weights, and how a metal is covered; no I/O.

Invariants: a fine weight is the gross weight times the fineness, rounded down once, so the vault
is never said to hold more than it does.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

import msgspec

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.rounding import down_to_step
from bezant.kernel.texts import Text
from bezant.ledger.assets import METALS, Asset
from bezant.ledger.model import Reference, ReferenceKind

BarId = NewType("BarId", UUID)

FINENESS_PARTS: Final = 100_000
"""Fineness is told in these: 99990 is 999.9 of a thousand."""
HEAVIEST_UG: Final = 10**12
"""A ton; no bar is heavier, and such a weight times a fineness is still a bigint."""
REFINER_LENGTH: Final = 60
SERIAL_LENGTH: Final = 40
MAX_BARS: Final = 10_000
"""How many bars are listed, or taken in at once."""

BAR_ASSET: Final = {asset.metal: asset for asset in reversed(METALS)}
"""In which wallet of a metal its bars are booked: the first, which is GAU for gold."""


def fine_weight(gross: Weight, *, fineness: int) -> Weight:
    """The pure metal in a bar, rounded down to the microgram."""
    parts = down_to_step(gross.micrograms * fineness, FINENESS_PARTS)
    return Weight(parts // FINENESS_PARTS, gross.metal)


class NewBar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar as it is read off; `reading` makes one of what was typed."""

    refiner: str
    serial: str
    gross: Weight
    fineness: int

    def __post_init__(self) -> None:
        if not 1 <= self.fineness <= FINENESS_PARTS:
            raise ValueError(f"a fineness of {self.fineness}")
        if not 1 <= self.gross.micrograms <= HEAVIEST_UG:
            raise ValueError(f"a bar of {self.gross.micrograms} µg")
        if not self.fine.micrograms:
            raise ValueError("a bar without metal in it")

    @property
    def metal(self) -> Metal:
        """What it is of."""
        return self.gross.metal

    @property
    def fine(self) -> Weight:
        """The pure metal in it."""
        return fine_weight(self.gross, fineness=self.fineness)


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar that was taken in, and perhaps has gone since."""

    bar_id: BarId
    refiner: str
    serial: str
    gross: Weight
    fineness: int
    fine: Weight
    taken_in_at: datetime
    withdrawn_at: datetime | None

    @property
    def metal(self) -> Metal:
        """What it is of."""
        return self.gross.metal

    @property
    def asset(self) -> Asset:
        """The wallet that it is booked in."""
        return BAR_ASSET[self.metal]

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.refiner} {self.serial}"


def intake_reference(bar_id: BarId) -> Reference:
    """The name of the journal that took a bar in."""
    return Reference(ReferenceKind.OPERATION, f"vault intake {bar_id}")


def withdrawal_reference(bar_id: BarId) -> Reference:
    """The name of the journal that took it out."""
    return Reference(ReferenceKind.OPERATION, f"vault withdrawal {bar_id}")


class Guard(StrEnum):
    """How the headroom of a metal is kept."""

    COUNTING = "counting"
    """It was sold before the first bar was written down: counted, and not yet guarded."""
    OPEN = "open"
    """All that is owned is there."""
    SHORT = "short"
    """More is owned than lies there: nothing is sold."""


class Reckoning(msgspec.Struct, frozen=True, kw_only=True):
    """A metal as its bars, the ledger and the counter tell it, in micrograms.

    `held` is what the ledger says lies in the vault, `claims` what others than the house own of
    it; both are of all books.
    """

    metal: Metal
    bars: int
    fine_ug: int
    held_ug: int
    claims_ug: int
    counted_ug: int
    guard: Guard

    @property
    def headroom_ug(self) -> int:
        """What nobody but the house owns."""
        return self.held_ug - self.claims_ug

    @property
    def sales(self) -> str:
        """What becomes of a buy, in words."""
        if self.guard is Guard.OPEN:
            return "open" if self.counted_ug else "nothing left"
        return "frozen" if self.guard is Guard.SHORT else "not guarded"

    def differences(self) -> list[str]:
        """What does not agree, in words; nothing where all is well."""
        found = []
        if self.fine_ug != self.held_ug:
            found.append(f"the bars are {self.fine_ug} µg fine, the ledger has {self.held_ug}")
        if self.counted_ug != self.headroom_ug:
            found.append(
                f"the counter has {self.counted_ug} µg free, the ledger {self.headroom_ug}"
            )
        if self.headroom_ug < 0:
            found.append(f"{self.claims_ug} µg are owned, and {self.held_ug} lie in the vault")
        return [f"{self.metal}: {each}" for each in found]


class Counted(msgspec.Struct, frozen=True):
    """A bar that somebody has seen in the vault; the rest of it if it was written down, too."""

    serial: str
    refiner: str | None = None
    gross_ug: int | None = None


def compare(bars: Sequence[Bar], counted: Sequence[Counted]) -> list[str]:
    """How what lies there differs from what is written down, bar by bar."""
    found = []
    left = list(bars)
    for seen in counted:
        bar = next((each for each in left if _is(each, seen)), None)
        if bar is None:
            found.append(f"{seen.serial} lies there and is not written down as in")
            continue
        left.remove(bar)
        if seen.gross_ug not in (None, bar.gross.micrograms):
            found.append(
                f"{bar.name} weighs {seen.gross_ug} µg, written down are {bar.gross.micrograms}"
            )
    return found + [f"{bar.name} is written down as in and was not counted" for bar in left]


def _is(bar: Bar, seen: Counted) -> bool:
    return bar.serial == seen.serial and seen.refiner in (None, bar.refiner)


class SalesFrozen(BezantError):
    """More of a metal would be owned than lies in the vault."""

    kind = Kind.UNAVAILABLE
    text = "vault.sales_frozen"

    def __init__(self, metal: Metal) -> None:
        super().__init__(metal=Text(f"metal.{metal}"))
        self.metal = metal


class BarNeeded(BezantError):
    """Without this bar the vault would not cover what is owned."""

    kind = Kind.CONFLICT
    text = "vault.bar_needed"


class BarIsIn(BezantError):
    """A bar of this refiner and serial lies in the vault."""

    kind = Kind.CONFLICT
    text = "vault.bar_is_in"


class BarIsOut(BezantError):
    """The bar has gone already."""

    kind = Kind.CONFLICT
    text = "vault.bar_is_out"


class NoSuchBar(BezantError):
    """No bar with this serial was ever taken in."""

    kind = Kind.NOT_FOUND
    text = "vault.no_such_bar"


class SeveralBars(BezantError):
    """Several refiners have used this serial."""

    kind = Kind.CONFLICT
    text = "vault.several_bars"
