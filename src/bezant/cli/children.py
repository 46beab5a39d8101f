"""Processes that run beside the HTTP workers: kept alive, and never left behind.

Invariants: each is in a session of its own, so a terminal's Ctrl-C does not reach it; its
standard input is a pipe from this process, and it leaves when that closes, also when this
process was killed; one that ends before its time is started again.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

LEAVE_WITH_PARENT: Final = "--leave-with-parent"
STOP_TIMEOUT_S: Final = 15.0
PAUSE_S: Final = 1.0

Child = subprocess.Popen[bytes]


@contextmanager
def kept(module: str, *arguments: str) -> Iterator[None]:
    """Keeps `python -m module …` running until the block ends."""
    stopping = threading.Event()
    command = (module, *arguments)
    keeper = threading.Thread(target=_keep, args=(command, stopping), name=f"{module} keeper")
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def start(module: str, *arguments: str) -> Child:
    """Starts `python -m module …`, which is told to leave with this process."""
    command = [sys.executable, "-m", module, *arguments, LEAVE_WITH_PARENT]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def end(process: Child) -> None:
    """Closes a child's pipe and waits until it has left; kills one that does not."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _keep(command: Sequence[str], stopping: threading.Event) -> None:
    while not stopping.is_set():
        with start(*command) as process:
            while process.poll() is None and not stopping.wait(PAUSE_S):
                pass
            end(process)
        stopping.wait(PAUSE_S)
