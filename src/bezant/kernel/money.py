"""Cash: an integer of minor units and its currency, one immutable value.

Invariants: adding two currencies raises; a float never gets in; rounding happens only in
the named functions of `bezant.kernel.rounding`.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from bezant.kernel.rounding import half_up

BASIS_POINTS = 10_000
MINOR_UNITS = 100
MINOR_UNITS_PLACES = 2


class Currency(StrEnum):
    """The currencies that we settle in. Each has two decimals."""

    TRY = "TRY"
    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"


class MixedCurrencies(TypeError):
    """Two amounts of different currencies met in one sum."""


class Money(msgspec.Struct, frozen=True):
    """An amount of cash: `minor` kuruş, cents or pence of `currency`."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")

    @classmethod
    def zero(cls, currency: Currency) -> "Money":
        """Nothing, in `currency`."""
        return cls(0, currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> "Money":
        if type(count) is not int:
            raise TypeError("money is multiplied by a whole count; a rate has its own function")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, *, basis_points: int) -> "Money":
        """This amount times a rate in basis points, rounded half up once."""
        return Money(half_up(self.minor * basis_points, BASIS_POINTS), self.currency)

    def _same(self, other: "Money") -> int:
        # Asked of the type itself, which costs a third of `isinstance` of a struct.
        if type(other) is not Money:
            raise TypeError(f"money and {type(other).__name__} do not add up")
        if other.currency is not self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return other.minor

    def __str__(self) -> str:
        return f"{exact_decimal(self.minor, places=2)} {self.currency}"


def total_of(first: Money, *more: Money) -> Money:
    """The sum of some amounts, as adding one to the other. Raises `MixedCurrencies`."""
    minor, currency = first.minor, first.currency
    for each in more:
        if each.currency is not currency:
            raise MixedCurrencies(f"{currency} and {each.currency}")
        minor += each.minor
    return Money(minor, currency)


def exact_decimal(units: int, *, places: int) -> Decimal:
    """`units` × 10^-places without trailing zeros: 54350 with 3 places is `54.35`.

    The shortest exact decimal, so that JSON shows 65 and not 65.00.
    """
    if not units:
        return _ZERO
    while places > 0 and units % 10 == 0:
        units //= 10
        places -= 1
    return units * _TENTHS[places]


_ZERO: Final = Decimal(0)
# A product with one of these is exact and costs half of what moving a new number's point does.
_TENTHS: Final = tuple(Decimal(1).scaleb(-places) for places in range(10))
