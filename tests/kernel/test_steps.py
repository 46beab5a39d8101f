"""Steps in one statement, and the step that leads whatever else is asked of a connection."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from bezant.kernel.db import Connection, Database, NotAtOnce, change_on
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.steps import CHANGED_MEANWHILE, DatabaseRefusal, Led, Step, at_once, nothing


class Refused(BezantError):
    """Said by a step of these tests."""

    kind = Kind.CONFLICT
    text = "basket.full"


class Notes:
    """A table of words with a function that writes one and one that counts them."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def script(self) -> str:
        """What makes it."""
        return f"""
            CREATE TABLE {self.name} (word text PRIMARY KEY);
            CREATE FUNCTION {self.name}_write(p_word text) RETURNS text LANGUAGE plpgsql AS $$
            BEGIN
                IF p_word = 'moved' THEN
                    RAISE EXCEPTION 'changed' USING ERRCODE = '{CHANGED_MEANWHILE}';
                END IF;
                INSERT INTO {self.name} VALUES (p_word);
                RETURN p_word;
            END $$;
            CREATE FUNCTION {self.name}_count(p_more integer) RETURNS text
            LANGUAGE plpgsql STABLE AS $$
            BEGIN
                RETURN p_more + (SELECT count(*) FROM {self.name});
            END $$;
        """

    def write(self, word: str) -> Step[None]:
        """Writes a word, once."""

        def refused(error: DatabaseRefusal) -> Refused | None:
            return Refused() if isinstance(error, asyncpg.UniqueViolationError) else None

        return Step(f"SELECT {self.name}_write($1)", (word,), nothing, refused)

    def count(self, more: int = 0) -> Step[int]:
        """How many words there are, and so many more."""
        call = f"SELECT {self.name}_count($1)"
        return Step(call, (more,), lambda value: int(value or -1), only_reads=True)

    def leading(self, said: list[str | None], *, refuses: bool = False) -> Step[None]:
        """Writes `led`, and may refuse after it has."""

        def read(value: str | None) -> None:
            said.append(value)
            if refuses:
                raise Refused

        return Step(f"SELECT {self.name}_write($1)", ("led",), read)


@pytest_asyncio.fixture
async def notes(db: Database) -> AsyncIterator[Notes]:
    """An empty table of this test."""
    made = Notes(f"notes_{uuid4().hex}")
    async with db.reading() as connection:
        await connection.execute(made.script)
    yield made
    async with db.reading() as connection:
        await connection.execute(
            f"DROP TABLE {made.name}; DROP FUNCTION {made.name}_write, {made.name}_count"
        )


@pytest_asyncio.fixture
async def connection(db: Database) -> AsyncIterator[Connection]:
    """A connection without a transaction."""
    async with db.reading() as found:
        yield found


async def test_steps_are_one_statement_each_with_its_own_parameters(
    connection: Connection, notes: Notes
) -> None:
    assert await at_once(connection, notes.write("a"), notes.write("b")) == (None, None)
    assert await at_once(connection, notes.count(), notes.count(10)) == (2, 12)


async def test_one_refused_step_undoes_those_before_it(
    connection: Connection, notes: Notes
) -> None:
    await at_once(connection, notes.write("a"))
    with pytest.raises(Refused):
        await at_once(connection, notes.write("b"), notes.write("a"))
    assert await at_once(connection, notes.count()) == (1,)


async def test_an_error_that_no_step_knows_goes_through(
    connection: Connection, notes: Notes
) -> None:
    unknown = Step(f"SELECT {notes.name}_write($1)", ("a",), nothing)
    await at_once(connection, unknown)
    with pytest.raises(asyncpg.UniqueViolationError):
        await at_once(connection, unknown)


