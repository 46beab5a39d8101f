"""Tests of how a run is summed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.latencies import middle, percentile, summed_up

VALUES = st.lists(st.floats(min_value=0, max_value=60), min_size=1).map(sorted)


def test_of_a_hundred_values_the_99th_is_the_percentile() -> None:
    assert percentile(range(1, 101), 0.99) == 99


def test_a_single_value_is_its_own_percentile() -> None:
    assert percentile([7.0], 0.5) == 7.0


@given(VALUES, st.floats(min_value=0.01, max_value=1))
def test_the_share_does_not_exceed_its_percentile(values: list[float], share: float) -> None:
    at = percentile(values, share)

    assert sum(value <= at for value in values) >= share * len(values)
    assert sum(value < at for value in values) < share * len(values)


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        percentile([1.0], share)


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no value"):
        percentile([], 0.5)


def test_a_run_has_a_rate_and_its_latencies_in_milliseconds() -> None:
    run = summed_up([0.003, 0.001, 0.002, 0.010], seconds=2, bytes_received=400, answers=5)

    assert (run.per_second, run.p50_ms, run.max_ms) == (2.0, 2.0, 10.0)
    assert (run.body_bytes, run.answers) == (100, 5)


def test_one_bad_run_of_three_does_not_move_the_middle() -> None:
    good = summed_up([0.001] * 10, seconds=1, bytes_received=10, answers=10)
    bad = summed_up([0.5], seconds=1, bytes_received=1, answers=1)

    told = middle([good, bad, good])

    assert (told.per_second, told.max_ms, told.answers) == (10.0, 1.0, 21)
