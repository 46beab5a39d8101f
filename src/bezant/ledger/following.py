"""What the worker does for the ledger: ends holds, folds snapshots, extends the chains.

Several may do it at once: a book that another is at is left to that one. Each turn is bounded;
what is left over is done in the next one.
"""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Database
from bezant.kernel.ids import PartnerId
from bezant.ledger.chain import hash_of
from bezant.ledger.store import entries
from bezant.ledger.store import following as store
from bezant.ledger.store.following import NewLink

HOLDS_AT_ONCE: Final = 200
JOURNALS_AT_ONCE: Final = 2_000
MAX_TURNS: Final = 50
"""How many batches one turn of a duty does, of holds or of one book's journals."""


async def expire_holds(db: Database, *, now: datetime) -> int:
    """Ends the holds whose time is over; how many they were."""
    expired = 0
    for _ in range(MAX_TURNS):
        ended = await db.write(lambda tx: entries.expire_due(tx, limit=HOLDS_AT_ONCE, now=now))
        expired += ended
        if not ended:
            break
    return expired


async def fold_snapshots(db: Database, *, now: datetime) -> int:
    """Brings snapshots up to all that has settled; how many journals were folded.

    A journal has settled when no transaction is under way that began to write before it. The
    first turn after a restore from a dump aligns the books, which wait for it until then.
    """
    async with db.reading() as connection:
        await store.align(connection)
        books = await store.books_to_fold(connection)
    folded = 0
    for partner_id in books:
        folded += await _fold(db, partner_id, now=now)
    return folded


async def extend_chains(db: Database) -> int:
    """Chains the journals that have settled, in every book; how many they were."""
    async with db.reading() as connection:
        books = await store.books_to_chain(connection)
    chained = 0
    for partner_id in books:
        for _ in range(MAX_TURNS):
            added = await _extend(db, partner_id)
            chained += added
            if not added:
                break
    return chained


async def _fold(db: Database, partner_id: PartnerId, *, now: datetime) -> int:
    folded = 0
    for _ in range(MAX_TURNS):
        async with db.reading() as connection:
            added = await store.fold(connection, partner_id, limit=JOURNALS_AT_ONCE, now=now)
        folded += added
        if added < JOURNALS_AT_ONCE:
            break
    return folded


async def _extend(db: Database, partner_id: PartnerId) -> int:
    """The next links of one chain; how many were added."""
    async with db.transaction() as tx:
        found = await store.lock_end(tx, partner_id, limit=JOURNALS_AT_ONCE)
        if found is None:
            return 0
        end, reach = found
        links: list[NewLink] = []
        last = end.hash
        for journal, stamp in await store.select_unchained(tx, end, reach=reach):
            last = hash_of(journal, previous=last)
            links.append(NewLink(journal.journal_id, stamp, last))
        if links:
            await store.insert_links(tx, end, links, reach=reach)
        return len(links)
