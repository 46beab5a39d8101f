"""Weights of bars, and a count beside what is written down."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.errors import Invalid
from bezant.kernel.metal import Metal, Weight
from bezant.ledger.assets import Asset
from bezant.vault import reading
from bezant.vault.model import (
    BAR_ASSET,
    FINENESS_PARTS,
    HEAVIEST_UG,
    Bar,
    BarId,
    Counted,
    compare,
    fine_weight,
)

TYPED = {
    "metal": "gold",
    "refiner": "Nadir",
    "serial": "AB-1",
    "gross": "1000.5",
    "fineness": "995.0",
}


def bar(serial: str, *, refiner: str = "Nadir", gross_ug: int = 1_000_000) -> Bar:
    """A bar that is in."""
    gross = Weight(gross_ug, Metal.GOLD)
    return Bar(
        bar_id=BarId(uuid4()),
        refiner=refiner,
        serial=serial,
        gross=gross,
        fineness=99_990,
        fine=fine_weight(gross, fineness=99_990),
        taken_in_at=datetime(2026, 6, 1, tzinfo=UTC),
        withdrawn_at=None,
    )


@given(
    gross=st.integers(1, HEAVIEST_UG),
    fineness=st.integers(1, FINENESS_PARTS),
)
def test_a_fine_weight_is_rounded_down_and_by_less_than_a_microgram(
    gross: int, fineness: int
) -> None:
    fine = fine_weight(Weight(gross, Metal.GOLD), fineness=fineness).micrograms

    assert 0 <= gross * fineness - fine * FINENESS_PARTS < FINENESS_PARTS


def test_each_metal_has_one_wallet_in_which_its_bars_are_booked() -> None:
    assert BAR_ASSET == {
        Metal.GOLD: Asset.GAU,
        Metal.SILVER: Asset.GAG,
        Metal.PLATINUM: Asset.GPT,
        Metal.PALLADIUM: Asset.GPD,
    }


def test_a_bar_is_read_as_it_is_stamped() -> None:
    read = reading.read_bar(TYPED)

    assert (read.gross.micrograms, read.fineness) == (1_000_500_000, 99_500)
    assert read.fine == Weight(995_497_500, Metal.GOLD)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("metal", "tin"),
        ("refiner", ""),
        ("refiner", "x" * 61),
        ("refiner", "a\nb"),
        ("serial", "a b"),
        ("serial", "x" * 41),
        ("gross", "0"),
        ("gross", "-1"),
        ("gross", "1.0000001"),
        ("gross", "NaN"),
        ("gross", "Infinity"),
        ("gross", "1000000.1"),
        ("gross", "much"),
        ("fineness", "1000.01"),
        ("fineness", "999.999"),
        ("fineness", "0"),
    ],
)
def test_what_is_typed_wrong_is_refused_by_its_name(field: str, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        reading.read_bar(TYPED | {field: typed})

    assert list(refused.value.fields) == [field]


def test_a_bar_without_a_microgram_of_metal_is_none() -> None:
    with pytest.raises(Invalid) as refused:
        reading.read_bar(TYPED | {"gross": "0.000001", "fineness": "999.99"})

    assert list(refused.value.fields) == ["fineness"]


def test_a_file_of_bars_names_the_line_that_is_wrong() -> None:
    head = "serial,metal,gross,fineness,refiner\n"
    good = "A1,gold,1000,999.9,Nadir\n"

    assert [each.serial for each in reading.read_bars("\ufeff" + head + good)] == ["A1"]
    for text, field in (
        ("", "file"),
        (head, "file"),
        ("serial\nA1\n", "file"),
        (head + good + "A2,tin,1000,999.9,Nadir\n", "line 3, metal"),
        (head + good + good, "line 3"),
    ):
        with pytest.raises(Invalid) as refused:
            reading.read_bars(text)
        assert list(refused.value.fields) == [field]


def test_a_count_tells_what_is_there_what_is_not_and_what_weighs_something_else() -> None:
    counted = reading.read_counted("serial,gross\nA1,1\nA2,1.5\nA9,\n")

    assert compare([bar("A1"), bar("A2"), bar("A3")], counted) == [
        "Nadir A2 weighs 1500000 µg, written down are 1000000",
        "A9 lies there and is not written down as in",
        "Nadir A3 is written down as in and was not counted",
    ]


def test_a_serial_of_two_refiners_is_two_bars() -> None:
    bars = [bar("A1"), bar("A1", refiner="Other")]

    assert compare(bars, [Counted("A1"), Counted("A1")]) == []
    assert compare(bars, [Counted("A1", "Other"), Counted("A1", "Other")]) == [
        "A1 lies there and is not written down as in",
        "Nadir A1 is written down as in and was not counted",
    ]


def test_a_count_with_a_weight_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        reading.read_counted("serial,gross\nA1,heavy\n")

    assert list(refused.value.fields) == ["line 2"]
