"""Fixtures of the tests of webhooks."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in
from tests.webhooks.desk import Desk, courier
from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def clock() -> FakeClock:
    """A clock that starts now: the published library refuses what is not of these minutes."""
    return FakeClock(SystemClock().now())


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A partner's server."""
    async with receiving() as started:
        yield started


@pytest_asyncio.fixture
async def desk(db: Database, clock: FakeClock) -> AsyncIterator[Desk]:
    """A partner of this test's own, with the means to tell it of things."""
    sign_in = await make_sign_in(db, now=clock.now())
    async with courier(db, clock) as made:
        yield Desk(db, clock, made, sign_in.partner.partner_id)
