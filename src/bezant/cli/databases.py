"""The database that a command works on: the one that was given, or the embedded one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.db import Database
from bezant.migrations import migrate, require_current
from bezant.settings import Settings, load_settings
from bezant.wiring import open_database

Result = TypeVar("Result")


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """The settings with a database in them, which is running until the block ends."""
    if settings.database_url is not None:
        yield settings
        return
    with EmbeddedPostgres.start(settings.data_dir) as postgres:
        yield settings.with_changes(database_url=postgres.url)


@contextmanager
def migrated_database(settings: Settings) -> Iterator[Settings]:
    """The same, its schema brought to this release. Raises `SchemaNewer`."""
    with database(settings) as running:
        assert running.database_url is not None
        migrate(running.database_url)
        yield running


def on_database(work: Callable[[Settings, Database], Awaitable[Result]]) -> Result:
    """What `work` does on this deployment's database.

    The embedded one is migrated as it is started; another is never migrated in passing.
    Raises `SchemaNewer`, `SchemaOlder`.
    """
    settings = load_settings()
    with database(settings) as running:
        assert running.database_url is not None
        if settings.database_url is None:
            migrate(running.database_url)
        else:
            require_current(running.database_url)
        return asyncio.run(_opened(running, work))


async def _opened(
    settings: Settings, work: Callable[[Settings, Database], Awaitable[Result]]
) -> Result:
    db = await open_database(settings)
    try:
        return await work(settings, db)
    finally:
        await db.close()
