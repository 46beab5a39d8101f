"""A market that is made up, the same every time: a price is a function of seed and second.

Each metal wanders about its base price as a sum of slow and quick waves, drawn through
points that a hash gives, in whole numbers throughout. So two processes, or two runs years
apart, see the same price at the same second, and a test can say what it will be.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency
from bezant.pricing.model import ReferencePrice

# Per gram in lira, in units of 10⁻⁴.
BASE_PRICES: Final[Mapping[Metal, int]] = {
    Metal.GOLD: 26_917_000,
    Metal.SILVER: 321_000,
    Metal.PLATINUM: 10_140_000,
    Metal.PALLADIUM: 10_020_000,
}
# Lira to one unit of a currency, in units of 10⁻⁴.
EXCHANGE_RATES: Final[Mapping[Currency, int]] = {
    Currency.TRY: 10_000,
    Currency.USD: 340_500,
    Currency.EUR: 371_200,
    Currency.GBP: 440_800,
}
# The waves: how many seconds from point to point, and how many millionths of the price.
WAVES: Final = ((2, 90), (30, 350), (600, 1_500), (14_400, 6_000), (259_200, 18_000))
_MILLION: Final = 1_000_000


class SimulatedFeed:
    """A deterministic market of the four metals in every currency."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed

    @property
    def name(self) -> str:
        """What the source is called in the books."""
        return "simulated"

    async def prices(self, now: datetime) -> Sequence[ReferencePrice]:
        """The price of every metal in every currency at the second of `now`."""
        second = int(now.timestamp())
        at = now.replace(microsecond=0)
        return [
            ReferencePrice(self.price(metal, currency, second), self.name, at)
            for metal in Metal
            for currency in Currency
        ]

    def price(self, metal: Metal, currency: Currency, second: int) -> PricePerGram:
        """The price at a second since 1970."""
        sway = sum(self._wave(metal, second, *wave) for wave in WAVES)
        in_lira = BASE_PRICES[metal] * (_MILLION + sway)
        rate = EXCHANGE_RATES[currency]
        units = in_lira * EXCHANGE_RATES[Currency.TRY] // (_MILLION * rate)
        return PricePerGram(units, currency, metal)

    def _wave(self, metal: Metal, second: int, period: int, height: int) -> int:
        """Millionths of the price at a second: a straight line between two points."""
        point, into = divmod(second, period)
        before = self._point(metal, period, point, height)
        after = self._point(metal, period, point + 1, height)
        return (before * (period - into) + after * into) // period

    def _point(self, metal: Metal, period: int, number: int, height: int) -> int:
        """From -height to +height."""
        name = f"{self._seed}:{metal}:{period}:{number}".encode()
        drawn = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")
        return drawn % (2 * height + 1) - height
