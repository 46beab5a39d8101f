"""Where tests put what nobody needs after them."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - what is put there has its own owner and mode.
ENOUGH_BYTES: Final = 2 * 2**30
"""Containers often have less there, and a run of the suite writes a gigabyte of WAL."""


def on_disk() -> Path:
    """Where temporary files usually go."""
    return Path(tempfile.gettempdir())


def in_memory() -> Path:
    """A file system in memory where there is one with room, since a disk takes twice as long."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
        return MEMORY
    return on_disk()
