"""`bezant kyc`, as whoever sets the limits uses it."""

import pytest

from tests.cli.terminal import Terminal


def test_a_limit_is_set_and_listed(bezant: Terminal) -> None:
    said = bezant.done(
        "kyc", "limits", "set", "1", "order_value", "5000.50", "--unit", "try", "--from",
        "2026-01-01",
    )  # fmt: skip
    grams = bezant.done(
        "kyc", "limits", "set", "2", "grams_held", "0.000001", "--unit", "Gold", "--from",
        "2026-01-02",
    )  # fmt: skip

    assert said.out == "level 1: order_value of TRY is 5000.5 TRY from 2026-01-01 on\n"
    assert grams.out == "level 2: grams_held of gold is 0.000001 g from 2026-01-02 on\n"
    listed = bezant.done("kyc", "limits", "list")
    assert listed.row_of("order_value") == ["1", "order_value", "TRY", "2026-01-01", "5000.5 TRY"]
    assert listed.row_of("grams_held") == ["2", "grams_held", "gold", "2026-01-02", "0.000001 g"]


def test_a_limit_is_ended_by_another_from_a_later_day(bezant: Terminal) -> None:
    name = ("kyc", "limits", "set", "3", "turnover_day")
    bezant.done(*name, "1", "--unit", "EUR", "--from", "2026-01-01")
    bezant.done(*name, "none", "--unit", "EUR", "--from", "2026-02-01")

    lines = [line.split() for line in bezant.done("kyc", "limits", "list").out.splitlines()]
    assert [line[3:] for line in lines if "EUR" in line] == [
        ["2026-02-01", "no", "limit"],
        ["2026-01-01", "1", "EUR"],
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        ("4", "order_value", "1", "--unit", "TRY"),
        ("1", "order_values", "1", "--unit", "TRY"),
        ("1", "order_value", "1.001", "--unit", "TRY"),
        ("1", "order_value", "much", "--unit", "TRY"),
        ("1", "order_value", "NaN", "--unit", "TRY"),
        ("1", "order_value", "1e30", "--unit", "TRY"),
        ("1", "order_value", "1", "--unit", "gold"),
        ("1", "grams_held", "1", "--unit", "TRY"),
    ],
)
def test_wrong_usage_is_exit_code_2(bezant: Terminal, wrong: tuple[str, ...]) -> None:
    assert bezant("kyc", "limits", "set", *wrong).code == 2


def test_less_than_nothing_is_no_limit(bezant: Terminal) -> None:
    said = bezant("kyc", "limits", "set", "1", "order_value", "--unit", "TRY", "--", "-1")

    assert said.code == 2
