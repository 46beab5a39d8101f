"""A data directory of its own for each test, with no server left behind."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.integrations.embedded_postgres.layout import Layout


@pytest.fixture
def data_dir() -> Generator[Path]:
    """A directory with a short name that every account can pass through."""
    place = Path(tempfile.mkdtemp(prefix="bz-"))
    place.chmod(0o755)
    yield place / "data"
    leave_nothing(place / "data")
    shutil.rmtree(place)


def leave_nothing(data_dir: Path) -> None:
    """Stops a server that a killed process left."""
    if Layout(data_dir).pid_file.exists():
        EmbeddedPostgres.start(data_dir).stop()
