"""Sealed tokens are sealed anew with the vault's present key, so that an older can be dropped.

Batch by batch, each its own transaction: it may be broken off and begun again at any moment,
beside whoever uses the cards, and two at once do each batch once. What does not open is
counted and left as it is.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bezant.kernel.db import Connection, Database, Tx
from bezant.payments.store import sealings as store
from bezant.payments.store.sealings import START, Place, Shelf
from bezant.payments.vault import CardSealLost, CardVault, KeyId, SealedToken

BATCH: Final = 200
ROUNDS: Final = 3
"""How often the whole is walked, for rows that somebody held on the round before."""

Advance = Callable[[int], None]
"""Told how many more are done."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many tokens were sealed anew, and how many each older key is still needed for.

    `lost` are those of `left` that do not open: their key is not among the vault's.
    """

    done: int
    left: Mapping[KeyId, int]
    lost: Mapping[KeyId, int]


async def tokens_by_key(connection: Connection) -> Mapping[KeyId, int]:
    """How many tokens are sealed with each key."""
    return await store.count_keys(connection)


async def reseal(db: Database, vault: CardVault, *, advance: Advance) -> Resealed:
    """Seals every token anew that is not sealed with the present key."""
    done, told = 0, Resealed(0, {}, {})
    for _ in range(ROUNDS):
        told = await _reseal_all(db, vault, advance=advance)
        done += told.done
        if told.left == told.lost:
            break
    return Resealed(done, told.left, told.lost)


async def _reseal_all(db: Database, vault: CardVault, *, advance: Advance) -> Resealed:
    done = 0
    lost: Counter[KeyId] = Counter()
    for shelf in Shelf:
        done += await _reseal_shelf(db, vault, shelf, lost=lost, advance=advance)
    async with db.reading() as connection:
        keys = await store.count_keys(connection)
    left = {key: count for key, count in keys.items() if key != vault.key_id}
    return Resealed(done, left, dict(lost))


async def _reseal_shelf(
    db: Database, vault: CardVault, shelf: Shelf, *, lost: Counter[KeyId], advance: Advance
) -> int:
    place: Place | None = START
    done = 0
    while place is not None:
        batch = await _reseal_batch(db, vault, shelf, after=place)
        lost.update(batch.lost)
        done += batch.done
        if batch.done:
            advance(batch.done)
        place = batch.last
    return done


@dataclass(frozen=True, slots=True)
class _Batch:
    """What came of one batch; `last` is where it ended, None when there is no more."""

    done: int
    lost: list[KeyId]
    last: Place | None


async def _reseal_batch(db: Database, vault: CardVault, shelf: Shelf, *, after: Place) -> _Batch:
    async def work(tx: Tx) -> _Batch:
        found = await store.take_sealed(tx, shelf, after=after, but=vault.key_id, at_most=BATCH)
        anew: list[tuple[Place, SealedToken]] = []
        lost: list[KeyId] = []
        for place, sealed in found:
            try:
                anew.append((place, vault.sealed_anew(sealed)))
            except CardSealLost:
                lost.append(sealed.key_id)
        await store.update_sealed(tx, shelf, anew)
        return _Batch(len(anew), lost, found[-1][0] if found else None)

    return await db.write(work)
