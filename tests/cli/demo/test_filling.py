"""How a fill is cut into batches."""

from hypothesis import given
from hypothesis import strategies as st

from bezant.cli.demo.filling import BATCH, PER_NAMED, PER_NEWCOMER, Batch, batches


def test_few_baskets_are_the_named_customers() -> None:
    assert list(batches(there=9, wanted=400, named=197)) == [Batch(391, 0)]


def test_past_ten_for_each_named_customer_there_are_newcomers() -> None:
    assert list(batches(there=0, wanted=25_000, named=100)) == [
        Batch(1_000, 0),
        Batch(20_000, 6_667),
        Batch(4_000, 1_334),
    ]
    assert list(batches(there=1_000, wanted=1_001, named=100)) == [Batch(1, 1)]


def test_nothing_is_made_when_there_is_enough() -> None:
    assert list(batches(there=400, wanted=400, named=197)) == []
    assert list(batches(there=900, wanted=400, named=197)) == []


@given(there=st.integers(0, 50_000), wanted=st.integers(0, 3_000_000), named=st.integers(0, 500))
def test_the_batches_make_up_what_is_missing(there: int, wanted: int, named: int) -> None:
    plan = list(batches(there=there, wanted=wanted, named=named))

    assert sum(batch.baskets for batch in plan) == max(0, wanted - there)
    for batch in plan:
        assert 0 < batch.baskets <= max(BATCH, named * PER_NAMED)
        assert batch.newcomers * PER_NEWCOMER < batch.baskets + PER_NEWCOMER
