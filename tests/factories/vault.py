"""Bars for tests: enough of each metal that a desk trades, and one as a test wants it."""

from datetime import datetime
from itertools import count
from typing import Final
from uuid import uuid4

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal, Weight
from bezant.vault import service as vault
from bezant.vault.model import NewBar
from tests.factories.clock import A_MORNING

TON_UG: Final = 10**12
_numbers: Final = count(1)


def a_bar(
    metal: Metal = Metal.GOLD,
    *,
    gross_ug: int = 1_000_000_000,
    fineness: int = 100_000,
    refiner: str = "Nadir",
    serial: str | None = None,
) -> NewBar:
    """A bar of a kilogram without alloy, under a serial that was not used before."""
    return NewBar(
        refiner=refiner,
        serial=serial or f"T{next(_numbers)}-{uuid4().hex[:8]}",
        gross=Weight(gross_ug, metal),
        fineness=fineness,
    )


async def fill_vault(db: Database, *, now: datetime = A_MORNING) -> None:
    """Takes a ton of each metal in."""
    async with db.transaction() as tx:
        await vault.take_in_all(tx, [a_bar(each, gross_ug=TON_UG) for each in Metal], now=now)
