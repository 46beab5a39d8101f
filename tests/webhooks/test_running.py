"""PgQueuer wakes deliveries, survives the loss of its connection, and knows its own schema."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.errors import DatabaseAway
from bezant.webhooks import delivering
from bezant.webhooks.model import Stream
from bezant.webhooks.running import DeliveryTerms, run_deliveries
from bezant.webhooks.store.jobs import queries_on
from tests.factories.clock import FakeClock
from tests.webhooks.desk import Desk, told
from tests.webhooks.receiver import Receiver, answering, held, in_order, receiving

EMPTY_QUEUE = "DELETE FROM webhook_pgqueuer"
COUNT_JOBS = "SELECT count(*) FROM webhook_pgqueuer WHERE payload LIKE convert_to($1, 'UTF8')"
END_LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'bezant webhooks'
"""


@pytest_asyncio.fixture(autouse=True)
async def _with_an_empty_queue(db: Database) -> None:
    async with db.reading() as connection:
        await connection.execute(EMPTY_QUEUE)


@asynccontextmanager
async def working(desk: Desk, url: str) -> AsyncIterator["asyncio.Task[None]"]:
    """A worker that delivers until the block ends."""
    stop = asyncio.Event()
    terms = DeliveryTerms(url, 256, desk.db, desk.clock, desk.courier.vault)
    task = asyncio.create_task(run_deliveries(terms, stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait([task])


async def test_pgqueuer_finds_the_schema_as_its_release_has_it(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        plan = await queries_on(connection).plan_upgrade()
    finally:
        await connection.close()

    assert list(plan.statements) == [], "this release of PgQueuer needs a migration of its tables"


async def test_what_is_announced_is_delivered_by_whoever_works(
    desk: Desk, receiver: Receiver, database_url: str
) -> None:
    await desk.add(receiver.url)
    async with working(desk, database_url), working(desk, database_url):
        for number in range(40):
            await desk.announce(told(number, stream=Stream(f"order:{number % 4}")))
        await receiver.wait_for(lambda r: len(r.taken) == 40)

    assert len(set(receiver.ids)) == 40
    for stream in range(4):
        assert in_order(n for n in receiver.said("number") if int(str(n)) % 4 == stream)


async def test_what_waited_while_nobody_worked_is_delivered(
    desk: Desk, receiver: Receiver, database_url: str
) -> None:
    await desk.add(receiver.url)
    await desk.announce(told(1), told(2))
    async with working(desk, database_url):
        await receiver.wait_for(lambda r: len(r.taken) == 2)

    assert receiver.said("number") == [1, 2]


async def test_a_slow_endpoint_holds_up_no_other(
    desk: Desk, receiver: Receiver, database_url: str
) -> None:
    async with receiving() as slow:
        answers = asyncio.Event()
        slow.always = held(answers)
        await desk.add(slow.url)
        await desk.add(receiver.url)
        async with working(desk, database_url):
            for number in range(30):
                await desk.announce(told(number, stream=Stream(f"order:{number}")))
            await receiver.wait_for(lambda r: len(r.taken) == 30)
            assert slow.taken == []
            answers.set()
            await slow.wait_for(lambda r: len(r.taken) == 30)


async def test_a_lost_connection_ends_the_work_and_a_new_one_goes_on(
    desk: Desk, receiver: Receiver, database_url: str
) -> None:
    await desk.add(receiver.url)
    async with working(desk, database_url) as first:
        await desk.announce(told(1))
        await receiver.wait_for(lambda r: len(r.taken) == 1)
        async with desk.db.reading() as connection:
            await connection.execute(END_LISTENERS)
        await desk.announce(told(2))
        await asyncio.wait([first], timeout=20)
        assert isinstance(first.exception(), DatabaseAway)
    async with working(desk, database_url):
        await receiver.wait_for(lambda r: len(r.taken) == 2)

    assert receiver.said("number") == [1, 2]


async def test_a_database_that_is_away_is_said_so(desk: Desk) -> None:
    terms = DeliveryTerms(
        "postgresql://nobody@127.0.0.1:1/none", 0, desk.db, desk.clock, desk.courier.vault
    )
    with pytest.raises(DatabaseAway):
        await run_deliveries(terms, asyncio.Event())


async def test_a_lost_job_is_found_once_its_delivery_is_overdue(
    desk: Desk, receiver: Receiver, clock: FakeClock, database_url: str
) -> None:
    await desk.add(receiver.url)
    await desk.announce(told(1))
    async with desk.db.reading() as connection:
        await connection.execute(EMPTY_QUEUE)
    await delivering.wake_overdue(desk.db, now=clock.now())
    assert await jobs(desk) == 0

    clock.advance(seconds=31)
    await delivering.wake_overdue(desk.db, now=clock.now())
    await delivering.wake_overdue(desk.db, now=clock.now())

    assert await jobs(desk) == 1
    async with working(desk, database_url):
        await receiver.wait_for(lambda r: len(r.taken) == 1)


async def test_what_waits_behind_a_pause_is_not_overdue(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(answering(503, **{"Retry-After": "3600"}))
    await desk.announce(told(1), told(2))
    await desk.deliver(endpoint)
    async with desk.db.reading() as connection:
        await connection.execute(EMPTY_QUEUE)

    clock.advance(seconds=timedelta(minutes=10).seconds)
    await delivering.wake_overdue(desk.db, now=clock.now())

    assert await jobs(desk) == 0


async def jobs(desk: Desk) -> int:
    """How many jobs are in the queue for the partner."""
    async with desk.db.reading() as connection:
        count: int = await connection.fetchval(COUNT_JOBS, f"{desk.partner_id}/%")
        return count
