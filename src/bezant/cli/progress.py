"""How far a long fill is: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[int], None]

_LINES_EVERY_S: Final = 5.0


@contextmanager
def shown_progress(console: Console, what: str, *, total: int) -> Iterator[Advance]:
    """Gives a function that is told how many more are done."""
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda count: bar.advance(task, count)
    else:
        yield _Lines(console, what, total=total).advance


class _Rate(ProgressColumn):
    """How many are done a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s", style="progress.data.speed")


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
    )


class _Lines:
    """Says a line now and then, and one at the end."""

    def __init__(self, console: Console, what: str, *, total: int) -> None:
        self._console, self._what, self._total = console, what, total
        self._done = 0
        self._began = self._said = time.monotonic()

    def advance(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._said < _LINES_EVERY_S and self._done < self._total:
            return
        self._said = now
        per_second = self._done / max(now - self._began, 1e-3)
        left = (self._total - self._done) / per_second
        self._console.print(
            f"{self._what}: {self._done:,} of {self._total:,}"
            f" ({per_second:,.0f}/s, {left:,.0f} s left)",
            soft_wrap=True,
        )
