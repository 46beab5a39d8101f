"""A real server for tests: the `bezant serve` command in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bezant.settings import Settings

START_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class LiveServer:
    """A server that answers at `base_url`, what it logs being in `log`."""

    base_url: str
    log: Path
    pid: int


@contextmanager
def start_server(
    settings: Settings, *, workers: int, variables: dict[str, str] | None = None
) -> Iterator[LiveServer]:
    """Starts a server on a free port and stops it as an operator does."""
    port = free_port()
    with TemporaryDirectory(prefix="bezant-server-") as home:
        log = Path(home) / "server.log"
        environment = os.environ | {
            "BEZANT_DATA_DIR": home,
            "BEZANT_DATABASE_URL": settings.database_url or "",
            "BEZANT_SECRET_KEY": settings.secret_key or "",
            "BEZANT_PORT": str(port),
            "BEZANT_WORKERS": str(workers),
            **(variables or {}),
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "bezant.cli", "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started = LiveServer(f"http://127.0.0.1:{port}", log, process.pid)
        try:
            _wait_until_ready(started, process)
            yield started
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: LiveServer, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{server.base_url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{server.log.read_text()}")
