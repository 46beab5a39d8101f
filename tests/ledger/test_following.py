"""The followers: snapshots and chains that miss no journal, whatever order they commit in."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Connection, Database
from bezant.kernel.errors import DatabaseAway
from bezant.ledger import following
from bezant.ledger import service as ledger
from bezant.ledger.assets import Asset
from bezant.ledger.chain import GENESIS, hash_of
from bezant.ledger.model import HOUSE, Move
from bezant.ledger.store import following as store
from bezant.ledger.verifying import heads
from bezant.worker import ledger_duties
from tests.ledger.books import Book, gold, settled

SNAPSHOT = """
    SELECT s.balance FROM ledger_snapshot s JOIN ledger_account a USING (partner_id, account_id)
     WHERE a.partner_id = $1 AND a.kind = 'house' AND a.asset = 'GAU'
"""
HOLDS = "SELECT state FROM ledger_hold WHERE partner_id = $1"


@pytest_asyncio.fixture
async def elder(db: Database) -> AsyncIterator[Connection]:
    """A connection whose transaction is begun before all others and ends when a test says so."""
    async with db.reading() as connection:
        yield connection


async def snapshot(book: Book) -> int | None:
    """What is folded of the house's gold."""
    async with book.db.reading() as connection:
        found: int | None = await connection.fetchval(SNAPSHOT, book.partner_id)
    return found


async def house(book: Book) -> int:
    """What the house has of gold, however much of it is folded."""
    return (await book.balance(Asset.GAU, HOUSE)).units


async def fold(book: Book) -> int:
    """Folds all that was posted before."""
    await settled(book.db)
    return await following.fold_snapshots(book.db, now=book.clock.now())


async def chain(book: Book) -> int:
    """Chains all that was posted before."""
    await settled(book.db)
    return await following.extend_chains(book.db)


async def links(book: Book) -> list[int]:
    """The chained journals of this book, in the order of its chain."""
    async with book.db.reading() as connection:
        found = await store.select_links(connection, book.partner_id, after=0, limit=1_000)
    return [each.journal_id for each in found]


async def test_a_balance_is_the_same_before_and_after_it_is_folded(book: Book) -> None:
    for units in (5, 7):
        await book.give(gold(units))
    assert (await snapshot(book), await house(book)) == (None, -12)

    await fold(book)
    assert (await snapshot(book), await house(book)) == (-12, -12)

    await book.take(gold(2))
    assert (await snapshot(book), await house(book)) == (-12, -10)

    await fold(book)
    assert (await snapshot(book), await house(book)) == (-10, -10)


async def test_folding_again_folds_nothing_again(book: Book) -> None:
    await book.give(gold(5))
    await fold(book)

    assert await fold(book) == 0
    assert await house(book) == -5


async def test_a_snapshot_waits_for_an_older_transaction(book: Book, elder: Connection) -> None:
    await book.give(gold(1))
    await settled(book.db)
    older = elder.transaction()
    await older.start()
    # From its first write on it has a place in the order, which is before all that follows.
    late = book.journal(Move(gold(10), HOUSE, book.owner))
    await elder.execute("SELECT pg_current_xact_id()")

    await book.give(gold(100))
    await following.fold_snapshots(book.db, now=book.clock.now())
    assert await snapshot(book) == -1, "what came after the older one's beginning has to wait"
    assert await house(book) == -101

    await ledger.post(elder, late, now=book.clock.now())
    await older.commit()
    assert await house(book) == -111
    await fold(book)
    assert (await snapshot(book), await house(book)) == (-111, -111)


async def test_a_chain_waits_for_an_older_transaction_and_leaves_nothing_out(
    book: Book, elder: Connection
) -> None:
    first = (await book.give(gold(1))).journal_id
    await settled(book.db)
    older = elder.transaction()
    await older.start()
    await elder.execute("SELECT pg_current_xact_id()")
    third = (await book.give(gold(3))).journal_id

    await following.extend_chains(book.db)
    assert await links(book) == [first]

    late = book.journal(Move(gold(2), HOUSE, book.owner))
    second = (await ledger.post(elder, late, now=book.clock.now())).journal_id
    await older.commit()
    await chain(book)
    assert await links(book) == [first, second, third]
    assert second > third, "its number is larger, and its place is before"


