"""Fixtures of the whole suite: one server, a clone of the database for each worker."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.settings import Settings
from bezant.web.tracing import Traced
from bezant.wiring import house_on, open_database
from tests.factories.acquirer import FakeAcquirer
from tests.factories.catalog import set_market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.clusters import copy_data, new_data_dir
from tests.factories.databases import cloned_database, drop_template, postgres_server
from tests.factories.lifespan import open_app, transport_of
from tests.factories.places import in_memory
from tests.factories.servers import WITH_SANDBOX, LiveServer, start_server, taking_cards
from tests.factories.shop import SECRET_KEY, SignIn, make_sign_in

# They start processes and take most of the time. The others fill up what is left of it, as the
# workers take whole files in this order.
SLOW = ("live", "integrations/embedded_postgres", "cli")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the slow folders first."""
    tests = Path(__file__).parent
    slow = [tests / folder for folder in SLOW]
    items.sort(key=lambda item: not any(item.path.is_relative_to(each) for each in slow))


@pytest.fixture(scope="session")
def run_name() -> str:
    """What this run is called, the same in each of its workers."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid():x}")[:12]


@pytest.fixture(scope="session")
def worker_name() -> str:
    """What this worker is called."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgres(run_name: str) -> Iterator[str]:
    """The address of the PostgreSQL server."""
    with postgres_server(in_memory()) as server:
        yield server
        drop_template(server, run=run_name)


@pytest.fixture(scope="session")
def database_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of this worker's database: migrated, with the small test shop in it."""
    with cloned_database(postgres, run=run_name, worker=worker_name) as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    """The settings of the deployment under test."""
    return Settings(
        database_url=database_url,
        secret_key=SECRET_KEY,
        log_level="error",
        three_d="optional",
    )


@pytest_asyncio.fixture(scope="session")
async def db(database_url: str) -> AsyncIterator[Database]:
    """This worker's database."""
    found = await Database.connect(database_url)
    yield found
    await found.close()


@pytest.fixture
def clock() -> FakeClock:
    """The time of this test; it stands still until the test moves it."""
    return FakeClock()


@pytest.fixture
def acquirer() -> FakeAcquirer:
    """Who takes the cards of this test."""
    return FakeAcquirer()


@pytest_asyncio.fixture(scope="session")
async def house_db(settings: Settings) -> AsyncIterator[Database]:
    """The application's own connections, which know its statements after the first tests."""
    found = await open_database(settings)
    yield found
    await found.close()


@pytest_asyncio.fixture
async def app(
    settings: Settings,
    db: Database,
    house_db: Database,
    clock: FakeClock,
    acquirer: FakeAcquirer,
) -> AsyncIterator[Traced]:
    """The application under the test's clock, in a market of round prices."""
    async with db.reading() as connection:
        await set_market(connection, at=clock.now())
    house = house_on(house_db, settings, clock=clock, acquirer=acquirer)
    async with open_app(lambda: nullcontext(house)) as opened:
        yield opened


@pytest_asyncio.fixture
async def http(app: Traced) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application that is not signed in."""
    transport = transport_of(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bezant.test") as client:
        yield client


@pytest_asyncio.fixture
async def partner(http: httpx.AsyncClient, db: Database, clock: FakeClock) -> PartnerClient:
    """A partner of its own for this test."""
    return PartnerClient(http, await make_sign_in(db, now=clock.now()))


@pytest_asyncio.fixture
async def other_partner(http: httpx.AsyncClient, db: Database, clock: FakeClock) -> PartnerClient:
    """Another partner."""
    return PartnerClient(http, await make_sign_in(db, now=clock.now()))


@pytest.fixture(scope="session")
def live_settings(postgres: str, run_name: str, worker_name: str) -> Iterator[Settings]:
    """The settings of the real server, which has a database of its own: its market moves."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_live") as url:
        yield taking_cards(Settings(database_url=url, secret_key=SECRET_KEY))


@pytest_asyncio.fixture(scope="session")
async def live_db(live_settings: Settings) -> AsyncIterator[Database]:
    """The database of the real server, with prices for its first second."""
    assert live_settings.database_url is not None
    found = await Database.connect(live_settings.database_url)
    async with found.reading() as connection:
        await set_market(connection, at=SystemClock().now())
    yield found
    await found.close()


@pytest.fixture(scope="session")
def server(live_settings: Settings, live_db: Database) -> Iterator[LiveServer]:
    """A real server on loopback: two HTTP workers, a background worker, and its acquirer."""
    with start_server(live_settings, WITH_SANDBOX, workers=2) as started:
        yield started


@pytest_asyncio.fixture
async def live_sign_in(live_db: Database) -> SignIn:
    """A partner of the real server, of its own for this test."""
    return await make_sign_in(live_db, now=SystemClock().now())


@pytest_asyncio.fixture
async def live_partner(server: LiveServer, live_sign_in: SignIn) -> AsyncIterator[PartnerClient]:
    """The same partner with a client of the real server."""
    async with httpx.AsyncClient(base_url=server.base_url, timeout=30) as client:
        yield PartnerClient(client, live_sign_in)


@pytest.fixture(scope="session")
def made_data() -> Iterator[Path]:
    """A data directory of the embedded PostgreSQL, made once, to be copied."""
    with new_data_dir() as path:
        EmbeddedPostgres.start(path).stop()
        yield path


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """The path of a data directory that is still to be made."""
    with new_data_dir() as path:
        yield path


@pytest.fixture
def data_dir(new_dir: Path, made_data: Path) -> Path:
    """A data directory of this test's own, whose server is down."""
    copy_data(made_data, new_dir)
    return new_dir
