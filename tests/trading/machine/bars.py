"""Bars taken into the vault and out of it, and how much of a metal is left for sale.

The vault is the database's, and what lies there is more than the machine can sell; so a hoarder,
a partner who does nothing else, owns all of it but a few grams while the machine runs.
"""

from dataclasses import dataclass
from itertools import count
from typing import Final

from bezant.kernel.clock import Clock
from bezant.kernel.db import Connection, Database
from bezant.kernel.ids import PartnerId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import at_once
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    HOUSE,
    PARTNER,
    Journal,
    JournalKind,
    Move,
    Reference,
    ReferenceKind,
)
from bezant.vault import service as vault
from bezant.vault.model import BarIsIn, BarIsOut, BarNeeded, NewBar, NoSuchBar
from tests.factories.shop import make_sign_in
from tests.trading.machine.model import GRAM, Model
from tests.trading.machine.world import World

PURE, REFINER = 100_000, "Machine"
BAR_UG: Final = 5 * GRAM
LEFT: Final = {Metal.GOLD: 8 * GRAM, Metal.SILVER: 20 * GRAM}
"""What is left for sale when a sequence begins."""
HOARDED: Final = {Metal.GOLD: Asset.GAU, Metal.SILVER: Asset.GAG}
SELECT_FREE: Final = """
    SELECT metal, sum(free_ug)::bigint AS free_ug FROM vault_headroom GROUP BY metal
"""


@dataclass(frozen=True)
class TakeIn:
    """Takes a bar of gold in."""

    serial: str

    async def do(self, world: World) -> object:
        """Takes it in; its number."""
        gross = Weight(BAR_UG, Metal.GOLD)
        new = NewBar(refiner=REFINER, serial=_own(world, self), gross=gross, fineness=PURE)
        async with world.db.reading() as connection:
            return await vault.take_in(connection, new, now=world.clock.now())

    def fits(self, model: Model, told: object) -> bool:
        """In once; there is more to sell by it."""
        if model.bars.get(self.serial):
            return isinstance(told, BarIsIn)
        model.bars[self.serial] = True
        model.free[Metal.GOLD] += BAR_UG
        return not isinstance(told, Exception)


@dataclass(frozen=True)
class TakeOut:
    """Takes a bar of gold out."""

    serial: str

    async def do(self, world: World) -> None:
        """Takes it out, as the command line does."""
        now, serial = world.clock.now(), _own(world, self)
        async with world.db.reading() as connection:
            stays = await vault.history_of(connection, serial, refiner=REFINER)
            await vault.withdraw(connection, stays[-1], anyway=False, now=now)

    def fits(self, model: Model, told: object) -> bool:
        """Out once, and only as long as the rest covers what is owned."""
        if self.serial not in model.bars:
            return isinstance(told, NoSuchBar)
        if not model.bars[self.serial]:
            return isinstance(told, BarIsOut)
        if model.free[Metal.GOLD] < BAR_UG:
            return isinstance(told, BarNeeded)
        model.bars[self.serial] = False
        model.free[Metal.GOLD] -= BAR_UG
        return told is None


class Hoarder:
    """Who owns what the machine is not to sell."""

    def __init__(self, partner_id: PartnerId, clock: Clock) -> None:
        self._partner_id, self._clock = partner_id, clock
        self._numbers = count()
        self._hoard = dict.fromkeys(Metal, 0)

    @classmethod
    async def open(cls, db: Database, clock: Clock) -> "Hoarder":
        """One who has nothing yet."""
        return cls((await make_sign_in(db, now=clock.now())).partner.partner_id, clock)

    async def leave(self, db: Database) -> dict[Metal, int]:
        """Buys or sells until so much is left as a sequence begins with; what that is."""
        async with db.reading() as connection:
            for metal, free in (await free_of(connection)).items():
                if metal in LEFT:
                    await self._change(connection, metal, free - LEFT[metal])
            return await free_of(connection)

    async def give_back(self, db: Database) -> None:
        """Sells all that is hoarded."""
        async with db.reading() as connection:
            for metal in LEFT:
                await self._change(connection, metal, -self._hoard[metal])

    async def _change(self, connection: Connection, metal: Metal, units: int) -> None:
        if not units:
            return
        amount = Amount(abs(units), HOARDED[metal])
        buys, weight = units > 0, Weight(abs(units), metal)
        move = Move(amount, HOUSE, PARTNER) if buys else Move(amount, PARTNER, HOUSE)
        journal = Journal(
            partner_id=self._partner_id,
            kind=JournalKind.CORRECTION,
            reference=Reference(ReferenceKind.OPERATION, f"hoard {next(self._numbers)}"),
            moves=[move],
        )
        await at_once(
            connection,
            ledger.posting(journal, now=self._clock.now()),
            vault.sold([weight]) if buys else vault.bought_back([weight]),
        )
        self._hoard[metal] += units


async def free_of(connection: Connection) -> dict[Metal, int]:
    """What the vault says that may be sold of each metal."""
    rows = await connection.fetch(SELECT_FREE)
    return {Metal(row["metal"]): row["free_ug"] for row in rows}


def _own(world: World, bar: TakeIn | TakeOut) -> str:
    """Another sequence has a bar of this name, too."""
    return f"{world.partners[0]}-{bar.serial}"
