"""Runs the HTTP workers and the background worker until a signal comes.

Invariants: nothing that was started is left behind, also when this process is killed with
no chance to clean up: the background worker watches a pipe that closes with its parent,
and each HTTP worker watches whose child it is. A terminal's Ctrl-C reaches this process
alone, for each other one is in a session of its own; this one then stops them in order.
"""

import http.client
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from bezant.kernel.errors import BezantError, Kind
from bezant.settings import PREFIX, Settings

WORKER_STOP_TIMEOUT_S: Final = 15.0
WORKER_PAUSE_S: Final = 1.0
DRAIN_TIMEOUT_S: Final = 10
START_TIMEOUT_S: Final = 60.0
START_PAUSE_S: Final = 0.05
BACKLOG: Final = 2048


class PortTaken(BezantError):
    """Something else listens there."""

    kind = Kind.UNAVAILABLE
    text = "error.port_taken"


def require_free_port(settings: Settings) -> None:
    """Raises `PortTaken` before anything is started in vain.

    Each HTTP worker listens for itself, which the system allows to any process of the same
    account: unasked, a second server would quietly take half of the requests.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(
                host=settings.host, port=settings.port, reason=error.strerror or ""
            ) from None


def serve_until_stopped(
    settings: Settings, *, with_worker: bool, once_up: Callable[[], None] | None = None
) -> None:
    """Serves until SIGINT or SIGTERM; requests under way are answered first.

    `once_up` is called when the first request was answered.
    """
    os.environ.update(_environment(settings))
    # Forking would copy locks that our own threads hold.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "bezant.asgi:create",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop=Loops.uvloop,
        backlog=BACKLOG,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_TIMEOUT_S,
    )
    if once_up is not None:
        threading.Thread(target=_tell_when_up, args=(settings, once_up), daemon=True).start()
    with _background_worker(enabled=with_worker):
        try:
            server.serve()
        except SystemExit:
            # The server counts a worker that a signal reached, too, as one that failed.
            if not server.interrupt_signal:
                raise


def work_until_stopped(settings: Settings) -> int:
    """Runs a background worker until SIGINT or SIGTERM; its exit code."""
    os.environ.update(_database(settings))
    with _start_worker() as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            _end(process)
            return process.returncode


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes that we start are told."""
    # By port, for several servers may share a data directory and each counts for itself.
    numbers = (settings.data_dir / "metrics" / str(settings.port)).absolute()
    shutil.rmtree(numbers, ignore_errors=True)
    numbers.mkdir(parents=True)
    return {
        **_database(settings),
        f"{PREFIX}PARENT": str(os.getpid()),
        "PROMETHEUS_MULTIPROC_DIR": str(numbers),
    }


def _database(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    return {f"{PREFIX}DATABASE_URL": settings.database_url}


def _tell_when_up(settings: Settings, once_up: Callable[[], None]) -> None:
    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    for _ in range(int(START_TIMEOUT_S / START_PAUSE_S)):
        try:
            connection = http.client.HTTPConnection(host, settings.port, timeout=5.0)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                once_up()
                return
        except OSError:
            pass
        time.sleep(START_PAUSE_S)


_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked for, not bound.


@contextmanager
def _background_worker(*, enabled: bool) -> Iterator[None]:
    """A background worker process, started again if it ends before its time."""
    if not enabled:
        yield
        return
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(stopping,), name="worker keeper")
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_worker(stopping: threading.Event) -> None:
    while not stopping.is_set():
        with _start_worker() as process:
            while process.poll() is None and not stopping.wait(WORKER_PAUSE_S):
                pass
            _end(process)
        stopping.wait(WORKER_PAUSE_S)


def _start_worker() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "bezant.worker", "--leave-with-parent"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(WORKER_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
