"""The server: started by the first who needs it, stopped by the last who leaves.

Invariants: whoever starts, stops or makes something holds `postgres.lock`; a user holds its
share of `postgres.users` from before the server is up until after it has said goodbye; no
process id is trusted to tell whether the server lives, only the lock that its own processes
hold, which tells of orphaned backends too.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from bezant.integrations.embedded_postgres.account import (
    Account,
    account_for,
    leave_to_owner,
    plain_environment,
)
from bezant.integrations.embedded_postgres.cluster import (
    ROLE,
    check_version,
    find_binaries,
    make_cluster,
    read_password,
    write_settings,
)
from bezant.integrations.embedded_postgres.errors import PostgresDidNotStart
from bezant.integrations.embedded_postgres.layout import (
    PORT,
    Layout,
    make_socket_dir,
    open_layout,
)
from bezant.integrations.embedded_postgres.locks import POLL_S, FileLock

DATABASE: Final = "bezant"
# Recovery after a crash replays at most max_wal_size.
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 60.0
CLIENT_TIMEOUT_S: Final = 30
CONNECT_TIMEOUT_S: Final = 5.0
LOG_LINES_TOLD: Final = 20
LOG_BYTES_TOLD: Final = 8_192
LOG_BYTES_KEPT: Final = 10_000_000
_STATE_LINE: Final = 7
_MAKE_DATABASE: Final = f"""
SELECT 'CREATE DATABASE {DATABASE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}')
\\gexec
"""


class _State(Enum):
    DOWN = "no process of the server lives"
    BUSY = "it is starting, recovering or stopping"
    READY = "it takes connections"


class EmbeddedPostgres:
    """Our use of the server of one data directory."""

    def __init__(self, layout: Layout, *, password: str, bin_dir: Path, users: FileLock) -> None:
        """For `start` alone: `users` is shared and the server is up."""
        self._layout = layout
        self._users: FileLock | None = users
        self.bin_dir = bin_dir
        self.password = password

    @classmethod
    def start(cls, data_dir: Path) -> Self:
        """Uses the server of `data_dir`; makes its data and starts it where needed.

        Blocks for at most about two minutes. Raises `PostgresDidNotStart` and the other
        errors of this package.
        """
        layout = open_layout(data_dir)
        bin_dir = find_binaries()
        users = FileLock(layout.users)
        try:
            with _mutex(layout) as held:
                # Nobody holds it alone, for that is done under the mutex only.
                users.share()
                password = _bring_up_for(users, layout, bin_dir=bin_dir, held=held)
        except BaseException:
            users.close()
            raise
        return cls(layout, password=password, bin_dir=bin_dir, users=users)

    def stop(self) -> None:
        """Leaves; whoever is the last to leave stops the server. Again is not an error."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            with _mutex(self._layout):
                if users.take():
                    _shut_down(self._layout)
                # Before the mutex: whoever starts next must find it free to share.
                users.release()
        except PostgresDidNotStart:
            # Somebody else is starting it, so we are not the last.
            return
        finally:
            users.close()

    @property
    def host(self) -> str:
        """The directory of the socket, which libpq takes for a host."""
        return str(self._layout.socket_dir)

    @property
    def url(self) -> str:
        """The URL of the database `bezant`, for asyncpg and libpq."""
        return self.database_url(DATABASE)

    def database_url(self, name: str) -> str:
        """The URL of another database of this server."""
        place = f"host={quote(self.host)}&port={PORT}"
        return f"postgresql://{ROLE}:{self.password}@/{quote(name, safe='')}?{place}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


@contextmanager
def _mutex(layout: Layout) -> Generator[int]:
    """The right to make, start and stop, and the file of its lock."""
    lock = FileLock(layout.mutex)
    try:
        if not lock.take_within(START_TIMEOUT_S + STOP_TIMEOUT_S):
            raise _did_not_start(layout)
        yield lock.fd
    finally:
        # Closed and not released, so that an orphaned `initdb` goes on holding it.
        lock.close()


def _bring_up_for(users: FileLock, layout: Layout, *, bin_dir: Path, held: int) -> str:
    try:
        return _bring_up(layout, bin_dir=bin_dir, held=held)
    except KeyboardInterrupt:
        # What was just launched has no user when we go.
        if users.take():
            _shut_down(layout)
        raise


def _bring_up(layout: Layout, *, bin_dir: Path, held: int) -> str:
    """Gets the server to take connections, with the database in it. Returns the password."""
    password = read_password(layout)
    account = account_for(data_dir=layout.data_dir, cluster=layout.cluster, bin_dir=bin_dir)
    if not layout.cluster.exists():
        _make(layout, account, bin_dir=bin_dir, held=held)
    check_version(layout, bin_dir)
    deadline = time.monotonic() + START_TIMEOUT_S
    launched = False
    while (state := _state(layout)) is not _State.READY:
        if time.monotonic() > deadline or (launched and state is _State.DOWN):
            raise _did_not_start(layout)
        if state is _State.DOWN:
            _launch(layout, account, bin_dir=bin_dir)
            launched = True
        time.sleep(POLL_S)
    _make_database(layout, bin_dir=bin_dir, password=password)
    return password


