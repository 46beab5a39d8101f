"""A store names its own tables only, and every statement in the house is one the schema knows."""

from collections.abc import Iterator

import asyncpg
import pytest

from tests.architecture.sources import PACKAGE, ROOT, Source, listed, read_sources
from tests.architecture.sql import foreign_tables, is_statement, table_rooms, tables_named
from tests.architecture.statements import house_modules, sql_constants, statement_findings
from tests.architecture.storeys import room_of

# Utility statements, which PostgreSQL does not prepare.
NOT_PREPARED = ("copy", "lock", "truncate")


def _migrations() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "src/bezant/migrations").rglob("*.sql"))
    }


def _statements() -> Iterator[tuple[str, str, str]]:
    """Module, constant and statement, of the whole house."""
    for module in house_modules(PACKAGE):
        # An outside system may speak to a database of its own, in a dialect of its own.
        if not module.__name__.startswith("bezant.integrations"):
            for name, statement in sql_constants(vars(module)).items():
                yield module.__name__, name, statement


def test_every_table_belongs_to_a_room() -> None:
    _, findings = table_rooms(_migrations())

    assert not findings, listed(findings)


def test_a_store_names_only_its_own_tables() -> None:
    rooms, _ = table_rooms(_migrations())

    findings = [
        f"{module}.{name} {fact}"
        for module, name, statement in _statements()
        if (room := room_of(module)) and "queries" not in module.split(".")
        for fact in foreign_tables(statement, room=room.removeprefix("bezant."), rooms=rooms)
    ]

    assert not findings, listed(findings)


def test_sql_is_sent_by_stores_and_is_constant() -> None:
    findings = [found for source in read_sources("src") for found in statement_findings(source)]

    assert not findings, listed(findings)


async def test_every_statement_prepares_against_the_migrated_schema(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        findings = [
            f"{module}.{name}: {refusal}"
            for module, name, statement in _statements()
            if (refusal := await _refusal(connection, statement))
        ]
    finally:
        await connection.close()

    assert not findings, listed(findings)


async def test_a_statement_that_the_schema_does_not_know_is_found(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await _refusal(connection, "SELECT weight FROM thin_air")
        assert await _refusal(connection, "SELECT partner_id, thin_air FROM partner")
        assert await _refusal(connection, "SELECT 1") is None
    finally:
        await connection.close()


async def _refusal(connection: "asyncpg.Connection[asyncpg.Record]", sql: str) -> str | None:
    """What PostgreSQL has against a statement. Nothing is executed."""
    if sql.split(maxsplit=1)[0].lower() in NOT_PREPARED:
        return None
    try:
        await connection.prepare(sql)
    except asyncpg.PostgresError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", set()),
        ("SELECT * FROM basket", {"basket"}),
        ('SELECT * FROM public.basket b, "basket_item" AS i', {"basket", "basket_item"}),
        ("SELECT * FROM a JOIN b USING (id) LEFT JOIN c ON c.id = b.id", {"a", "b", "c"}),
        ("SELECT * FROM unnest($1) WITH ORDINALITY AS u(x, n), product p", {"product"}),
        ("SELECT * FROM (SELECT 1 FROM a) AS s(x), LATERAL (SELECT 2 FROM b) t, c", set("abc")),
        ("SELECT 1 FROM a WHERE x IS DISTINCT FROM y AND EXISTS (SELECT FROM b)", {"a", "b"}),
        ("SELECT extract(epoch FROM at), trim(both FROM name) FROM a", {"a"}),
        ("WITH old AS (SELECT 1 FROM a) DELETE FROM b USING old, c WHERE true", set("abc")),
        ("WITH RECURSIVE t(n) AS NOT MATERIALIZED (SELECT 1 FROM a) SELECT n FROM t", {"a"}),
        ("INSERT INTO a (x, y) SELECT x, y FROM b ON CONFLICT DO UPDATE SET x = 1", {"a", "b"}),
        ("UPDATE ONLY a SET x = b.x FROM b WHERE a.id = b.id RETURNING a.id", {"a", "b"}),
        ("SELECT * FROM a FOR NO KEY UPDATE", {"a"}),
        ("SELECT * FROM a FOR UPDATE OF a SKIP LOCKED", {"a"}),
        ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DO NOTHING", {"a", "b"}),
        ("COPY a FROM STDIN", {"a"}),
        ("COPY (SELECT 1 FROM a) TO STDOUT", {"a"}),
        ("TRUNCATE TABLE a", {"a"}),
        ("LOCK a IN EXCLUSIVE MODE", {"a"}),
        ("SELECT 1 FROM pg_catalog.pg_class JOIN information_schema.tables ON true", set()),
        ("SELECT 'FROM b', $x$ FROM c $x$, E'it\\'s FROM d' -- FROM e\n FROM a", {"a"}),
        ("SELECT verdict FROM admit($1, $2)", set()),
    ],
)
def test_the_tables_of_a_statement_are_read(sql: str, tables: set[str]) -> None:
    assert tables_named(sql) == tables


