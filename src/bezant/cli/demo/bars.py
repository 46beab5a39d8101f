"""The bars in the demo's vault, so that its partners can trade; refiners and serials made up.

Invariant: a bar that was ever taken in is not taken in again, whatever became of it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bezant.kernel.db import Tx
from bezant.kernel.metal import Metal, Weight
from bezant.vault import service as vault
from bezant.vault.model import NewBar

REFINER: Final = "Paktolos Rafineri"
# Of each metal: how many, the gross weight of the first in micrograms, and the fineness.
_PLAN: Final = {
    Metal.GOLD: (12, 12_441_400_000, 99_990),
    Metal.SILVER: (40, 31_103_500_000, 99_900),
    Metal.PLATINUM: (4, 5_000_000_000, 99_950),
    Metal.PALLADIUM: (4, 3_000_000_000, 99_950),
}
_HEAVIER_EACH_UG: Final = 17_300_000
"""No two cast bars weigh the same."""


async def fill_vault(tx: Tx, *, now: datetime) -> None:
    """Takes in what was never in."""
    known = await vault.bars(tx, None, with_withdrawn=True)
    serials = {each.serial for each in known if each.refiner == REFINER}
    await vault.take_in_all(tx, [each for each in _bars() if each.serial not in serials], now=now)


def _bars() -> Iterator[NewBar]:
    for metal, (bars, gross_ug, fineness) in _PLAN.items():
        for place in range(bars):
            yield NewBar(
                refiner=REFINER,
                serial=f"{metal[:2].upper()}{place + 1:04}",
                gross=Weight(gross_ug + place * _HEAVIER_EACH_UG, metal),
                fineness=fineness,
            )
