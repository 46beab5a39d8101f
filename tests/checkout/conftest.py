"""Fixtures of the tests of checkout."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from bezant.kernel.db import Database
from bezant.payments.till import PayingTerms, Till
from bezant.settings import Settings
from bezant.web.tracing import Traced
from bezant.wiring import PAYEES, card_vault_of
from tests.api.market import Market
from tests.api.shelf import Shelf
from tests.factories.acquirer import FakeAcquirer
from tests.factories.checkout import require_sound_books
from tests.factories.clock import FakeClock

TERMS = PayingTerms(
    window=timedelta(seconds=300),
    three_d_limit=timedelta(seconds=600),
    reply_limit=timedelta(seconds=120),
    grace=timedelta(seconds=120),
    needs_3d=False,
    base_url="http://bezant.test",
)


@pytest_asyncio.fixture
async def till(
    app: Traced, settings: Settings, db: Database, clock: FakeClock, acquirer: FakeAcquirer
) -> AsyncIterator[Till]:
    """What takes payments; at the end of each test the books are audited."""
    acquirers, vault = {acquirer.name: acquirer}, card_vault_of(settings)
    yield Till(db=db, clock=clock, acquirers=acquirers, terms=TERMS, vault=vault, payees=PAYEES)
    await require_sound_books(db, clock=clock)
    # A refund that a test leaves to be sent would go to the next test's acquirer, which knows
    # nothing of the charge and refuses.
    async with db.reading() as connection:
        await connection.execute(
            "UPDATE refund SET try_at = $1 WHERE state = 'asked'",
            clock.now() + timedelta(days=9_999),
        )


@pytest_asyncio.fixture
async def shelf(app: Traced, db: Database, clock: FakeClock) -> AsyncIterator[Shelf]:
    """Products of this test's own."""
    made = Shelf(db, clock)
    yield made
    await made.clear()


@pytest_asyncio.fixture
async def market(app: Traced, db: Database, clock: FakeClock) -> Market:
    """The market, of round prices until the test moves it."""
    return Market(db, clock)
