"""Fixtures of the tests that need a real server."""

from collections.abc import Iterator

import pytest

from tests.factories.databases import cloned_database


@pytest.fixture
def spare_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of a database that this test may spoil."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_spare") as url:
        yield url
