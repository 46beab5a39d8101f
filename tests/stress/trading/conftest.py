"""Fixtures of the races: a server of its own for each module, and a line on the terminal."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.settings import Settings
from tests.factories.databases import cloned_database
from tests.factories.shop import SECRET_KEY
from tests.stress.checkout.conftest import say
from tests.stress.trading.floor import Floor, Running, open_floor, running

__all__ = ["say"]


@pytest.fixture(scope="module")
def started(request: pytest.FixtureRequest, postgres: str, run_name: str) -> Iterator[Running]:
    """The module's server, on a database of its own."""
    name = request.module.__name__.rpartition(".")[2]
    with (
        cloned_database(postgres, run=run_name, worker=f"trading_{name}", durable=True) as url,
        running(Settings(database_url=url, secret_key=SECRET_KEY)) as made,
    ):
        yield made


@pytest_asyncio.fixture
async def floor(started: Running) -> AsyncIterator[Floor]:
    """A new partner on it."""
    url = started.settings.database_url
    assert url is not None
    db = await Database.connect(url)
    found, http = await open_floor(started, db)
    async with http:
        yield found
    await db.close()
