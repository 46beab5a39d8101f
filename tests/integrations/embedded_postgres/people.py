"""Processes that use a server, for tests of what several of them do at once."""

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

# Starts on the first line of its input, tells its process id and the server's, leaves on the
# second.
_SCRIPT: Final = """
import sys
from pathlib import Path
from bezant.integrations.embedded_postgres import EmbeddedPostgres
data_dir = Path(sys.argv[1])
sys.stdin.readline()
with EmbeddedPostgres.start(data_dir) as server:
    print((data_dir / "postgres" / "postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.readline()
"""


class Person:
    """Another process that uses the server of a data directory."""

    def __init__(self, data_dir: Path, prefix: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", _SCRIPT, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd="/",
            env={name: os.environ[name] for name in ("PATH",)},
        )

    def go(self) -> None:
        """Lets it take its next step."""
        self._to.write("\n")
        self._to.flush()

    def server(self) -> int:
        """The process id of the server it uses, once it does."""
        return int(self._from.readline())

    def leave(self) -> int:
        """Lets it leave; its exit code."""
        self.go()
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """Ends it at once, as kill -9 does."""
        self.process.kill()
        self.process.wait(timeout=60)

    @property
    def _to(self) -> IO[str]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def _from(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout


@contextmanager
def person(data_dir: Path, *, prefix: Sequence[str] = ()) -> Generator[Person]:
    """A process that waits to be told to start; gone when the block ends.

    `prefix` is what goes before its command, to run it as another account.
    """
    someone = Person(data_dir, prefix)
    try:
        yield someone
    finally:
        someone.kill()
        for pipe in (someone.process.stdin, someone.process.stdout):
            if pipe is not None:
                pipe.close()
