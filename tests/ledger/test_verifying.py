"""Verification finds whatever was done to the books behind the ledger's back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from bezant.kernel.db import Connection, Database
from bezant.ledger import following
from bezant.ledger.assets import Asset
from bezant.ledger.model import HOUSE, Move
from bezant.ledger.store import checks
from bezant.ledger.verifying import HASHES, verify
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, gold, lira, open_book, settled


class _OneConnection(Database):
    """A database whose snapshots are what one connection sees, its own changes included."""

    def __init__(self, connection: Connection) -> None:
        self._only = connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        yield self._only


async def broken_by(book: Book, *changes: str) -> Mapping[str, list[str]]:
    """What verification finds after these statements of a superuser; all is undone then."""
    async with book.db.reading() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            # Without triggers: what somebody with the whole database in hand can do.
            await connection.execute("SET LOCAL session_replication_role = 'replica'")
            for change in changes:
                done = await connection.execute(change.format(book=book.partner_id))
                assert not done.endswith(" 0"), f"nothing was changed: {change}"
            found = await verify(_OneConnection(connection))
        finally:
            await transaction.rollback()
    return {each.rule: list(each.breaks) for each in found if each.breaks}


@pytest.fixture
async def kept(db: Database, clock: FakeClock) -> Book:
    """A book with journals, holds, snapshots and a chain."""
    book = await open_book(db, clock)
    await book.give(lira(1_000))
    await book.post(
        book.journal(Move(gold(50), HOUSE, book.owner), Move(lira(900), book.owner, HOUSE))
    )
    await book.hold(book.held(gold(20)))
    await settled(db)
    await following.fold_snapshots(db, now=clock.now())
    await following.extend_chains(db)
    await book.give(gold(3))
    return book


POSTING = """
    (partner_id, journal_id, line) = (
        SELECT p.partner_id, p.journal_id, p.line
          FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)
         WHERE p.partner_id = {book} AND a.kind = 'customer' AND a.asset = 'GAU'
         ORDER BY journal_id LIMIT 1)
"""
CUSTOMERS_GOLD = "partner_id = {book} AND kind = 'customer' AND asset = 'GAU'"
ON_GOLD = """
    partner_id = {book} AND account_id IN (
        SELECT account_id FROM ledger_account WHERE partner_id = {book} AND asset = 'GAU')
"""
TAMPERED: Mapping[str, tuple[tuple[str, ...], set[str]]] = {
    "an amount": (
        (f"UPDATE ledger_posting SET amount = amount + 1 WHERE {POSTING}",),
        {
            "a journal sums to zero in each asset",
            "a balance is the sum of its postings",
            "a posting knows the balance after it",
            HASHES,
        },
    ),
    "an amount, with all that is computed from it": (
        (
            f"""
            UPDATE ledger_posting SET amount = amount * 2, balance_after = balance_after * 2
             WHERE {ON_GOLD}
            """,
            f"UPDATE ledger_account SET balance = balance * 2 WHERE {CUSTOMERS_GOLD}",
            f"UPDATE ledger_snapshot SET balance = balance * 2 WHERE {ON_GOLD}",
        ),
        {HASHES},
    ),
    "a line": (
        (f"DELETE FROM ledger_posting WHERE {POSTING}",),
        {
            "a journal sums to zero in each asset",
            "a journal has the lines that it says",
            "a balance is the sum of its postings",
            "a posting knows the balance after it",
            HASHES,
        },
    ),
    "a journal that is gone": (
        ("DELETE FROM ledger_journal WHERE partner_id = {book} AND kind = 'buy'",),
        {
            "a journal has the lines that it says",
            "a posting has its journal and its account",
            HASHES,
        },
    ),
    "what a journal says": (
        ("UPDATE ledger_journal SET description = 'x' WHERE partner_id = {book}",),
        {HASHES},
    ),
    "whose account it is": (
        (f"UPDATE ledger_account SET kind = 'partner', holder = 0 WHERE {CUSTOMERS_GOLD}",),
        {HASHES},
    ),
    "a balance": (
        (f"UPDATE ledger_account SET balance = balance + 1 WHERE {CUSTOMERS_GOLD}",),
        {"a balance is the sum of its postings"},
    ),
    "a floor": (
        (
            "ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_floor",
            f"UPDATE ledger_account SET floor = 34 WHERE {CUSTOMERS_GOLD}",
        ),
        {"an account is not below its floor"},
    ),
    "what is held": (
        (f"UPDATE ledger_account SET blocked = blocked - 1 WHERE {CUSTOMERS_GOLD}",),
        {"what an account holds is the sum of its holds"},
    ),
    "a hold": (
        ("DELETE FROM ledger_hold WHERE partner_id = {book}",),
        {"what an account holds is the sum of its holds"},
    ),
    "a snapshot": (
        ("UPDATE ledger_snapshot SET balance = balance + 1 WHERE partner_id = {book}",),
        {"a snapshot is the sum of what it covers"},
    ),
    "a link": (
        ("UPDATE ledger_chain SET hash = sha256('') WHERE partner_id = {book} AND position = 1",),
        {HASHES},
    ),
    "a link that is gone": (
        ("DELETE FROM ledger_chain WHERE partner_id = {book} AND position = 1",),
        {"the chain leaves out no journal", "the chain has no gap", HASHES},
    ),
    "the end of the chain": (
        ("UPDATE ledger_book SET chain_position = 1 WHERE partner_id = {book}",),
        {"the chain has no gap"},
    ),
    "a stamp": (
        (f"UPDATE ledger_posting SET stamp = stamp + 1 WHERE {POSTING}",),
        {
            "a journal has the lines that it says",
            "a posting has its journal and its account",
            HASHES,
        },
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_was_tampered_with_is_found(kept: Book, what: str) -> None:
    changes, rules = TAMPERED[what]

    found = await broken_by(kept, *changes)

    assert set(found) == rules, found


def test_every_rule_has_a_test_that_breaks_it() -> None:
    assert {*checks.CHECKS, HASHES} == set().union(*(rules for _, rules in TAMPERED.values()))


async def test_sound_books_break_no_rule(kept: Book) -> None:
    await following.fold_snapshots(kept.db, now=kept.clock.now())

    assert [each for each in await verify(kept.db) if each.breaks] == []
    assert (await kept.balance(Asset.GAU)).units == 53


async def test_breaks_are_named(kept: Book) -> None:
    found = await broken_by(
        kept, f"UPDATE ledger_account SET balance = balance + 1 WHERE {CUSTOMERS_GOLD}"
    )

    (told,) = found["a balance is the sum of its postings"]
    assert told.endswith(f"of book {kept.partner_id} has 54, its postings come to 53")
