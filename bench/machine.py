"""What the figures were taken on: without it they say nothing."""

import os
import platform
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from msgspec import Struct

LOOK_S: Final = 2.0
_KIB_IN_GIB: Final = 1024 * 1024
# In the first line of /proc/stat, after its name: proc(5).
_IDLE, _WAITING = 3, 4


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
    niceness: int
    """Below zero, what is measured goes before other work."""
    busy_before: float
    """The share of its processors that others kept busy before anything was measured."""


def this_machine(*, postgres: str, now: datetime) -> Machine:
    """The machine that this runs on, asked before anything is measured."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory_gib=_memory_gib(),
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        postgres=postgres,
        packages={name: version(name) for name in ("granian", "litestar", "msgspec", "asyncpg")},
        measured_on=now.date().isoformat(),
        niceness=os.nice(0),
        busy_before=_busy(),
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


def _busy() -> float:
    before = _ticks()
    time.sleep(LOOK_S)
    spent = [after - then for after, then in zip(_ticks(), before, strict=True)]
    return 1 - (spent[_IDLE] + spent[_WAITING]) / sum(spent)


def _ticks() -> list[int]:
    with Path("/proc/stat").open(encoding="utf-8") as stat:
        return [int(figure) for figure in stat.readline().split()[1:9]]
