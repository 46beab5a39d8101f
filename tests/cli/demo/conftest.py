"""Fixtures of the tests of the demo shop."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from tests.factories.databases import cloned_database


@pytest.fixture
def demo_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """A database for one demo shop."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_demo") as url:
        yield url


@pytest_asyncio.fixture
async def demo_db(demo_url: str) -> AsyncIterator[Database]:
    """The same database, opened."""
    found = await Database.connect(demo_url)
    yield found
    await found.close()
