"""A real server on a database that keeps every commit through a crash."""

from collections.abc import Iterator

import pytest

from bezant.settings import Settings
from tests.factories.databases import cloned_database, drop_template, postgres_server
from tests.factories.places import on_disk
from tests.factories.servers import taking_cards
from tests.factories.shop import SECRET_KEY

HOLD_LIFE_S = 3_600


@pytest.fixture(scope="session")
def postgres(run_name: str) -> Iterator[str]:
    """The address of a PostgreSQL server whose data are on a disk."""
    with postgres_server(on_disk()) as server:
        yield server
        drop_template(server, run=run_name)


@pytest.fixture(scope="session")
def live_settings(postgres: str, run_name: str, worker_name: str) -> Iterator[Settings]:
    """The settings of the real server; each commit waits for the disk, as in production.

    A basket's prices stand for as long as any test may take.
    """
    with cloned_database(
        postgres, run=run_name, worker=f"{worker_name}_stress", durable=True
    ) as url:
        settings = Settings(database_url=url, secret_key=SECRET_KEY, log_level="warning")
        yield taking_cards(settings, hold_life_s=HOLD_LIFE_S)
