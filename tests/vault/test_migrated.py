"""What the vault's counters begin with, in a house that has sold before and in a new one."""

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from uuid import uuid4

import asyncpg
import pytest

from bezant.migrations import offline_sql
from tests.factories.databases import address_of

BEFORE = "-- Running upgrade 0018 -> 0019"
SOLD = """
    SELECT ledger_post(0, 'buy', 'order', '1', '', '{house,partner}', '{0,0}', '{BGAU,BGAU}',
                       '{-5,5}', '{}', '{}', NULL, now())
"""
BEGUN = """
    SELECT metal, sum(free_ug)::bigint AS free, min(state) AS state, count(*) AS stripes
      FROM vault_headroom GROUP BY metal HAVING min(state) = max(state) ORDER BY metal
"""


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """An empty database of this test's own."""
    name = f"bezant_empty_{uuid4().hex[:12]}"
    asyncio.run(_run(postgres, f'CREATE DATABASE "{name}"'))
    yield address_of(postgres, name)
    asyncio.run(_run(postgres, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _run(url: str, *scripts: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for script in scripts:
            await connection.execute(script)
    finally:
        await connection.close()


async def _begun(url: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(BEGUN)]
    finally:
        await connection.close()


def test_what_was_sold_before_is_counted_and_everything_else_guarded(empty: str) -> None:
    earlier, found, _ = offline_sql().partition(BEFORE)
    assert found
    vault = files("bezant.migrations.versions").joinpath("0019_vault.sql").read_text("utf-8")

    asyncio.run(_run(empty, earlier + "COMMIT;", SOLD, vault))

    assert asyncio.run(_begun(empty)) == [
        ("gold", -5, "counting", 16),
        ("palladium", 0, "open", 16),
        ("platinum", 0, "open", 16),
        ("silver", 0, "open", 16),
    ]
