"""A book for each test, which is verified at its end."""

from collections.abc import AsyncIterator

import pytest_asyncio

from bezant.kernel.db import Database, PoolLimits
from bezant.ledger.verifying import verify
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, open_book


@pytest_asyncio.fixture
async def book(db: Database, clock: FakeClock) -> AsyncIterator[Book]:
    """A new partner's book; whatever a test does with it, the ledger is whole at its end."""
    yield await open_book(db, clock)
    broken = [each for each in await verify(db) if each.breaks]
    assert not broken


@pytest_asyncio.fixture
async def crowd(database_url: str, book: Book) -> AsyncIterator[Book]:
    """The same book, as processes with many connections use it."""
    db = await Database.connect(
        database_url, PoolLimits(connections=50, acquire_timeout_s=60, lock_timeout_s=60)
    )
    yield Book(db, book.clock, book.partner_id, book.customer_id)
    await db.close()
