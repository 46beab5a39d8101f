"""Runs the HTTP workers, and what belongs beside them, until a signal comes.

Invariants: nothing that was started is left behind, also when this process is killed with
no chance to clean up: the others watch a pipe that closes with their parent, and each HTTP
worker watches whose child it is. A terminal's Ctrl-C reaches this process alone, for each
other one is in a session of its own; this one then stops them in order.
"""

import http.client
import multiprocessing
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from bezant.cli import children
from bezant.kernel.errors import BezantError, Kind
from bezant.settings import PREFIX, Settings, SettingsRefused

WORKER: Final = "bezant.worker"
DRAIN_TIMEOUT_S: Final = 10
START_TIMEOUT_S: Final = 60.0
START_PAUSE_S: Final = 0.05
BACKLOG: Final = 2048


class PortTaken(BezantError):
    """Something else listens there."""

    kind = Kind.UNAVAILABLE
    text = "error.port_taken"


@dataclass(frozen=True, slots=True)
class SandboxPlace:
    """Where a sandbox acquirer of this server's own listens, and how browsers reach it."""

    host: str
    port: int
    url: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What runs beside the HTTP workers."""

    worker: bool
    sandbox: SandboxPlace | None = None


def require_free_port(host: str, port: int, *, setting: str = f"{PREFIX}PORT") -> None:
    """Raises `PortTaken` before anything is started in vain; `setting` names another port.

    Each HTTP worker listens for itself, which the system allows to any process of the same
    account: unasked, a second server would quietly take half of the requests.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or ""
            raise PortTaken(host=host, port=port, reason=reason, setting=setting) from None


def own_sandbox(settings: Settings) -> SandboxPlace | None:
    """Where this server may run the sandbox acquirer itself; None when it is not to.

    That is on this machine alone: whatever has another address is run by somebody else.
    Raises `SettingsRefused` when it is where this server listens, and `PortTaken`.
    """
    address = urlsplit(settings.sandbox_url)
    host = _LOOPBACK if address.hostname == "localhost" else address.hostname or ""
    if settings.acquirer != "sandbox" or address.scheme != "http" or not _is_loopback(host):
        return None
    port = address.port or http.client.HTTP_PORT
    if port == settings.port:
        raise SettingsRefused("The sandbox needs a port of its own - at `$.sandbox_url`")
    require_free_port(host, port, setting=f"{PREFIX}SANDBOX_URL")
    return SandboxPlace(host, port, settings.sandbox_url)


def serve_until_stopped(
    settings: Settings, *, beside: Beside, once_up: Callable[[], None] | None = None
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
    with ExitStack() as stack:
        # Charges that are under way are finished before their acquirer leaves.
        if beside.sandbox is not None:
            stack.enter_context(children.kept(*_sandbox_command(beside.sandbox)))
        if beside.worker:
            stack.enter_context(children.kept(WORKER))
        try:
            server.serve()
        except SystemExit:
            # The server counts a worker that a signal reached, too, as one that failed.
            if not server.interrupt_signal:
                raise


def work_until_stopped(settings: Settings) -> int:
    """Runs a background worker until SIGINT or SIGTERM; its exit code."""
    os.environ.update(_decided(settings))
    with children.start(WORKER) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            children.end(process)
            return process.returncode


_LOOPBACK: Final = "127.0.0.1"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sandbox_command(place: SandboxPlace) -> tuple[str, ...]:
    """It reads the same settings, so it shares our secret and tells us its notices."""
    options = {"--host": place.host, "--port": str(place.port), "--public-url": place.url}
    return ("bezant.cli", "sandbox", *(part for option in options.items() for part in option))


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes that we start are told."""
    # By port, for several servers may share a data directory and each counts for itself.
    numbers = (settings.data_dir / "metrics" / str(settings.port)).absolute()
    shutil.rmtree(numbers, ignore_errors=True)
    numbers.mkdir(parents=True)
    return {
        **_decided(settings),
        f"{PREFIX}PARENT": str(os.getpid()),
        "PROMETHEUS_MULTIPROC_DIR": str(numbers),
    }


def _decided(settings: Settings) -> dict[str, str]:
    """The settings that an entry point may have decided itself."""
    assert settings.database_url is not None
    return {f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in _DECIDED}


_DECIDED: Final = ("database_url", "acquirer", "sandbox_url", "three_d", "webhooks_allow_private")


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
