"""A desk for each test; the ledger is verified at its end."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency
from bezant.ledger.verifying import verify
from bezant.payments.till import Till
from bezant.pricing import service as pricing
from bezant.pricing.model import ReferencePrice
from bezant.settings import Settings
from bezant.trading.auditing import audit
from bezant.web.tracing import Traced
from bezant.wiring import PAYEES, card_vault_of
from tests.api.market import Market
from tests.api.shelf import Shelf
from tests.checkout.conftest import TERMS
from tests.factories.acquirer import FakeAcquirer
from tests.factories.checkout import require_sound_books
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.trading.counters import Counter
from tests.trading.deliveries import PARTS, Shop
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


@pytest_asyncio.fixture
async def pounds(desk: Desk) -> AsyncIterator[None]:
    """A market in pounds, which no other test has."""
    price = PricePerGram(500_000, Currency.GBP, Metal.GOLD)
    async with desk.db.transaction() as tx:
        found = ReferencePrice(price, "test", desk.clock.now())
        await pricing.record_prices(tx, [found], now=desk.clock.now())
    yield
    async with desk.db.reading() as connection:
        await connection.execute("DELETE FROM reference_price WHERE currency = 'GBP'")


@pytest_asyncio.fixture
async def shop(desk: Desk, market: Market, db: Database, clock: FakeClock) -> AsyncIterator[Shop]:
    """One gram bars, of which there are ten; at 2000 a gram one costs 50 + 5 + 75 to deliver."""
    await market.moves()
    shelf = Shelf(db, clock)
    bar = await shelf.put(stock=10, parts=PARTS, name=("Külçe", "Bar"))
    assert (await desk.buy(5)).status == 200
    yield Shop(desk, shelf, bar)
    assert {rule: list(breaks) for rule, breaks in (await audit(db)).items() if breaks} == {}
    await shelf.clear()


@pytest_asyncio.fixture
async def counter(
    app: Traced, settings: Settings, db: Database, desk: Desk, acquirer: FakeAcquirer
) -> AsyncIterator[Counter]:
    """A counter; at the end of each test the books of payments and of trading are audited."""
    till = Till(
        db=db,
        clock=desk.clock,
        acquirers={acquirer.name: acquirer},
        terms=TERMS,
        vault=card_vault_of(settings),
        payees=PAYEES,
    )
    yield Counter(desk, till, acquirer)
    await require_sound_books(db, clock=desk.clock)
    assert not {rule: breaks for rule, breaks in (await audit(db)).items() if breaks}
    # What a test leaves to be sent would go to the next test's acquirer, which refuses it.
    async with db.reading() as connection:
        await connection.execute(
            "UPDATE refund SET try_at = $1 WHERE state = 'asked'",
            desk.clock.now() + timedelta(days=9_999),
        )
