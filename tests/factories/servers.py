"""A real server for tests: the `bezant serve` command in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import msgspec

from bezant.settings import Settings

WITH_SANDBOX = "--with-sandbox"
START_TIMEOUT_S, STOP_TIMEOUT_S = 60.0, 30.0
FIRST_PORT, PORTS_PER_WORKER = 20_000, 700


def _ports_of_worker() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 16
    first = FIRST_PORT + number * PORTS_PER_WORKER
    yield from range(first, first + PORTS_PER_WORKER)


_PORTS = _ports_of_worker()


@dataclass(frozen=True)
class LiveServer:
    """A server that answers at `base_url`, what it logs being in `log`."""

    base_url: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """The main process; it leads a session of its own, as one that a terminal runs."""
        return self.process.pid

    @property
    def port(self) -> int:
        """Where it listens."""
        return httpx.URL(self.base_url).port or 0

    @property
    def home(self) -> Path:
        """Its data directory, which is there as long as it runs."""
        return self.log.parent


def taking_cards(settings: Settings, **changes: object) -> Settings:
    """A deployment whose cards a sandbox takes, which is to be started with it."""
    return settings.with_changes(
        acquirer="sandbox",
        sandbox_url=f"http://127.0.0.1:{free_port()}",
        three_d="optional",
        **changes,
    )


@contextmanager
def start_server(
    settings: Settings,
    *options: str,
    workers: int,
    variables: dict[str, str] | None = None,
) -> Iterator[LiveServer]:
    """Starts a server on a free port and stops it as an operator does."""
    told = {"BEZANT_WORKERS": str(workers)} | (variables or {})
    with start_verb(settings, "serve", *options, variables=told) as started:
        _wait_until_ready(started, workers=workers)
        if WITH_SANDBOX in options:
            url = httpx.URL(told.get("BEZANT_SANDBOX_URL", settings.sandbox_url))
            wait_until(lambda: listeners(url.port or 0) == 1)
        yield started


@contextmanager
def start_verb(
    settings: Settings, *arguments: str, variables: dict[str, str] | None = None
) -> Iterator[LiveServer]:
    """Starts a verb that goes on until it is stopped, and stops it."""
    port = free_port()
    with TemporaryDirectory(prefix="bezant-server-") as home:
        log = Path(home) / "server.log"
        environment = os.environ | {
            **variables_of(settings, home=Path(home)),
            "BEZANT_PORT": str(port),
            **(variables or {}),
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "bezant.cli", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield LiveServer(f"http://127.0.0.1:{port}", log, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_TIMEOUT_S)


def run_verb(
    settings: Settings, *arguments: str, home: Path, variables: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """What a verb of the command line said, and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "bezant.cli", *arguments],
        env=os.environ | variables_of(settings, home=home) | (variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


def variables_of(settings: Settings, *, home: Path) -> dict[str, str]:
    """The environment of a deployment; without a database's address it has its own."""
    told = msgspec.structs.asdict(settings)
    usual = msgspec.structs.asdict(Settings())
    changed = {name: str(value) for name, value in told.items() if value != usual[name]}
    return {f"BEZANT_{name.upper()}": value for name, value in changed.items()} | {
        "BEZANT_DATA_DIR": str(home),
        "BEZANT_DATABASE_URL": settings.database_url or "",
        "BEZANT_SECRET_KEY": settings.secret_key or "",
    }


def free_port() -> int:
    """A port of loopback that nothing listens on, and that no other test of this run is given.

    It lies below those that the system gives to whoever connects, in a range of the test
    worker's own, and each is given once.
    """
    for port in _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("this worker has given all of its ports")


def wait_until(what: Callable[[], bool], *, timeout_s: float = 20.0) -> float:
    """Waits for another process to do its part; how long that took, in seconds."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() < started + timeout_s, "it did not come to that in time"
        time.sleep(0.02)
    return time.monotonic() - started


def listeners(port: int) -> int:
    """How many sockets of loopback listen on a port: each HTTP worker has one."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return sum(line.split()[1:4:2] == [f"0100007F:{port:04X}", "0A"] for line in lines)


def _wait_until_ready(server: LiveServer, *, workers: int) -> None:
    def up() -> bool:
        if server.process.poll() is not None:
            raise AssertionError(f"the server did not start:\n{server.log.read_text()}")
        # Each worker listens once it is ready.
        return listeners(server.port) == workers

    wait_until(up, timeout_s=START_TIMEOUT_S)