async def test_what_has_changed_meanwhile_is_done_again_in_a_transaction(
    connection: Connection, notes: Notes
) -> None:
    in_transactions = []

    async def work(tried: Connection) -> str:
        in_transactions.append(tried.is_in_transaction())
        await at_once(tried, notes.write("a" if in_transactions[-1] else "moved"))
        return "done"

    assert await change_on(connection, work) == "done"
    assert in_transactions == [False, True]
    with pytest.raises(NotAtOnce):
        await at_once(connection, notes.write("moved"))


async def test_what_is_read_first_is_read_beside_the_leading_step(
    connection: Connection, notes: Notes
) -> None:
    said: list[str | None] = []
    led = Led(connection, notes.leading(said))
    # The count is of the moment before: the two are one statement.
    assert await at_once(led.connection, notes.count()) == (0,)
    assert await at_once(led.connection, notes.count()) == (1,)
    assert said == ["led"]


async def test_what_writes_comes_after_the_leading_step(
    connection: Connection, notes: Notes
) -> None:
    led = Led(connection, notes.leading([], refuses=True))
    with pytest.raises(Refused):
        await at_once(led.connection, notes.write("a"))
    # What led was carried out, and what came after it was not.
    words = await connection.fetch(f"SELECT word FROM {notes.name}")
    assert [row["word"] for row in words] == ["led"]


async def test_a_refusing_leading_step_throws_away_what_was_read(
    connection: Connection, notes: Notes
) -> None:
    read: list[int] = []
    seen = Step(
        f"SELECT {notes.name}_count($1)",
        (0,),
        lambda value: read.append(int(value or -1)),
        only_reads=True,
    )
    with pytest.raises(Refused):
        await at_once(Led(connection, notes.leading([], refuses=True)).connection, seen)
    assert read == []


async def test_a_refusal_of_the_leading_step_is_final(connection: Connection, notes: Notes) -> None:
    led = Led(connection, notes.leading([], refuses=True)).connection
    for _ in range(2):
        with pytest.raises(Refused):
            await at_once(led, notes.count())
        with pytest.raises(Refused):
            await at_once(led, notes.write("a"))
    words = await connection.fetch(f"SELECT word FROM {notes.name}")
    assert [row["word"] for row in words] == ["led"]


@pytest.mark.parametrize("way", ["fetch", "fetchrow", "fetchval", "execute", "transaction"])
async def test_nothing_reaches_the_database_before_the_leading_step(
    connection: Connection, notes: Notes, way: str
) -> None:
    led = Led(connection, notes.leading([], refuses=True)).connection
    sql = f"INSERT INTO {notes.name} VALUES ('around') RETURNING word"

    async def in_a_transaction(sql: str) -> None:
        async with led.transaction():
            await led.execute(sql)

    with pytest.raises(Refused):
        await (in_a_transaction if way == "transaction" else getattr(led, way))(sql)
    assert await connection.fetchval(f"SELECT max(word) FROM {notes.name}") == "led"


async def test_a_leading_step_that_failed_is_still_to_come(
    connection: Connection, notes: Notes
) -> None:
    said: list[str | None] = []
    led = Led(connection, notes.leading(said))
    await connection.execute(f"ALTER TABLE {notes.name} RENAME TO {notes.name}_away")
    for _ in range(2):
        with pytest.raises(asyncpg.UndefinedTableError):
            await led.connection.fetchval("SELECT 1")
    await connection.execute(f"ALTER TABLE {notes.name}_away RENAME TO {notes.name}")
    assert await led.connection.fetchval("SELECT 1") == 1
    assert said == ["led"]


async def test_every_function_that_a_reading_step_calls_is_one_that_cannot_write(
    connection: Connection,
) -> None:
    names = [
        "card_terms",
        "documents_in_force",
        "market_of",
        "price_inputs",
        "product_ids",
        "product_on_sale",
        "read_basket",
    ]
    found = await connection.fetch(
        "SELECT proname, provolatile::text AS kind FROM pg_proc WHERE proname = ANY ($1)", names
    )
    assert {row["proname"]: row["kind"] for row in found} == dict.fromkeys(names, "s")
