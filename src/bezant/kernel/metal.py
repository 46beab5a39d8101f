"""Metal: weights in whole micrograms, and unit prices in 10⁻⁴ of a currency unit per gram.

Invariants as for money: one metal does not add to another, and no float gets in.
"""

from enum import StrEnum
from typing import Final

import msgspec

from bezant.kernel.money import MINOR_UNITS, Currency, Money
from bezant.kernel.rounding import half_up

MICROGRAMS_PER_GRAM: Final = 1_000_000
PRICE_UNITS: Final = 10_000


class Metal(StrEnum):
    """The four metals of the trade."""

    GOLD = "gold"
    SILVER = "silver"
    PLATINUM = "platinum"
    PALLADIUM = "palladium"


class MixedMetals(TypeError):
    """Weights of different metals met in one sum, or a price met another metal."""


class Weight(msgspec.Struct, frozen=True):
    """A weight of one metal in micrograms."""

    micrograms: int
    metal: Metal

    def __post_init__(self) -> None:
        if type(self.micrograms) is not int:
            raise TypeError(f"micrograms are an int, not {type(self.micrograms).__name__}")

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.micrograms + self._same(other), self.metal)

    def __sub__(self, other: "Weight") -> "Weight":
        return Weight(self.micrograms - self._same(other), self.metal)

    def __mul__(self, count: int) -> "Weight":
        if type(count) is not int:
            raise TypeError("a weight is multiplied by a whole count")
        return Weight(self.micrograms * count, self.metal)

    def _same(self, other: "Weight") -> int:
        if not isinstance(other, Weight):
            raise TypeError(f"a weight and {type(other).__name__} do not add up")
        if other.metal is not self.metal:
            raise MixedMetals(f"{self.metal} and {other.metal}")
        return other.micrograms


class PricePerGram(msgspec.Struct, frozen=True):
    """What a gram of `metal` costs: `units` of 10⁻⁴ `currency`."""

    units: int
    currency: Currency
    metal: Metal

    def __post_init__(self) -> None:
        if type(self.units) is not int:
            raise TypeError(f"price units are an int, not {type(self.units).__name__}")
        if self.units <= 0:
            raise ValueError("a price is above zero")

    def of(self, weight: Weight) -> Money:
        """The metal value of `weight`, rounded half up to the minor unit once."""
        if weight.metal is not self.metal:
            raise MixedMetals(f"a price of {self.metal} for a weight of {weight.metal}")
        scale = PRICE_UNITS * MICROGRAMS_PER_GRAM // MINOR_UNITS
        return Money(half_up(self.units * weight.micrograms, scale), self.currency)

    def widened(self, *, basis_points: int) -> "PricePerGram":
        """This price moved up by a spread (down by a negative one), half up to 10⁻⁴."""
        moved = half_up(self.units * (10_000 + basis_points), 10_000)
        return PricePerGram(moved, self.currency, self.metal)
