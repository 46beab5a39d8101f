"""Locks between processes, on files, that end with the process that holds them.

They are `flock` locks: the kernel drops one when the last process that shares its open file
is gone, however it went. A child that is handed the file holds the lock with its parent.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from bezant.integrations.embedded_postgres.account import leave_to_owner

POLL_S: Final = 0.01


class FileLock:
    """One open lock file. Each instance is another party, also inside one process."""

    def __init__(self, path: Path) -> None:
        """Opens `path`, and makes it when it is not there, with its directory's owner."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        leave_to_owner(self._fd, path.parent)

    @property
    def fd(self) -> int:
        """The open file, to be handed to a child that shall hold the lock as well."""
        return self._fd

    def close(self) -> None:
        """Lets go of the lock, unless a child holds it too."""
        os.close(self._fd)

    def release(self) -> None:
        """Lets go of the lock, also for every child that holds it."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def share(self) -> None:
        """Holds the lock together with others. The caller sees to it that nobody has it alone."""
        fcntl.flock(self._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def take(self) -> bool:
        """Whether the lock is ours alone now; a share that we held is gone either way."""
        with suppress(BlockingIOError):
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def take_within(self, timeout_s: float) -> bool:
        """Whether the lock became ours alone in time."""
        deadline = time.monotonic() + timeout_s
        while not self.take():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True
