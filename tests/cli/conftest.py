"""Fixtures of the tests of the command line."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bezant.settings import Settings
from tests.cli.counter import Counter
from tests.cli.terminal import Terminal
from tests.factories.databases import cloned_database
from tests.factories.servers import variables_of
from tests.factories.shop import SECRET_KEY


@pytest.fixture(scope="module")
def cli_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of the command line's database."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_cli") as url:
        yield url


@pytest.fixture
def bezant(
    cli_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Terminal]:
    """A terminal in an empty directory."""
    settings = Settings(database_url=cli_url, secret_key=SECRET_KEY)
    for name, value in variables_of(settings, home=tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    yield Terminal(cli_url, capsys, monkeypatch)
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
def counter(cli_url: str) -> Counter:
    """Where orders come from."""
    return Counter(cli_url)
