"""The database: commits or leaves nothing, tries again what can be, and says when it is away."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from bezant.kernel.db import MAX_ATTEMPTS, Database, PoolLimits, Tx
from bezant.kernel.errors import DatabaseAway
from tests.factories.servers import free_port


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bezant.kernel.db.FIRST_PAUSE_S", 0)


@pytest_asyncio.fixture
async def counters(db: Database) -> AsyncIterator[str]:
    """A table of this test with two counters at zero."""
    table = f"counters_{uuid4().hex}"
    async with db.reading() as connection:
        await connection.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int NOT NULL)")
        await connection.execute(f"INSERT INTO {table} VALUES (1, 0), (2, 0)")
    yield table
    async with db.reading() as connection:
        await connection.execute(f"DROP TABLE {table}")


async def add_one(tx: Tx, table: str, which: int) -> None:
    await tx.execute(f"UPDATE {table} SET n = n + 1 WHERE id = $1", which)


async def count(db: Database, table: str, which: int = 1) -> object:
    async with db.reading() as connection:
        return await connection.fetchval(
            f"SELECT n FROM {table} WHERE id = $1",
            which,
        )


async def test_a_block_that_ends_is_committed(db: Database, counters: str) -> None:
    async with db.transaction() as tx:
        await add_one(tx, counters, 1)
    assert await count(db, counters) == 1


async def test_a_block_that_raises_leaves_nothing(db: Database, counters: str) -> None:
    async def write_and_fail() -> None:
        async with db.transaction() as tx:
            await add_one(tx, counters, 1)
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()
    assert await count(db, counters) == 0


async def lose_a_race(db: Database, tx: Tx, table: str) -> None:
    """Writes what another has written since: PostgreSQL refuses to put the two in an order."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    await tx.fetchval(f"SELECT n FROM {table} WHERE id = 1")
    async with db.transaction() as other:
        await add_one(other, table, 1)
    await add_one(tx, table, 1)


async def test_a_serialization_failure_is_tried_again_from_the_start(
    db: Database, counters: str
) -> None:
    attempts = 0

    async def work(tx: Tx) -> str:
        nonlocal attempts
        attempts += 1
        await add_one(tx, counters, 2) if attempts > 1 else await lose_a_race(db, tx, counters)
        return f"attempt {attempts}"

    assert await db.write(work) == "attempt 2"
    assert [await count(db, counters, which) for which in (1, 2)] == [1, 1]


async def test_two_that_lock_each_other_out_both_come_through(db: Database, counters: str) -> None:
    both_hold_one, attempts = asyncio.Barrier(2), 0

    async def crosswise(first: int, second: int) -> None:
        met = False

        async def work(tx: Tx) -> None:
            nonlocal met, attempts
            attempts += 1
            await tx.execute("SET LOCAL deadlock_timeout = '10ms'")
            await add_one(tx, counters, first)
            if not met:
                met = True
                await both_hold_one.wait()
            await add_one(tx, counters, second)

        await db.write(work)

    await asyncio.wait_for(asyncio.gather(crosswise(1, 2), crosswise(2, 1)), 20)
    assert attempts > 2
    assert [await count(db, counters, which) for which in (1, 2)] == [2, 2]


async def test_who_loses_every_race_hears_that_the_database_is_away(
    db: Database, counters: str
) -> None:
    attempts = 0

    async def work(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await lose_a_race(db, tx, counters)

    with pytest.raises(DatabaseAway):
        await db.write(work)
    assert attempts == MAX_ATTEMPTS
    assert await count(db, counters) == MAX_ATTEMPTS


@pytest.mark.parametrize(
    "error", [OSError("disk"), ValueError("defect"), asyncpg.InterfaceError("misuse")]
)
async def test_a_callers_own_error_goes_through_as_it_is(db: Database, error: Exception) -> None:
    attempts = 0

    async def work(_tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        raise error

    with pytest.raises(type(error)) as raised:
        await db.write(work)
    assert raised.value is error
    assert attempts == 1


async def test_where_nothing_listens_the_database_is_away() -> None:
    with pytest.raises(DatabaseAway):
        await Database.connect(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")


async def test_a_connection_that_is_ended_under_a_statement_is_a_database_that_is_away(
    db: Database,
) -> None:
    async def end_own() -> None:
        async with db.reading() as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseAway):
        await end_own()
    await db.ping()


async def test_a_connection_that_is_ended_between_statements_is_a_database_that_is_away(
    db: Database,
) -> None:
    async def work(tx: Tx) -> None:
        pid = await tx.fetchval("SELECT pg_backend_pid()")
        async with db.reading() as other:
            assert await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
        await tx.execute("SELECT 1")

    with pytest.raises(DatabaseAway):
        await db.write(work)
    await db.ping()


async def test_a_connection_whose_end_is_on_its_way_is_met_by_nobody_else(
    database_url: str,
) -> None:
    alone = await Database.connect(database_url, PoolLimits(connections=1))
    pids: list[int] = []

    async def use(error: Exception | None) -> None:
        async with alone.reading() as connection:
            pids.append(await connection.fetchval("SELECT pg_backend_pid()"))
            if error is not None:
                raise error

    try:
        # What the driver says of one that has told it of its end and not ended yet.
        with pytest.raises(DatabaseAway):
            await use(asyncpg.InternalClientError("cannot switch to state 12"))
        await use(None)
    finally:
        await alone.close()
    assert pids[0] != pids[1]


async def test_a_statement_beyond_its_time_is_a_database_that_is_away(database_url: str) -> None:
    hurried = await Database.connect(database_url, PoolLimits(statement_timeout_s=0.02))

    async def dawdle() -> None:
        async with hurried.reading() as connection:
            await connection.execute("SELECT pg_sleep(5)")

    with pytest.raises(DatabaseAway):
        await dawdle()
    await hurried.ping()
    await hurried.close()


async def test_who_waits_too_long_for_a_connection_hears_that_the_database_is_away(
    database_url: str,
) -> None:
    narrow = await Database.connect(database_url, PoolLimits(connections=1, acquire_timeout_s=0.5))
    async with narrow.reading():
        with pytest.raises(DatabaseAway):
            await narrow.ping()
    await narrow.ping()
    await narrow.close()
