"""`bezant ledger`, as whoever keeps the books uses it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bezant.kernel.db import Database
from bezant.ledger import following
from bezant.ledger import service as ledger
from bezant.ledger.model import (
    HOUSE,
    OPERATOR,
    VAULT,
    Journal,
    JournalKind,
    Move,
    Reference,
    ReferenceKind,
)
from tests.cli.terminal import Terminal
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, gold, lira, open_book, settled

Result = TypeVar("Result")
DAYS = ("--from", "2026-06-01", "--to", "2026-06-02")
CODE = "SELECT code FROM partner WHERE partner_id = $1"
EXTERNAL_ID = "SELECT external_id FROM customer WHERE partner_id = $1"


def on(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` does on the terminal's database."""

    async def done() -> Result:
        db = await Database.connect(url)
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(done())


@pytest.fixture
def account(cli_url: str) -> tuple[str, ...]:
    """The options that name a customer's gold, bought and sold over three days of June."""
    clock = FakeClock()

    async def work(db: Database) -> tuple[str, ...]:
        book: Book = await open_book(db, clock)
        clock.advance(days=-1)
        await book.give(gold(7))
        clock.advance(days=1)
        move = Move(gold(1_500_000), HOUSE, book.owner)
        await book.post(book.journal(move, description="=cmd|calc"))
        clock.advance(days=1, seconds=11 * 3600 + 59 * 60)
        await book.take(gold(500_000))
        # In Istanbul this is the third of June.
        clock.advance(seconds=60)
        await book.take(gold(1))
        async with db.reading() as connection:
            code = await connection.fetchval(CODE, book.partner_id)
            name = await connection.fetchval(EXTERNAL_ID, book.partner_id)
        return ("--partner", code, "--customer", name, "--asset", "gau", *DAYS)

    return on(cli_url, work)


def test_sound_books_are_verified(bezant: Terminal, account: tuple[str, ...]) -> None:
    said = bezant.done("ledger", "verify")

    assert said.out.count("sound") == 11
    assert bezant.done("ledger", "verify", "--quiet").out == ""


def test_a_difference_is_named_and_ends_with_one(bezant: Terminal, cli_url: str) -> None:
    clock = FakeClock()

    async def change(db: Database, units: int) -> Book:
        book = await open_book(db, clock)
        await book.give(gold(5))
        async with db.reading() as connection:
            await connection.execute(
                "UPDATE ledger_account SET balance = balance + $1 WHERE balance = 5", units
            )
        return book

    on(cli_url, lambda db: change(db, 1))
    said = bezant("ledger", "verify", "--quiet")
    on(cli_url, _undo)

    assert said.code == 1
    assert said.out.splitlines()[1] == "not so: a balance is the sum of its postings"
    assert said.out.splitlines()[2].endswith("has 6, its postings come to 5")
    bezant.done("ledger", "verify")


async def _undo(db: Database) -> None:
    async with db.reading() as connection:
        await connection.execute("UPDATE ledger_account SET balance = 5 WHERE balance = 6")


def test_the_ends_of_the_chains_are_told(bezant: Terminal, cli_url: str) -> None:
    clock = FakeClock()

    async def work(db: Database) -> None:
        journal = Journal(
            partner_id=OPERATOR,
            kind=JournalKind.VAULT,
            reference=Reference(ReferenceKind.OPERATION, "bars of June"),
            moves=(Move(gold(10**12), VAULT, HOUSE),),
        )
        async with db.reading() as connection:
            await ledger.post(connection, journal, now=clock.now())
        await settled(db)
        await following.extend_chains(db)

    on(cli_url, work)
    row = bezant.done("ledger", "heads").row_of("-")

    # After the four bars that lie in the vault of every test.
    assert row[:3] == ["0", "-", "5"]
    assert len(bytes.fromhex(row[3])) == 32


def test_a_statement_tells_what_was_posted_between_two_balances(
    bezant: Terminal, account: tuple[str, ...]
) -> None:
    said = bezant.done("ledger", "statement", *account)

    assert said.row_of("1.500007")[2] == "buy"
    assert said.row_of("-0.5")[2] == "sell"
    assert said.row_of("-0.5")[-2:] == ["-0.5", "1.000007"]
    assert said.out.endswith("\nopening  0.000007 GAU\nclosing  1.000007 GAU\n")


def test_a_statement_as_csv_has_nothing_that_a_spreadsheet_computes(
    bezant: Terminal, account: tuple[str, ...]
) -> None:
    lines = bezant.done("ledger", "statement", *account, "--format", "csv").out.splitlines()

    assert lines[0] == "at,journal,kind,reference,description,amount,balance,asset"
    assert lines[1] == "2026-05-31T21:00:00+00:00,,opening,,,,0.000007,GAU"
    assert lines[2].endswith(",'=cmd|calc,1.5,1.500007,GAU")
    assert lines[-1] == "2026-06-02T21:00:00+00:00,,closing,,,,1.000007,GAU"
    assert len(lines) == 5


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_statement_as_pdf_is_written_to_a_file(
    bezant: Terminal, account: tuple[str, ...], language: str
) -> None:
    pdf = ("--format", "pdf", "--output", "statement.pdf", "--language", language)

    said = bezant("ledger", "statement", *account, *pdf)

    assert (said.code, said.out, said.err) == (0, "", "wrote statement.pdf\n")
    assert Path("statement.pdf").read_bytes().startswith(b"%PDF-")


def test_the_operators_own_book_and_the_house_have_statements_too(
    bezant: Terminal, account: tuple[str, ...]
) -> None:
    own = bezant.done("ledger", "statement", "--asset", "EUR", *DAYS)
    house = bezant.done(
        "ledger", "statement", *account[:2], "--owner", "house", "--asset", "GAU", *DAYS
    )

    assert own.out == "none\n\nopening  0 EUR\nclosing  0 EUR\n"
    assert house.row_of("-1.500007")[2] == "buy"


@pytest.mark.parametrize(
    "wrong",
    [
        ("--asset", "XAU", *DAYS),
        ("--asset", "GAU", "--owner", "customer", *DAYS),
        ("--asset", "GAU", "--customer", "x", *DAYS),
        ("--asset", "GAU", "--from", "2026-06-02", "--to", "2026-06-01"),
        ("--asset", "GAU", "--format", "pdf", *DAYS),
    ],
)
def test_a_statement_of_nothing_is_wrong_usage(bezant: Terminal, wrong: tuple[str, ...]) -> None:
    assert bezant("ledger", "statement", *wrong).code == 2


def test_a_statement_of_too_many_postings_is_refused(
    bezant: Terminal, account: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MAX_STATEMENT_LINES", 1)

    assert "ask for a shorter one" in bezant.refused("ledger", "statement", *account)


def test_cash_is_told_in_its_own_unit(bezant: Terminal, cli_url: str) -> None:
    clock = FakeClock()

    async def work(db: Database) -> str:
        book = await open_book(db, clock)
        await book.give(lira(188_973))
        async with db.reading() as connection:
            return str(await connection.fetchval(CODE, book.partner_id))

    code = on(cli_url, work)
    told = bezant.done(
        "ledger", "statement", "--partner", code, "--owner", "settlement", "--asset", "TRY", *DAYS
    )

    assert "closing  -1889.73 TRY" in told.out
