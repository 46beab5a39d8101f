"""The database: a pool of connections, transactions, and what is tried again.

Invariants: a transaction commits or leaves nothing; a serialization failure or a deadlock
is tried again a bounded number of times and never reaches a caller; a database that is
away is `DatabaseAway`, never a stray driver error; whatever else a block raises goes
through as it is, so that a defect never looks like a database that is away.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import asyncpg

from bezant.kernel.errors import DatabaseAway

if TYPE_CHECKING:
    from asyncpg import Pool, Record
    from asyncpg.pool import PoolConnectionProxy

    Tx: TypeAlias = PoolConnectionProxy[Record]
    """A connection with a transaction open on it."""
    Connection: TypeAlias = PoolConnectionProxy[Record]
    """A connection for a single statement, which is its own transaction."""
else:
    Tx = Connection = object

Result = TypeVar("Result")

MAX_ATTEMPTS: Final = 6
FIRST_PAUSE_S: Final = 0.005
_TRY_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_AWAY = (
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
# What may come of a lost connection, and just as well of a defect in the caller's code.
_AWAY_IF_LOST = (asyncpg.InterfaceError, OSError)
_AWAY_ON_CONNECTING = (*_AWAY, *_AWAY_IF_LOST)


class NotAtOnce(Exception):
    """One statement is not enough: what it was decided on has changed, or it takes several."""


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How much of the database one process may take, and for how long it waits."""

    connections: int = 10
    acquire_timeout_s: float = 5.0
    statement_timeout_s: float = 10.0
    lock_timeout_s: float = 5.0
    # Zero where PgBouncer pools by transaction and knows no prepared statements.
    cached_statements: int = 256


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, pool: "Pool[Record]", limits: PoolLimits) -> None:
        self._pool = pool
        self._limits = limits
        self._taken = 0

    @classmethod
    async def connect(cls, url: str, limits: PoolLimits | None = None) -> "Database":
        """Opens the pool. Raises `DatabaseAway` when nothing answers at `url`."""
        limits = limits or PoolLimits()
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=limits.connections,
                statement_cache_size=limits.cached_statements,
                timeout=limits.acquire_timeout_s,
                # Nothing here leaves state on a connection, so nothing is reset: the
                # default would cost every request one more round trip.
                reset=_leave_as_is,
                server_settings={
                    "application_name": "bezant",
                    "timezone": "UTC",
                    "jit": "off",
                    "statement_timeout": _milliseconds(limits.statement_timeout_s),
                    "lock_timeout": _milliseconds(limits.lock_timeout_s),
                    "idle_in_transaction_session_timeout": _milliseconds(
                        2 * limits.statement_timeout_s
                    ),
                },
            )
        except _AWAY_ON_CONNECTING as error:
            raise DatabaseAway from error
        return cls(pool, limits)

    async def close(self) -> None:
        """Waits for what is under way, then closes every connection."""
        try:
            await asyncio.wait_for(self._pool.close(), self._limits.statement_timeout_s)
        except TimeoutError:
            self._pool.terminate()

    async def ping(self) -> None:
        """Returns when the database answers. Raises `DatabaseAway`."""
        async with self.reading() as connection:
            await connection.execute("SELECT 1")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection on which each statement is a transaction of its own."""
        self._taken += 1
        try:
            connection = await self._acquire(must_wait=self._taken > self._limits.connections)
        except BaseException:
            self._taken -= 1
            raise
        try:
            yield connection
        except _AWAY as error:
            raise DatabaseAway from error
        except asyncpg.InternalClientError as error:
            # The server has said that it ends this connection, and the end is on its way:
            # whoever has it next must not meet it as well.
            connection.terminate()
            raise DatabaseAway from error
        except _AWAY_IF_LOST as error:
            if _is_lost(connection):
                raise DatabaseAway from error
            raise
        finally:
            # Only what is back in the pool can be had without waiting.
            try:
                await self._pool.release(connection)
            finally:
                self._taken -= 1

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        async with self.reading() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection that reads everything as it was at one moment, for as long as it takes."""
        async with (
            self.reading() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("SET LOCAL statement_timeout = 0")
            yield connection

    async def _acquire(self, *, must_wait: bool) -> Connection:
        # Only who has to wait needs a clock, and setting one costs more than the connection.
        try:
            return await self._pool.acquire(
                timeout=self._limits.acquire_timeout_s if must_wait else None
            )
        except (asyncpg.PostgresError, *_AWAY_IF_LOST) as error:
            # Whatever it says of itself, a database that lets nobody in is away: it is being
            # restored, renamed, upgraded, or has got another password.
            raise DatabaseAway from error

    async def write(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        """`write_on` a connection of the pool."""
        async with self.reading() as connection:
            return await write_on(connection, work)


async def change_on(
    connection: Connection, work: Callable[[Connection], Awaitable[Result]]
) -> Result:
    """Runs `work`, which reads, decides, and then writes by one statement at most.

    That statement is a transaction of its own and writes only if what was read still stands;
    otherwise (`NotAtOnce`) `work` is run again by `write_on`, where what it reads is locked:
    so nobody is overtaken for ever. `work` can tell by `connection.is_in_transaction()`.
    """
    try:
        return await work(connection)
    except (NotAtOnce, *_TRY_AGAIN):
        return await write_on(connection, work)


async def write_on(connection: Connection, work: Callable[[Tx], Awaitable[Result]]) -> Result:
    """Runs `work` in a transaction and commits it before returning its result.

    A serialization failure or a deadlock runs `work` again from the start in a new
    transaction, at most `MAX_ATTEMPTS` times in all, so `work` must do nothing outside the
    database. Raises `DatabaseAway` when no attempt came through.
    """
    for attempt in range(MAX_ATTEMPTS):
        try:
            async with connection.transaction():
                return await work(connection)
        except _TRY_AGAIN:
            # The jitter keeps two that met from meeting again; it guards nothing.
            spread = random.uniform(0.5, 1.5)  # noqa: S311
            await asyncio.sleep(FIRST_PAUSE_S * 2**attempt * spread)
    raise DatabaseAway


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a connection back as soon as it hears that the server has ended it,
        # and of what is taken back nothing can be asked.
        return True


async def _leave_as_is(connection: object) -> None:
    """No reset: see the reason where the pool is made."""


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