async def test_an_older_transaction_that_is_undone_holds_nobody_up(
    book: Book, elder: Connection
) -> None:
    older = elder.transaction()
    await older.start()
    await ledger.post(
        elder,
        book.journal(Move(gold(10), HOUSE, book.owner)),
        now=book.clock.now(),
    )
    await older.rollback()
    await book.give(gold(1))

    await fold(book)

    assert (await snapshot(book), await house(book)) == (-1, -1)


async def test_what_is_posted_while_it_is_folded_is_counted_once(crowd: Book) -> None:
    done = asyncio.Event()

    async def keep_folding() -> None:
        while not done.is_set():
            await following.fold_snapshots(crowd.db, now=crowd.clock.now())
            await following.extend_chains(crowd.db)

    async def post() -> None:
        await asyncio.gather(*(crowd.give(gold(1)) for _ in range(150)))
        done.set()

    await asyncio.gather(post(), keep_folding(), keep_folding())
    await fold(crowd)
    await chain(crowd)

    assert (await snapshot(crowd), await house(crowd)) == (-150, -150)
    assert len(set(await links(crowd))) == len(await links(crowd)) == 150


async def test_a_few_journals_at_a_time_come_to_the_same(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "JOURNALS_AT_ONCE", 2)
    for units in range(1, 8):
        await book.give(gold(units))

    await fold(book)
    await chain(book)

    assert await snapshot(book) == -28
    assert len(await links(book)) == 7


async def test_each_link_is_the_hash_of_its_journal_and_the_link_before(book: Book) -> None:
    await book.give(gold(1))
    await book.take(gold(1))
    await chain(book)

    async with book.db.reading() as connection:
        one, two = await store.select_links(connection, book.partner_id, after=0, limit=10)
        ends = {each.partner_id: each for each in await heads(connection)}

    assert one.journal is not None
    assert two.journal is not None
    assert one.hash == hash_of(one.journal, previous=GENESIS)
    assert two.hash == hash_of(two.journal, previous=one.hash)
    assert (ends[book.partner_id].position, ends[book.partner_id].hash) == (2, two.hash)
    assert [line.balance_after for line in two.journal.lines] == [0, None]


async def test_a_book_from_a_dump_waits_to_be_aligned_and_goes_on(db: Database, book: Book) -> None:
    await book.give(gold(5))
    await fold(book)
    await chain(book)
    async with db.reading() as connection:
        # As it stands after a restore into a server that has seen few transactions.
        await connection.execute(
            """
            UPDATE ledger_book SET folded_to = folded_to + 1000000000,
                   chained_to = chained_to + 1000000000 WHERE partner_id = $1
            """,
            book.partner_id,
        )

    with pytest.raises(DatabaseAway):
        await book.give(gold(7))
    await fold(book)
    await book.give(gold(7))
    assert (await snapshot(book), await house(book)) == (-5, -12)

    await fold(book)
    await chain(book)
    assert (await snapshot(book), await house(book)) == (-12, -12)
    assert len(await links(book)) == 2
    assert await fold(book) == 0


async def test_a_database_that_was_not_restored_is_not_aligned(db: Database, book: Book) -> None:
    await book.give(gold(5))
    await fold(book)

    async with db.reading() as connection:
        assert await store.align(connection) == 0


async def test_the_worker_does_all_three(db: Database, book: Book) -> None:
    await book.give(gold(5))
    await book.hold(book.held(gold(5), seconds=10))
    book.clock.advance(seconds=10)
    await settled(db)

    for duty in ledger_duties(db, book.clock):
        await duty.work()

    assert (await snapshot(book), len(await links(book))) == (-5, 1)
    async with db.reading() as connection:
        states = await connection.fetch(HOLDS, book.partner_id)
    assert [row["state"] for row in states] == ["expired"]
