"""The servers under load, each in processes of its own, and the memory that they take."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from msgspec import Struct

START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 30.0
PAUSE_S: Final = 0.05
_KIB: Final = 1024
# Counted from what follows the name in /proc/PID/stat: proc(5), field 14.
_USER_TICKS: Final = 11


class Running(Struct, frozen=True, kw_only=True):
    """A server that answers at a port of this machine."""

    port: int
    pid: int


class Memory(Struct, frozen=True, kw_only=True):
    """What a process holds: with what it shares, and with its share of that."""

    rss_mib: float
    pss_mib: float


class DidNotStart(Exception):
    """A server did not answer in time; the message is its log."""


@contextmanager
def bezant_server(
    database_url: str,
    *,
    data_dir: Path,
    log_level: str,
    workers: int = 1,
    more: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """`bezant serve` with its HTTP workers and the background worker, as it is run."""
    port = free_port()
    variables = {
        "BEZANT_DATA_DIR": str(data_dir),
        "BEZANT_DATABASE_URL": database_url,
        "BEZANT_PORT": str(port),
        "BEZANT_WORKERS": str(workers),
        "BEZANT_LOG_LEVEL": log_level,
        **(more or {}),
    }
    log = data_dir / "server.log"
    with _started(("-m", "bezant.cli", "serve"), variables, port=port, log=log) as running:
        yield running


@contextmanager
def sandbox_server(*, data_dir: Path) -> Iterator[Running]:
    """The sandbox acquirer, with nothing in it."""
    port = free_port()
    command = ("-m", "bezant.cli", "sandbox", "--port", str(port), "--state", ":memory:")
    variables = {"BEZANT_DATA_DIR": str(data_dir)}
    with _started(command, variables, port=port, log=data_dir / "sandbox.log") as running:
        yield running


@contextmanager
def bare_server(*, body_bytes: int, data_dir: Path) -> Iterator[Running]:
    """The same HTTP server with one worker and an application that does nothing."""
    port = free_port()
    command = ("-m", "bench.bare", str(port), str(body_bytes))
    with _started(command, {}, port=port, log=data_dir / "bare.log") as running:
        yield running


def memory_of_worker(running: Running) -> Memory:
    """The memory of a server's HTTP worker."""
    figures = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{_worker(running)}/smaps_rollup").read_text().splitlines()[1:]
    )
    return Memory(rss_mib=_mib(figures["Rss"]), pss_mib=_mib(figures["Pss"]))


def processor_s_of_worker(running: Running) -> float:
    """How long a server's HTTP worker has kept a core busy so far."""
    # The name stands in brackets and may hold blanks; what follows it never does.
    figures = Path(f"/proc/{_worker(running)}/stat").read_text().rpartition(")")[2].split()
    user, system = figures[_USER_TICKS], figures[_USER_TICKS + 1]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _started(
    command: Sequence[str], variables: Mapping[str, str], *, port: int, log: Path
) -> Iterator[Running]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_up(process, port=port, log=log)
        yield Running(port=port, pid=process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_TIMEOUT_S)


def _wait_until_up(process: "subprocess.Popen[bytes]", *, port: int, log: Path) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < give_up_at:
        if _answers(port):
            return
        time.sleep(PAUSE_S)
    raise DidNotStart(log.read_text(encoding="utf-8", errors="replace"))


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=PAUSE_S * 20)
    try:
        connection.request("GET", "/readyz")
        # Whatever has no such page says so, and is there.
        return connection.getresponse().status in (200, 404)
    except OSError:
        return False
    finally:
        connection.close()


def _worker(running: Running) -> int:
    """The process of the HTTP worker: the child that was made by spawning."""
    workers = [pid for pid in _children(running.pid) if b"spawn_main" in _command(pid)]
    assert len(workers) == 1, f"one HTTP worker was expected, not {len(workers)}"
    return workers[0]


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _mib(figure: str) -> float:
    return int(figure.split(maxsplit=1)[0]) / _KIB
