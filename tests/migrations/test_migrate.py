"""Migrating: by two at once, up to this release, and never past it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import asyncpg
import pytest

from bezant.migrations import (
    DatabaseUnreachable,
    SchemaNewer,
    SchemaOlder,
    migrate,
    offline_sql,
    require_current,
)
from tests.factories.databases import address_of

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
COLUMNS = """
    SELECT coalesce(string_agg(table_name || '.' || column_name || ' ' || data_type, E'\n'
                               ORDER BY table_name, column_name), '')
      FROM information_schema.columns WHERE table_schema = 'public'
"""


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The address of a database with nothing in it, dropped at the end."""
    name = f"bezant_empty_{uuid4().hex[:12]}"
    execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield address_of(server, name)
    finally:
        execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """An empty database of this test's own."""
    with empty_database(postgres) as url:
        yield url


def execute(url: str, sql: str) -> object:
    """Runs some SQL; the first value of its last statement, if it has one."""

    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            if sql.lstrip().startswith("SELECT"):
                return await connection.fetchval(sql)
            return await connection.execute(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_two_who_migrate_one_database_at_once_apply_each_revision_once(empty: str) -> None:
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(migrate, [empty, empty])

    applied, nothing = sorted((first, second), key=len, reverse=True)
    assert nothing == ()
    assert len(applied) == len(set(applied)) >= 6
    assert list(applied) == sorted(applied)
    require_current(empty)
    assert migrate(empty) == ()


def test_a_schema_that_is_older_is_refused_and_left_alone(empty: str) -> None:
    with pytest.raises(SchemaOlder, match="nothing"):
        require_current(empty)

    assert execute(empty, TABLES) == 0


def test_a_schema_that_is_newer_is_never_touched(empty: str) -> None:
    migrate(empty)
    execute(empty, "UPDATE alembic_version SET version_num = '9999'")
    before = execute(empty, COLUMNS)

    with pytest.raises(SchemaNewer, match="9999"):
        migrate(empty)
    with pytest.raises(SchemaNewer, match="9999"):
        require_current(empty)

    assert execute(empty, COLUMNS) == before
    assert execute(empty, "SELECT version_num FROM alembic_version") == "9999"


def test_the_printed_sql_makes_the_same_schema(empty: str, postgres: str) -> None:
    migrate(empty)
    with empty_database(postgres) as by_hand:
        execute(by_hand, offline_sql())

        require_current(by_hand)
        assert execute(by_hand, COLUMNS) == execute(empty, COLUMNS)


def test_the_printed_sql_is_done_whole_or_not_at_all() -> None:
    lines = [line for line in offline_sql().splitlines() if line]

    assert (lines[0], lines[-1]) == ("BEGIN;", "COMMIT;")
    assert (lines.count("BEGIN;"), lines.count("COMMIT;")) == (1, 1)


def test_a_database_that_does_not_answer_is_said_to_be_away(postgres: str) -> None:
    for url in (address_of(postgres, "no_such_database"), "postgresql://127.0.0.1:1/bezant"):
        with pytest.raises(DatabaseUnreachable):
            migrate(url)
