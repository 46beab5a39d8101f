"""Where reference prices come from: the door that every adapter fits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bezant.pricing.model import ReferencePrice


class Feed(Protocol):
    """A source of market prices."""

    @property
    def name(self) -> str:
        """What the source is called in the books."""
        ...

    async def prices(self, now: datetime) -> Sequence[ReferencePrice]:
        """The newest prices that the source knows; empty when it knows none.

        Each carries the source's own time, which may lie before `now`.
        """
        ...
