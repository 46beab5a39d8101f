"""A clock that a test sets."""

from datetime import UTC, datetime, timedelta

A_MORNING = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class FakeClock:
    """Tells the time that it was told."""

    def __init__(self, at: datetime = A_MORNING) -> None:
        self._now = at

    def now(self) -> datetime:
        """The time as it was set."""
        return self._now

    def advance(self, *, seconds: float = 0, days: int = 0) -> None:
        """Moves the time on."""
        self._now += timedelta(days=days, seconds=seconds)
