"""Fixtures of the races: a shop of its own for each module, and a line on the terminal."""

import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import pytest_asyncio

from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.integrations.acquirers.sandbox.control import SandboxControl
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.settings import Settings
from bezant.wiring import till_of
from tests.api.shelf import Shelf
from tests.factories.catalog import set_market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.databases import cloned_database
from tests.factories.sandbox import SANDBOX_SECRET
from tests.factories.shop import SECRET_KEY, make_sign_in
from tests.stress.checkout.shop import Shop, Standing, standing
from tests.stress.checkout.wire import QuickTransport

MOST_CONNECTIONS, ANSWERED_WITHIN_S = 60, 60
Say = Callable[[str], None]


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """Settings of the module's server: prices are held for as long as a race takes."""
    return {"BEZANT_HOLD_LIFE_S": "3600"}


@pytest.fixture(scope="module")
def processes(
    request: pytest.FixtureRequest, postgres: str, run_name: str, variables: dict[str, str]
) -> Iterator[Standing]:
    """The module's server and acquirer, on a database of their own."""
    name = request.module.__name__.rpartition(".")[2]
    with cloned_database(postgres, run=run_name, worker=name, durable=True) as url:
        settings = Settings(database_url=url, secret_key=SECRET_KEY)
        with standing(settings, **variables) as started:
            yield started


@pytest_asyncio.fixture(scope="module")
async def shop(processes: Standing) -> AsyncIterator[Shop]:
    """The module's shop, with a partner of its own."""
    settings, clock = processes.settings, SystemClock()
    assert settings.database_url is not None
    db = await Database.connect(settings.database_url)
    async with db.reading() as connection:
        await set_market(connection, at=clock.now())
    access = SandboxAccess.under(processes.sandbox_url, SANDBOX_SECRET)
    acquirer, control = SandboxAcquirer(access), SandboxControl(access)
    till = till_of(settings, db, clock, acquirer=acquirer)
    transport = QuickTransport(connections=MOST_CONNECTIONS, timeout_s=ANSWERED_WITHIN_S)
    sign_in = await make_sign_in(db, now=clock.now())
    async with httpx.AsyncClient(base_url=processes.server.base_url, transport=transport) as http:
        partner = PartnerClient(http, sign_in)
        yield Shop(
            standing=processes,
            db=db,
            till=till,
            partner=partner,
            access=access,
            acquirer=acquirer,
            control=control,
            shelf=Shelf(db, FakeClock()),
        )
    await till.close()
    await control.close()
    await db.close()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Writes a line on the terminal: what was raced, and how long that took."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    started = time.monotonic()

    def write(what: str) -> None:
        seconds = time.monotonic() - started
        reporter.write_line(f"\n{request.node.name}: {what}, {seconds:.0f} s")

    return write
