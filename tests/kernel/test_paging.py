"""Pages: which rows stand before one."""

from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.paging import PageRequest


@given(st.integers(min_value=1, max_value=10**6), st.integers(min_value=1, max_value=100))
def test_pages_follow_one_another_without_gap_or_overlap(number: int, rows: int) -> None:
    here, there = PageRequest(number, rows), PageRequest(number + 1, rows)
    assert here.offset + rows == there.offset


def test_nothing_stands_before_the_first_page() -> None:
    assert PageRequest(1, 10).offset == 0
