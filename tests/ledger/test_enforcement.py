"""What the database itself refuses, whoever asks: the tests speak plain SQL, as its owner."""

import asyncpg
import pytest
import pytest_asyncio

from bezant.kernel.db import Tx
from bezant.ledger.model import HOUSE, VAULT, Move
from tests.factories.databases import undone
from tests.ledger.books import Book, gold, lira

ENTER = """
    INSERT INTO ledger_journal
        (partner_id, kind, reference_kind, reference, description, lines, stamp, posted_at)
    SELECT $1, 'x', 'x', gen_random_uuid()::text, '', $2,
           stamp_offset + pg_current_xact_id()::text::bigint + $3, '2026-01-01'
      FROM ledger_book WHERE partner_id = $1
    RETURNING journal_id
"""
ADD = """
    INSERT INTO ledger_posting (partner_id, journal_id, line, account_id, amount, stamp)
    SELECT j.partner_id, j.journal_id, $3, a.account_id, $6, j.stamp
      FROM ledger_journal j JOIN ledger_account a USING (partner_id)
     WHERE j.partner_id = $1 AND j.journal_id = $2 AND a.kind = $4 AND a.asset = $5
"""
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


@pytest_asyncio.fixture
async def opened(book: Book) -> Book:
    """A book in which the vault and the house have accounts in gold and in lira."""
    for amount in (gold(1), lira(1)):
        await book.post(book.journal(Move(amount, VAULT, HOUSE)))
    return book


async def enter(tx: Tx, book: Book, *, lines: int = 2, stamp: int = 0) -> int:
    number: int = await tx.fetchval(ENTER, book.partner_id, lines, stamp)
    return number


async def add(
    tx: Tx, book: Book, journal_id: int, line: int, amount: int, *, kind: str, asset: str = "GAU"
) -> None:
    await tx.execute(ADD, book.partner_id, journal_id, line, kind, asset, amount)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_posting SET amount = amount + 1",
        "UPDATE ledger_posting SET balance_after = 0",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "UPDATE ledger_journal SET description = ''",
        "DELETE FROM ledger_journal",
        "TRUNCATE ledger_journal",
        "UPDATE ledger_chain SET hash = hash",
        "DELETE FROM ledger_chain",
        "TRUNCATE ledger_chain",
        "DELETE FROM ledger_hold",
        "TRUNCATE ledger_hold",
        "UPDATE ledger_hold SET amount = 1",
        "DELETE FROM ledger_account",
        "TRUNCATE ledger_account CASCADE",
        "UPDATE ledger_account SET asset = 'GAG'",
        "UPDATE ledger_account SET holder = holder + 1",
        "DELETE FROM ledger_book",
        "TRUNCATE ledger_book CASCADE",
    ],
)
async def test_what_is_in_the_books_is_never_changed_and_never_deleted(
    book: Book, change: str
) -> None:
    await book.give(gold(1))

    async with undone(book.db) as tx:
        with pytest.raises(asyncpg.PostgresError, match="is never changed and never deleted"):
            await tx.execute(change)


async def test_an_unbalanced_journal_does_not_commit(opened: Book) -> None:
    async def commit(units: int) -> None:
        async with opened.db.transaction() as tx:
            number = await enter(tx, opened)
            await add(tx, opened, number, 1, -5, kind="vault")
            await add(tx, opened, number, 2, units, kind="house")

    with pytest.raises(asyncpg.PostgresError, match="does not balance"):
        await commit(4)
    await commit(5)


async def test_what_balances_in_sum_but_not_in_each_asset_does_not_commit(opened: Book) -> None:
    async with undone(opened.db) as tx:
        number = await enter(tx, opened)
        await add(tx, opened, number, 1, -5, kind="vault", asset="GAU")
        await add(tx, opened, number, 2, 5, kind="house", asset="TRY")

        with pytest.raises(asyncpg.PostgresError, match="does not balance"):
            await tx.execute(CHECK_NOW)


@pytest.mark.parametrize("lines", [2, 3])
async def test_a_journal_with_fewer_lines_than_it_says_does_not_commit(
    opened: Book, lines: int
) -> None:
    async with undone(opened.db) as tx:
        number = await enter(tx, opened, lines=lines)
        if lines > 2:
            await add(tx, opened, number, 1, -5, kind="vault")
            await add(tx, opened, number, 2, 5, kind="house")

        with pytest.raises(asyncpg.PostgresError, match="does not balance"):
            await tx.execute(CHECK_NOW)


async def test_nothing_is_added_to_a_journal_that_is_there(opened: Book) -> None:
    posted = await opened.give(gold(5))

    for line in (1, 3):
        async with undone(opened.db) as tx:
            with pytest.raises(asyncpg.PostgresError, match=r"has no line|duplicate key"):
                await add(tx, opened, posted.journal_id, line, 5, kind="house")


async def test_a_posting_of_no_account_does_not_commit(opened: Book) -> None:
    async with undone(opened.db) as tx:
        number = await enter(tx, opened)
        await add(tx, opened, number, 1, -5, kind="vault")
        await tx.execute(
            """
            INSERT INTO ledger_posting (partner_id, journal_id, line, account_id, amount, stamp)
            SELECT partner_id, journal_id, 2, 0, 5, stamp FROM ledger_journal
             WHERE partner_id = $1 AND journal_id = $2
            """,
            opened.partner_id,
            number,
        )

        with pytest.raises(asyncpg.PostgresError, match="does not balance"):
            await tx.execute(CHECK_NOW)


@pytest.mark.parametrize("stamp", [-1, 1])
async def test_a_journal_that_a_follower_might_miss_does_not_commit(
    opened: Book, stamp: int
) -> None:
    async with undone(opened.db) as tx:
        number = await enter(tx, opened, stamp=stamp)
        await add(tx, opened, number, 1, -5, kind="vault")
        await add(tx, opened, number, 2, 5, kind="house")

        with pytest.raises(asyncpg.PostgresError, match="stamp of another transaction"):
            await tx.execute(CHECK_NOW)


async def test_no_statement_puts_an_account_below_its_floor(opened: Book) -> None:
    await opened.give(gold(5))

    for change in ("balance = balance - 6", "blocked = balance + 1", "soft_blocked = -1"):
        async with undone(opened.db) as tx:
            with pytest.raises(asyncpg.CheckViolationError):
                await tx.execute(
                    f"UPDATE ledger_account SET {change}"
                    " WHERE partner_id = $1 AND floor IS NOT NULL AND balance = 5",
                    opened.partner_id,
                )


async def test_a_hold_that_is_over_does_not_come_back(opened: Book) -> None:
    await opened.give(gold(5))
    new = opened.held(gold(5))
    await opened.hold(new)
    await opened.release(new.reference)

    async with undone(opened.db) as tx:
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            await tx.execute(
                "UPDATE ledger_hold SET state = 'live', ended_at = NULL WHERE partner_id = $1",
                opened.partner_id,
            )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE ledger_posting SET amount = 1", "is never changed"),
        ("DELETE FROM ledger_journal", "is never changed"),
        ("TRUNCATE ledger_posting", "is never changed"),
        ("ALTER TABLE ledger_posting DISABLE TRIGGER ALL", "must be owner"),
    ],
)
async def test_a_role_of_the_applications_own_is_refused_as_well(
    opened: Book, change: str, refusal: str
) -> None:
    async with undone(opened.db) as tx:
        await tx.execute("CREATE ROLE ledger_application")
        await tx.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO ledger_application")
        await tx.execute("SET LOCAL ROLE ledger_application")

        with pytest.raises(asyncpg.PostgresError, match=refusal):
            await tx.execute(change)
