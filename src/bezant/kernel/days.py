"""Whole days of a time zone, as the moments that bound them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, both ends included, as moments in UTC: `begin` inside, `end` outside."""

    begin: datetime
    end: datetime

    @classmethod
    def between(cls, first: date, last: date, *, zone: tzinfo) -> "Days":
        """The days from `first` to `last` in a time zone."""
        begin = datetime.combine(max(first, _FIRST_DAY), time.min, tzinfo=zone)
        end = datetime.combine(min(last, _LAST_DAY) + timedelta(days=1), time.min, tzinfo=zone)
        return cls(begin.astimezone(UTC), end.astimezone(UTC))


# A midnight on the calendar's own first or last day may have no moment in UTC.
_FIRST_DAY: Final = date.min + timedelta(days=1)
_LAST_DAY: Final = date.max - timedelta(days=1)
