"""Where things are kept under the data directory, and where the socket is.

    postgres/           the server's data       postgres.log       what it says
    run/                its socket              postgres.password  of the role `bezant`
    postgres.lock       held while something is made, started or stopped
    postgres.users      shared by every process that uses the server
    postgres.alive      held by the server's own processes while any of them lives

Invariants: every process derives the same places from the same data directory, whatever its
own environment; the socket's directory belongs to the server's account and is closed to all
others.
"""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bezant.integrations.embedded_postgres.account import ROOT, Account
from bezant.integrations.embedded_postgres.errors import SocketDirectoryTaken

PORT: Final = 5432
SOCKET_NAME: Final = f".s.PGSQL.{PORT}"
# A socket's path has 104 bytes on macOS and 108 on Linux, with a zero at the end.
SOCKET_PATH_LIMIT: Final = 100
# Not tempfile.gettempdir(): TMPDIR differs between the processes that must meet here.
SHORT_PARENT: Final = Path("/tmp")  # noqa: S108 - the directory's owner and mode are checked.
PRIVATE: Final = 0o700
PASSABLE: Final = 0o711


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one data directory, which is absolute and has no symbolic links."""

    data_dir: Path

    @property
    def cluster(self) -> Path:
        """The server's data."""
        return self.data_dir / "postgres"

    @property
    def making(self) -> Path:
        """Where a cluster is made before it is moved into place."""
        return self.data_dir / "postgres.making"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.data_dir / "postgres.log"

    @property
    def password(self) -> Path:
        """The file with the password."""
        return self.data_dir / "postgres.password"

    @property
    def mutex(self) -> Path:
        """Locked while something is made, started or stopped."""
        return self.data_dir / "postgres.lock"

    @property
    def users(self) -> Path:
        """Locked, together with others, by every process that uses the server."""
        return self.data_dir / "postgres.users"

    @property
    def alive(self) -> Path:
        """Locked by the server's processes while any of them lives."""
        return self.data_dir / "postgres.alive"

    @property
    def pid_file(self) -> Path:
        """The server's own note of its process and state."""
        return self.cluster / "postmaster.pid"

    @property
    def socket_dir(self) -> Path:
        """`run/`, or a short place elsewhere when a socket cannot be named there.

        A path can be too long for a socket, and drivers take a comma for two hosts.
        """
        inside = self.data_dir / "run"
        if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT and _PLAIN.fullmatch(
            str(inside)
        ):
            return inside
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()
        return SHORT_PARENT / f"bezant-{digest[:16]}"

    @property
    def socket(self) -> Path:
        """The socket that the server listens on."""
        return self.socket_dir / SOCKET_NAME

    @property
    def socket_lock(self) -> Path:
        """The server's note of the process that owns the socket."""
        return self.socket_dir / f"{SOCKET_NAME}.lock"


_PLAIN: Final = re.compile(r"[\w./ @+-]+")


def open_layout(data_dir: Path) -> Layout:
    """The layout of `data_dir`, which is made if it is not there."""
    # Root's servers run as another account, which has to pass through.
    mode = PASSABLE if os.geteuid() == ROOT else PRIVATE
    data_dir.mkdir(mode=mode, parents=True, exist_ok=True)
    return Layout(data_dir.resolve())


def make_socket_dir(layout: Layout, account: Account) -> None:
    """Makes the socket's directory, or makes sure of it. Raises `SocketDirectoryTaken`."""
    path = layout.socket_dir
    try:
        path.mkdir(mode=PRIVATE)
    except FileExistsError:
        pass
    else:
        account.owns(path)
    found = path.lstat()
    private = stat.S_IMODE(found.st_mode) == PRIVATE
    if not (stat.S_ISDIR(found.st_mode) and private and found.st_uid == account.uid):
        raise SocketDirectoryTaken(path=str(path))
