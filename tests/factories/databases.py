"""Databases for tests: a migrated template for the run, and a clone for each worker.

The server is the one at BEZANT_TEST_DATABASE_URL, or an embedded one that all workers
share; its data are in memory unless a test is about what a disk keeps. The template is made
once, by whichever worker comes first.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.db import Database, Tx
from bezant.migrations import migrate
from tests.factories.catalog import stock_the_shop
from tests.factories.places import on_disk

SERVER_VARIABLE = "BEZANT_TEST_DATABASE_URL"
_NAME = f"bezant-tests-{os.getuid()}"
_LOCK = on_disk() / f"{_NAME}.lock"


@contextmanager
def postgres_server(home: Path) -> Iterator[str]:
    """The address of a server where databases may be made; its path is of no matter.

    An embedded one has its data below `home`.
    """
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        yield given
        return
    with EmbeddedPostgres.start(home / _NAME) as server:
        yield server.database_url("postgres")


@contextmanager
def cloned_database(server: str, *, run: str, worker: str, durable: bool = False) -> Iterator[str]:
    """The address of a clone of the run's template, dropped at the end."""
    template, clone = f"bezant_template_{run}", f"bezant_{run}_{worker}"
    with _one_at_a_time():
        asyncio.run(_make_template(server, template))
        asyncio.run(_execute(server, f'CREATE DATABASE "{clone}" TEMPLATE "{template}"'))
        # A test that dies with the machine may lose what it wrote.
        commit = "on" if durable else "off"
        asyncio.run(_execute(server, f'ALTER DATABASE "{clone}" SET synchronous_commit = {commit}'))
    try:
        yield address_of(server, clone)
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{clone}" WITH (FORCE)'))


def drop_template(server: str, *, run: str) -> None:
    """Removes the run's template; a worker that goes on for longer makes it again."""
    with _one_at_a_time():
        asyncio.run(_execute(server, f'DROP DATABASE IF EXISTS "bezant_template_{run}"'))


@asynccontextmanager
async def undone(db: Database) -> AsyncIterator[Tx]:
    """A transaction in which a test may break what it likes: it leaves no trace."""
    async with db.reading() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


def address_of(server: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def _make_template(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    url = address_of(server, name)
    await asyncio.to_thread(migrate, url)
    await stock_the_shop(url)


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
