"""The machine's clock."""

from datetime import UTC, datetime, timedelta

from bezant.kernel.clock import SystemClock


def test_the_time_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.utcoffset() == timedelta()
    assert before <= now <= datetime.now(UTC)
