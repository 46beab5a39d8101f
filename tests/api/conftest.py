"""Fixtures of the tests of the API."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.web.tracing import Traced
from tests.api.market import Market
from tests.api.shelf import Shelf
from tests.factories.clock import FakeClock


@pytest.fixture
def market(app: Traced, db: Database, clock: FakeClock) -> Market:
    """The market, of round prices until the test moves it."""
    return Market(db, clock)


@pytest_asyncio.fixture
async def shelf(app: Traced, db: Database, clock: FakeClock) -> AsyncIterator[Shelf]:
    """Products of this test's own."""
    made = Shelf(db, clock)
    yield made
    await made.clear()
