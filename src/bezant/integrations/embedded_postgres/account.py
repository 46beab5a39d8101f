"""The account that the server runs as, and how a program is started as that account.

Invariants: nothing of PostgreSQL runs as root, which it refuses; a program that runs as
another account gets no supplementary groups and only the environment it needs; when that
account cannot reach the files, it is lent the right to pass by directories rather than any
directory being opened to it.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bezant.integrations.embedded_postgres.errors import AccountShutOut, ClusterOfAnotherAccount

ROOT: Final = 0
NOBODY: Final = "nobody"
PROBE_TIMEOUT_S: Final = 30

# The smaller right comes first; container runtimes commonly leave only the second.
_RIGHTS: Final = ("dac_read_search", "dac_override")
_KEPT_VARIABLES: Final = ("PATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server's processes and files belong to."""

    uid: int
    gid: int
    # What goes before a command when `setpriv` has to change the account.
    prefix: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The account's name; `initdb` wants one, so there is one."""
        return pwd.getpwuid(self.uid).pw_name

    def run(
        self,
        command: Sequence[str | Path],
        *,
        output: int = subprocess.DEVNULL,
        keep_open: int | None = None,
        timeout_s: float,
    ) -> int:
        """Runs `command` as this account, away from our terminal, and returns its exit code.

        `output` is an open file for all that it prints. `keep_open` is an open file that it
        and its children keep. Raises `subprocess.TimeoutExpired` and `PermissionError`.
        """
        changes = os.geteuid() == ROOT and not self.prefix
        return subprocess.run(
            [*self.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=plain_environment(),
            cwd="/",
            pass_fds=() if keep_open is None else (keep_open,),
            start_new_session=True,
            user=self.uid if changes else None,
            group=self.gid if changes else None,
            extra_groups=() if changes else None,
            timeout=timeout_s,
            check=False,
        ).returncode

    def owns(self, path: Path) -> None:
        """Gives `path`, and nothing under it, to this account."""
        if os.geteuid() == ROOT:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def owns_all(self, path: Path) -> None:
        """Gives `path` and everything under it to this account."""
        for folder, _, files in os.walk(path):
            for name in files:
                self.owns(Path(folder, name))
            self.owns(Path(folder))


def plain_environment() -> dict[str, str]:
    """The environment for PostgreSQL's programs: no PG* of ours, no secret, plain messages."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C"}


def leave_to_owner(fd: int, folder: Path) -> None:
    """Gives an open file to the owner of its folder, who may come without root next time."""
    if os.geteuid() == ROOT:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


def account_for(*, data_dir: Path, cluster: Path, bin_dir: Path) -> Account:
    """The account to run the server as: ours, or another's when we are root.

    Root gives way to whoever owns the data, else to `nobody`. Raises `AccountShutOut` and
    `ClusterOfAnotherAccount`.
    """
    owner = cluster.stat() if cluster.exists() else data_dir.stat()
    if os.geteuid() != ROOT:
        if cluster.exists() and owner.st_uid != os.geteuid():
            raise ClusterOfAnotherAccount(path=str(cluster), owner=owner.st_uid, ours=os.geteuid())
        return Account(os.geteuid(), os.getegid())
    account = _instead_of_root(owner, data_dir)
    for candidate in (account, *_with_rights(account)):
        if _reaches(candidate, bin_dir, data_dir):
            return candidate
    raise AccountShutOut(account=account.name, data_dir=str(data_dir), bin_dir=str(bin_dir))


def _instead_of_root(owner: os.stat_result, data_dir: Path) -> Account:
    """The owner, if it is an account of this machine and not root; else `nobody`."""
    try:
        pwd.getpwuid(owner.st_uid)
    except KeyError:
        known = False
    else:
        known = owner.st_uid != ROOT
    if known:
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam(NOBODY)
    except KeyError:
        raise AccountShutOut(account=NOBODY, data_dir=str(data_dir), bin_dir="-") from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def _with_rights(account: Account) -> list[Account]:
    """The same account, passing by directories that are closed to it."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    change = (
        setpriv,
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        "--clear-groups",
        # PostgreSQL asks access(2) for its own programs, and that disregards the lent right
        # of an account other than root unless this is set.
        "--securebits=+no_setuid_fixup",
    )
    return [
        replace(account, prefix=(*change, f"--inh-caps=+{right}", f"--ambient-caps=+{right}"))
        for right in _RIGHTS
    ]


def _reaches(account: Account, bin_dir: Path, data_dir: Path) -> bool:
    """Whether the account gets through to both; asked of the system, not of mode bits.

    `pg_config` looks for itself just as the server does when it starts.
    """
    ask = ("/bin/sh", "-c", '"$1" --bindir && cd "$2"', "sh", bin_dir / "pg_config", data_dir)
    try:
        return account.run(ask, timeout_s=PROBE_TIMEOUT_S) == 0
    except (PermissionError, subprocess.TimeoutExpired):
        return False
