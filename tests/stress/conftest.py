"""A real server on a database that keeps every commit through a crash."""

from collections.abc import Iterator

import pytest

from bezant.settings import Settings
from tests.factories.databases import cloned_database
from tests.factories.shop import SECRET_KEY


@pytest.fixture(scope="session")
def live_settings(postgres: str, run_name: str, worker_name: str) -> Iterator[Settings]:
    """The settings of the real server; each commit waits for the disk, as in production."""
    with cloned_database(
        postgres, run=run_name, worker=f"{worker_name}_stress", durable=True
    ) as url:
        yield Settings(database_url=url, secret_key=SECRET_KEY, log_level="warning")
