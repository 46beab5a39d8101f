"""What the command line prints: tables, lines, refusals."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog
from rich.console import Console
from rich.table import Table

from bezant.kernel.errors import BezantError, Invalid
from bezant.kernel.texts import Language

WIDTH_OF_A_PIPE: Final = 240
"""Nobody looks at a pipe's edge, and a name broken in two is not found by grep."""

_width: Final = None if sys.stdout.isatty() else WIDTH_OF_A_PIPE

# What it prints may hold what somebody called something: no brackets mean anything.
console: Final = Console(highlight=False, markup=False, width=_width)
errors: Final = Console(stderr=True, highlight=False, markup=False)


def say_refusal(refused: Exception) -> None:
    """One line that says what was refused and why."""
    text = str(refused)
    if isinstance(refused, Invalid):
        parts = [
            f"{path}: {' '.join(each.into(Language.EN) for each in texts)}"
            for path, texts in refused.fields.items()
        ]
        text = "; ".join(parts)
    elif isinstance(refused, BezantError):
        text = refused.message().into(Language.EN)
    errors.print(f"bezant: {text}", style="red", soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; no rows are said in words."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    if table.row_count:
        console.print(table)
    else:
        console.print("none")


def moment(at: datetime | None) -> str:
    """A time for a table; a dash for none."""
    return "-" if at is None else at.strftime("%Y-%m-%d %H:%M:%SZ")


@contextmanager
def without_logs() -> Iterator[None]:
    """For a verb that itself says in one line what a log would say as well."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        yield
    finally:
        structlog.configure(**before)
