"""Tests of the load's counting."""

from bench.load import Tally


def test_what_was_asked_for_in_the_warm_up_is_no_latency() -> None:
    tally = Tally(begin=10.0, end=20.0)

    tally.count(9.9, 10.1, 500)
    tally.count(10.1, 10.4, 500)
    tally.count(19.9, 20.1, 500)

    assert len(tally.latencies_s) == 1
    assert (tally.bytes_received, tally.answers) == (500, 3)
