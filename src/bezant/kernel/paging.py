"""One page of a longer list: what was asked for, and what came.

The wire's paginator is built from these at the door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page, counted from 1, and how many rows make a page."""

    number: int
    rows: int

    @property
    def offset(self) -> int:
        """How many rows stand before this page."""
        return (self.number - 1) * self.rows


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and how many there are on all pages together."""

    rows: Sequence[Row]
    total: int
    request: PageRequest
