"""Reconciling: bars against the ledger against what is owned, each counted for itself.

Invariant: nothing here changes a bar or a journal; `recount` changes the counter alone, to what
the ledger says.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from bezant.kernel.db import Connection, Database, Tx
from bezant.kernel.metal import Metal
from bezant.ledger import service as ledger
from bezant.vault import queries, store
from bezant.vault.model import Guard, Reckoning

COVERED: Final = "the bars, the ledger and what is owned of a metal agree"


class Reconciled(msgspec.Struct, frozen=True):
    """Each metal, and what breaks which rule."""

    reckonings: Sequence[Reckoning]
    breaks: Mapping[str, Sequence[str]]

    @property
    def is_sound(self) -> bool:
        """Whether nothing differs anywhere."""
        return not any(self.breaks.values())


async def reconcile(db: Database) -> Reconciled:
    """Everything, as it was at one moment."""
    async with db.snapshot() as connection:
        return await reconcile_on(connection)


async def reconcile_on(connection: Connection) -> Reconciled:
    """The same on a connection, whose statements should see one moment."""
    reckonings = [await _reckoning(connection, metal) for metal in Metal]
    found = {rule: await queries.breaks(connection, rule) for rule in queries.CHECKS}
    differences = [text for each in reckonings for text in each.differences()]
    return Reconciled(reckonings, {COVERED: differences, **found})


async def recount(tx: Tx, metal: Metal) -> int:
    """Sets the counter of a metal to what the ledger says; by how much it was wrong.

    Locks the metal's headroom, so nobody trades in it meanwhile; what is under way and waits for
    that counts afterwards, and comes after this in the ledger, too.
    """
    await store.lock_headroom(tx, metal)
    found = await _reckoning(tx, metal)
    wrong = found.headroom_ug - found.counted_ug
    if wrong:
        await store.correct(tx, metal, by=wrong)
    return wrong


async def _reckoning(connection: Connection, metal: Metal) -> Reckoning:
    bars, fine_ug, counted_ug, state = await store.select_standing(connection, metal)
    cover = await ledger.cover_of(connection, metal)
    return Reckoning(
        metal=metal,
        bars=bars,
        fine_ug=fine_ug,
        held_ug=cover.held.micrograms,
        claims_ug=cover.owned.micrograms,
        counted_ug=counted_ug,
        guard=Guard(state),
    )
