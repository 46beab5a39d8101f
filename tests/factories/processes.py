"""The processes of a server as the system knows them, for tests that end some of them."""

from pathlib import Path

from tests.factories.servers import LiveServer

_PROC = Path("/proc")


def family_of(server: LiveServer) -> set[int]:
    """Every living process that was started for this server, itself among them.

    All of them, and nobody else on this machine, are told its directory; so one that is left by
    its parent is found too.
    """
    mark = f"BEZANT_DATA_DIR={server.home}".encode()
    found = set()
    for place in _PROC.iterdir():
        try:
            environment = (place / "environ").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if mark in environment and not _is_zombie(place):
            found.add(int(place.name))
    return found


def http_workers(server: LiveServer) -> set[int]:
    """The HTTP worker processes."""
    return {pid for pid in family_of(server) if b"spawn_main" in _command(pid)}


def background_workers(server: LiveServer) -> set[int]:
    """The background worker, if it lives."""
    return {pid for pid in family_of(server) if b"bezant.worker" in _command(pid)}


def sandboxes(server: LiveServer) -> set[int]:
    """The sandbox acquirer that it runs, if it lives."""
    return {pid for pid in family_of(server) if b"\0sandbox\0" in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def _is_zombie(place: Path) -> bool:
    # Field three, behind a name that may hold anything.
    state = (place / "stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"
