"""What the figures were taken on: without it they say nothing."""

import os
import platform
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from msgspec import Struct

_KIB_IN_GIB: Final = 1024 * 1024


class Machine(Struct, frozen=True, kw_only=True):
    """A machine and what ran on it."""

    processor: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    postgres: str
    packages: dict[str, str]
    measured_on: str


def this_machine(*, postgres: str, now: datetime) -> Machine:
    """The machine that this runs on."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory_gib=_memory_gib(),
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        postgres=postgres,
        packages={name: version(name) for name in ("granian", "litestar", "msgspec", "asyncpg")},
        measured_on=now.date().isoformat(),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _memory_gib() -> float:
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) / _KIB_IN_GIB
    return 0.0