def _make(layout: Layout, account: Account, *, bin_dir: Path, held: int) -> None:
    with _open_log(layout) as log:
        try:
            made = make_cluster(layout, account, bin_dir=bin_dir, held=held, log=log)
        except subprocess.TimeoutExpired:
            made = False
    if not made:
        raise _did_not_start(layout)


def _state(layout: Layout) -> _State:
    """What the server is doing. Asked under the mutex, so nobody else tries its lock."""
    alive = FileLock(layout.alive)
    try:
        if alive.take():
            return _State.DOWN
    finally:
        alive.close()
    note = _pid_file(layout)
    ready = len(note) > _STATE_LINE and note[_STATE_LINE].strip() == "ready"
    return _State.READY if ready and _answers(layout) else _State.BUSY


def _launch(layout: Layout, account: Account, *, bin_dir: Path) -> None:
    """Starts the server in a session of its own and returns at once.

    It is started by a shell that ends, so that it is never our child: a killed server that
    waits for its parent to notice would still be there for `kill`, and PostgreSQL would
    not start over it.
    """
    if layout.cluster.stat().st_uid != account.uid:
        account.owns_all(layout.cluster)
    make_socket_dir(layout, account)
    write_settings(layout, account)
    if not _answers(layout):
        # No process of ours lives, so a process that has this id by now is a stranger.
        layout.pid_file.unlink(missing_ok=True)
        layout.socket_lock.unlink(missing_ok=True)
    alive = FileLock(layout.alive)
    try:
        alive.share()
        server = (bin_dir / "postgres", "-D", layout.cluster)
        with _open_log(layout) as log:
            account.run(
                ("/bin/sh", "-c", '"$@" &', "sh", *server),
                output=log,
                keep_open=alive.fd,
                timeout_s=CLIENT_TIMEOUT_S,
            )
    finally:
        alive.close()


def _shut_down(layout: Layout) -> None:
    """Stops the server, rolling back what is under way, and waits for it.

    One that takes longer than the limit goes on stopping by itself; the next start waits.
    """
    deadline = time.monotonic() + STOP_TIMEOUT_S
    told = False
    while _state(layout) is not _State.DOWN and time.monotonic() < deadline:
        # While it answers, the id in its note is its own.
        if not told and _answers(layout):
            os.kill(int(_pid_file(layout)[0]), signal.SIGINT)
            told = True
        time.sleep(POLL_S)
    if not layout.socket_dir.is_relative_to(layout.data_dir):
        # What is outside the data directory is not left behind.
        with suppress(OSError):
            layout.socket_dir.rmdir()


def _answers(layout: Layout) -> bool:
    """Whether something takes connections on the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CONNECT_TIMEOUT_S)
        try:
            client.connect(str(layout.socket))
        except OSError:
            return False
        return True


def _pid_file(layout: Layout) -> list[str]:
    """The server's note of itself: its process id first, its state in the eighth line."""
    try:
        return layout.pid_file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _make_database(layout: Layout, *, bin_dir: Path, password: str) -> None:
    """Makes the database if it is not there; the server is ready, so this is quick."""
    done = subprocess.run(
        [str(bin_dir / "psql"), "-XqtA", "-v", "ON_ERROR_STOP=1", "-d", "postgres"],
        input=_MAKE_DATABASE,
        env=plain_environment()
        | {
            "PGHOST": str(layout.socket_dir),
            "PGPORT": str(PORT),
            "PGUSER": ROLE,
            "PGPASSWORD": password,
        },
        capture_output=True,
        text=True,
        timeout=CLIENT_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise PostgresDidNotStart(log_file=str(layout.log), log=done.stderr.strip())


@contextmanager
def _open_log(layout: Layout) -> Generator[int]:
    """The log, to be written at its end; a large one is set aside first."""
    if layout.log.exists() and layout.log.stat().st_size > LOG_BYTES_KEPT:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    fd = os.open(layout.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        leave_to_owner(fd, layout.data_dir)
        yield fd
    finally:
        os.close(fd)


def _did_not_start(layout: Layout) -> PostgresDidNotStart:
    return PostgresDidNotStart(log_file=str(layout.log), log=_last_lines(layout.log))


def _last_lines(path: Path) -> str:
    """The last lines of a log, a bounded part of it."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES_TOLD))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-LOG_LINES_TOLD:])
