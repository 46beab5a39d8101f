"""What an owner's trades of one metal come to, by the moving-average method; no I/O.

Invariants: received − paid = realised − invested − gone; a sale leaves the average cost as it
is; all of it is reckoned in exact integers and fractions, and rounded once, where it is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

import msgspec

from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import MICROGRAMS_PER_GRAM, PRICE_UNITS
from bezant.kernel.money import MINOR_UNITS, Currency
from bezant.kernel.rounding import half_up
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import Period

_FINEST: Final = 10**40
"""A fraction whose denominator outgrows this is cut to it, so that a million trades are as fast
for each as a hundred. Nobody can tell 10⁻⁴⁰ of a kuruş."""


class Movement(msgspec.Struct, frozen=True):
    """So much metal in, or out with a minus; `cash` is what a trade was for, without a sign.

    What is no trade in the currency that is reckoned in has no cash.
    """

    units: int
    cash: int | None


@dataclass(frozen=True, slots=True)
class Position:
    """What trades have come to: micrograms, and minor units.

    `invested` is the cost of what is still held; what came otherwise than by a trade cost
    nothing. `gone` is the cost of what left otherwise than by a sale: it is no loss.
    """

    bought: int = 0
    sold: int = 0
    held: int = 0
    paid: int = 0
    received: int = 0
    invested: Fraction = Fraction(0)
    gone: Fraction = Fraction(0)

    @property
    def realised(self) -> Fraction:
        """What was won by selling; lost, with a minus."""
        return self.received - self.paid + self.invested + self.gone

    @property
    def invested_minor(self) -> int:
        """What is invested, half up."""
        return _rounded(self.invested)

    @property
    def realised_minor(self) -> int:
        """What was realised, half up."""
        return _rounded(self.realised)

    @property
    def average_cost_units(self) -> int | None:
        """What a gram of what is held has cost, in 10⁻⁴, half up; None where nothing is held."""
        if not self.held:
            return None
        scale = MICROGRAMS_PER_GRAM * PRICE_UNITS // MINOR_UNITS
        return _rounded(self.invested * scale / self.held)

    def unrealised_minor(self, value_minor: int) -> int:
        """What would be won by selling all for so much, half up."""
        return _rounded(value_minor - self.invested)

    def after(self, movement: Movement) -> "Position":
        """The position after something has moved. `ValueError` for more than is held."""
        units, cash = movement.units, movement.cash
        if units > 0:
            more = replace(self, held=self.held + units)
            if cash is None:
                return more
            return replace(
                more,
                bought=self.bought + units,
                paid=self.paid + cash,
                invested=self.invested + cash,
            )
        if -units > self.held:
            raise ValueError(f"{-units} µg out of {self.held}")
        left = _cut(self.invested * (self.held + units) / self.held)
        less = replace(self, held=self.held + units, invested=left)
        if cash is None:
            return replace(less, gone=_cut(self.gone + self.invested - left))
        return replace(less, sold=self.sold - units, received=self.received + cash)


def position_of(movements: Iterable[Movement]) -> Position:
    """What movements come to, in the order in which they happened."""
    position = Position()
    for movement in movements:
        position = position.after(movement)
    return position


class TradedWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which trades; days are those of `time_zone`. Without a customer or an asset it is of all."""

    partner_id: PartnerId
    days: Period
    time_zone: str
    currency: Currency
    customer_id: CustomerId | None = None
    asset: Asset | None = None


class DayTraded(msgspec.Struct, frozen=True, kw_only=True):
    """What was traded of an asset on a day: how often, micrograms, and minor units."""

    day: date
    asset: Asset
    buys: int
    sells: int
    bought: int
    sold: int
    paid: int
    received: int

    @property
    def turnover(self) -> int:
        """What was paid for it, either way."""
        return self.paid + self.received

    @property
    def net(self) -> Amount:
        """What was bought less what was sold."""
        return Amount(self.bought - self.sold, self.asset)


def _cut(exact: Fraction) -> Fraction:
    return exact if exact.denominator <= _FINEST else Fraction(round(exact * _FINEST), _FINEST)


def _rounded(exact: Fraction) -> int:
    return half_up(exact.numerator, exact.denominator)
