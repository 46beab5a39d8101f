"""PgQueuer at work: takes jobs from the queue over a connection of its own.

Invariants: every name of PgQueuer's is given here, so that no variable of the environment
renames a table; a connection that is lost ends the work with `DatabaseAway`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import (
    DBSettings,
    Durability,
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.types import Channel

from bezant.kernel.errors import DatabaseAway
from bezant.webhooks.model import EndpointKey
from bezant.webhooks.store.queue import ENTRYPOINT, endpoint_of

if TYPE_CHECKING:
    from asyncpg import Connection, Record

SETTINGS: Final = DBSettings(
    prefix="webhook_",
    db_schema=None,
    channel=Channel("webhook_ch_pgqueuer"),
    function="webhook_fn_pgqueuer_changed",
    statistics_table="webhook_pgqueuer_statistics",
    queue_status_type="webhook_pgqueuer_status",
    queue_table="webhook_pgqueuer",
    queue_table_log="webhook_pgqueuer_log",
    trigger="webhook_tg_pgqueuer_changed",
    schedules_table="webhook_pgqueuer_schedules",
    durability=Durability.durable,
)

NAME: Final = "bezant webhooks"
AT_ONCE: Final = 64
"""Endpoints that one worker delivers to at the same time."""
BATCH: Final = 16
CONNECT_TIMEOUT_S: Final = 5
LOOK_EVERY: Final = timedelta(seconds=5)
"""How long the queue waits to be woken before it looks for itself."""
STALE_AFTER: Final = timedelta(seconds=30)
"""A job whose worker has not been heard of for so long is given to another."""
_LOST: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)

Deliver = Callable[[EndpointKey], Awaitable[None]]


async def work_off(
    url: str, deliver: Deliver, *, cached_statements: int, stop: asyncio.Event
) -> None:
    """Calls `deliver` for each job until `stop` is set, then waits for those under way.

    Raises `DatabaseAway` when the connection cannot be made or is lost.
    """
    try:
        connection = await asyncpg.connect(
            url,
            timeout=CONNECT_TIMEOUT_S,
            statement_cache_size=cached_statements,
            server_settings={"application_name": NAME},
        )
        try:
            await _run(connection, deliver, stop=stop)
        finally:
            # No farewell: PgQueuer may have left a statement half said.
            connection.terminate()
    except _LOST as error:
        raise DatabaseAway from error


def queries_on(connection: "Connection[Record]") -> Queries:
    """PgQueuer's own statements under our names."""
    return Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(SETTINGS),
        qbq=QueryQueueBuilder(SETTINGS),
        qbs=QuerySchedulerBuilder(SETTINGS),
    )


async def _run(connection: "Connection[Record]", deliver: Deliver, *, stop: asyncio.Event) -> None:
    queue = QueueManager(queries_on(connection), SETTINGS.channel)

    @queue.entrypoint(ENTRYPOINT, accepts_context=False)
    async def take(job: Job) -> None:
        assert job.payload is not None
        await deliver(endpoint_of(job.payload))

    # Heard of at once, where a statement would only find out at the next look.
    connection.add_termination_listener(lambda _: queue.shutdown.set())
    stopping = asyncio.create_task(_set_after(stop, queue.shutdown))
    try:
        await queue.run(
            dequeue_timeout=LOOK_EVERY,
            batch_size=BATCH,
            max_concurrent_tasks=AT_ONCE,
            # Behind a PgBouncer that pools by transaction nothing is heard, and looking is enough.
            shutdown_on_listener_failure=False,
            heartbeat_timeout=STALE_AFTER,
        )
    finally:
        stopping.cancel()
    if connection.is_closed():
        raise DatabaseAway


async def _set_after(first: asyncio.Event, then: asyncio.Event) -> None:
    await first.wait()
    then.set()