MIGRATIONS = {
    "1.sql": """
CREATE TABLE homeless (id bigint);
-- room: partners
CREATE TABLE partner (id bigint);
CREATE UNLOGGED TABLE IF NOT EXISTS nonce_use (id bigint);
-- room: baskets
  CREATE TABLE basket (id bigint);
""",
    "2.sql": "-- room: baskets\nCREATE TABLE basket (id bigint);",
}


def test_tables_are_given_to_the_room_named_above_them() -> None:
    rooms, findings = table_rooms(MIGRATIONS)

    assert rooms == {"partner": "partners", "nonce_use": "partners", "basket": "baskets"}
    assert findings == [
        "1.sql: homeless is created above any `-- room:` line",
        "2.sql: basket is created twice",
    ]


def test_a_table_of_another_room_is_found() -> None:
    rooms, _ = table_rooms(MIGRATIONS)
    sql = "SELECT * FROM basket JOIN partner ON true JOIN thin_air ON true"

    assert foreign_tables(sql, room="baskets", rooms=rooms) == [
        "names partner, which is partners's",
        "names thin_air, which no migration creates",
    ]
    assert foreign_tables("SELECT * FROM basket", room="baskets", rooms=rooms) == []


def test_statements_are_found_in_constants_mappings_and_tuples() -> None:
    namespace = {
        "FIND": "\n    -- The reason.\n    SELECT 1",
        "LOCK": "LOCK basket IN EXCLUSIVE MODE",
        "_PIECE": "SELECT {columns} FROM basket",
        "SORTED": {"id": "SELECT 2", "name": "SELECT 3"},
        "STEPS": ("DELETE FROM a", "a sentence"),
        "TITLE": "Selected works",
        "find": "SELECT 4",
    }

    assert list(sql_constants(namespace)) == [
        "FIND",
        "LOCK",
        "SORTED['id']",
        "SORTED['name']",
        "STEPS[0]",
    ]
    assert is_statement("with x as (select 1) select 2")


CONSTANT_CALLS = """
from bezant.made.store import columns
from bezant.made.store.columns import LATER

FIND: Final = "SELECT 1"
BY = {"id": "SELECT 2"}

async def find(tx, kind):
    await tx.fetch(FIND, 1)
    await tx.execute(LATER)
    await tx.fetchrow(BY[kind])
    await tx.fetchval(columns.ALL)
"""


def test_a_constant_statement_is_let_be_in_a_store() -> None:
    for path in ("src/bezant/made/store.py", "src/bezant/web/made/queries.py"):
        assert statement_findings(Source(path, CONSTANT_CALLS)) == []


@pytest.mark.parametrize(
    "call",
    [
        'fetch("SELECT 1")',
        'fetchrow(f"SELECT {column}")',
        'fetchval(FIND + " LIMIT 1")',
        "execute(FIND.format(1))",
        "executemany(sql, rows)",
        "prepare(THIN_AIR)",
        "execute(_PIECE)",
        "fetch(query=FIND)",
    ],
)
def test_a_statement_put_together_is_found(call: str) -> None:
    text = f'FIND = _PIECE = "SELECT 1"\nasync def find(tx, sql):\n    await tx.{call}\n'

    (finding,) = statement_findings(Source("src/bezant/made/store/find.py", text))

    assert finding.endswith("of what is no constant statement")


def test_sql_sent_from_outside_a_store_is_found() -> None:
    findings = statement_findings(Source("src/bezant/made/service.py", CONSTANT_CALLS))

    assert len(findings) == 4
    assert statement_findings(Source("src/bezant/kernel/db.py", CONSTANT_CALLS)) == []
    fetching = "async def find(feed):\n    await feed.fetch()\n"
    assert statement_findings(Source("src/bezant/made/service.py", fetching)) == []
