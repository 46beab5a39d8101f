"""The schema's history: plain SQL, put in order by Alembic.

Invariants: two processes may migrate at once (one waits, then finds nothing to do); a
schema newer than this program is never touched; each revision is one transaction.
"""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from io import StringIO
from typing import Final, TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

# Any number will do, as long as nothing else in the database locks the same one.
_MIGRATION_LOCK: Final = 0x42455A414E54

Outcome = TypeVar("Outcome")


class SchemaNewer(Exception):
    """The database was migrated by a newer release of this program than this one."""


class SchemaOlder(Exception):
    """The database has not been migrated to this release yet."""


class DatabaseUnreachable(Exception):
    """Nothing answers at the database's address, or it does not let us in."""


def migrate(url: str) -> tuple[str, ...]:
    """Brings the schema at `url` to this release; the revisions that were applied, in order.

    Waits while another process migrates. Raises `SchemaNewer`, `DatabaseUnreachable`.
    """
    return asyncio.run(_on_connection(url, _upgrade))


def require_current(url: str) -> None:
    """Is silent when the schema at `url` is this release's.

    Raises `SchemaNewer`, `SchemaOlder`, `DatabaseUnreachable`.
    """
    at = asyncio.run(_on_connection(url, _revision))
    if at != _newest():
        raise SchemaOlder(f"the schema is at {at or 'nothing'}, this release needs {_newest()}")


def offline_sql() -> str:
    """The SQL of every revision, for an operator who runs it by hand."""
    config, output = _config(), StringIO()
    config.output_buffer = output
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


async def _on_connection(url: str, work: Callable[[Connection], Outcome]) -> Outcome:
    engine = create_async_engine(_sqlalchemy_url(url), poolclass=NullPool)
    try:
        connection = await _connect(engine)
        try:
            return await connection.run_sync(work)
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except (OSError, asyncpg.PostgresError, DBAPIError) as error:
        raise DatabaseUnreachable(f"the database cannot be reached: {error}") from None


def _upgrade(connection: Connection) -> tuple[str, ...]:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
    connection.commit()
    try:
        before = _revision(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        script = ScriptDirectory.from_config(config)
        steps = [r.revision for r in script.iterate_revisions("head", before or "base")]
        return tuple(reversed(steps))
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
        connection.commit()


def _revision(connection: Connection) -> str | None:
    at = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    known = {r.revision for r in ScriptDirectory.from_config(_config()).walk_revisions()}
    if at is not None and at not in known:
        raise SchemaNewer(
            f"the schema is at revision {at}, which this release does not know; "
            "start the newer release, or restore a backup of before its upgrade"
        )
    return at


def _newest() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("bezant.migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _sqlalchemy_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"not a PostgreSQL address: {scheme}://…")
    return f"postgresql+asyncpg://{rest}"
