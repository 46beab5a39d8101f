"""A desk for each test; the ledger is verified at its end."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.ledger.verifying import verify
from bezant.web.tracing import Traced
from tests.api.market import Market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.trading.desk import Desk, open_trading


@pytest.fixture
def market(app: Traced, db: Database, clock: FakeClock) -> Market:
    """The market, of round prices until the test moves it."""
    return Market(db, clock)


@pytest_asyncio.fixture
async def desk(db: Database, clock: FakeClock, partner: PartnerClient) -> AsyncIterator[Desk]:
    """A desk with a spread of one percent each way; whatever it does, the books are whole."""
    found = Desk(db, clock, partner)
    await open_trading(db, found.partner_id)
    yield found
    broken = [each for each in await verify(db) if each.breaks]
    assert not broken
