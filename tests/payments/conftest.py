"""A customer, and a desk whose acquirer is nobody else's."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Database, PoolLimits
from bezant.kernel.ids import random_token
from bezant.payments.kept import CardDesk, CardOwner
from tests.factories.acquirer import FakeAcquirer
from tests.factories.cards import a_customer, the_vault
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in


@pytest.fixture
def acquirer() -> FakeAcquirer:
    """An acquirer of this test's own: what others left for theirs is not done here."""
    return FakeAcquirer(name=random_token(8).lower())


@pytest.fixture
def desk(db: Database, clock: FakeClock, acquirer: FakeAcquirer) -> CardDesk:
    """What keeping cards needs."""
    return CardDesk(db, clock, acquirer, the_vault(), "http://bezant.test")


@pytest_asyncio.fixture
async def narrow(
    database_url: str, clock: FakeClock, acquirer: FakeAcquirer
) -> AsyncIterator[CardDesk]:
    """A desk with one connection, which has to be free whenever the acquirer is asked."""
    db = await Database.connect(database_url, PoolLimits(connections=1, acquire_timeout_s=0.5))

    async def require_free(_method: str) -> None:
        await db.ping()

    acquirer.before_call = require_free
    yield CardDesk(db, clock, acquirer, the_vault(), "http://bezant.test")
    await db.close()


@pytest_asyncio.fixture
async def owner(db: Database, clock: FakeClock) -> CardOwner:
    """A new customer of a new partner."""
    partner = (await make_sign_in(db, now=clock.now())).partner
    customer = await a_customer(db, partner.partner_id)
    return CardOwner(partner.partner_id, customer.customer_id)
