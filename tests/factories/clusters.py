"""Data of the embedded PostgreSQL for tests: made once, since that takes longer than to use it."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.integrations.embedded_postgres.layout import Layout
from tests.factories.places import in_memory


@contextmanager
def short_place() -> Iterator[Path]:
    """A directory with a short name that every account can pass through."""
    place = Path(tempfile.mkdtemp(prefix="bz-", dir=in_memory()))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


@contextmanager
def new_data_dir() -> Iterator[Path]:
    """The path of a data directory that is still to be made; no server is left in it."""
    with short_place() as place:
        yield place / "data"
        if Layout(place / "data").pid_file.exists():
            EmbeddedPostgres.start(place / "data").stop()


def copy_data(made: Path, place: Path) -> None:
    """Puts a copy of a data directory whose server is down at a place, owners and all."""
    subprocess.run(["/bin/cp", "-a", made, place], check=True)
