"""`bezant vault`, as whoever keeps the vault uses it."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

BAR = ("--metal", "gold", "--gross", "1000", "--fineness", "999.9")
HEAD = "metal,refiner,serial,gross,fineness\n"


def intake(bezant: Terminal, serial: str, *, refiner: str = "Nadir") -> None:
    """Takes a kilogram of gold in."""
    bezant.done("vault", "intake", *BAR, "--refiner", refiner, "--serial", serial)


def test_a_bar_is_taken_in_listed_shown_and_withdrawn(bezant: Terminal) -> None:
    first = bezant.done("vault", "intake", *BAR, "--refiner", "Nadir", "--serial", "C-1")
    again = bezant("vault", "intake", *BAR, "--refiner", "Nadir", "--serial", "C-1")
    listed = bezant.done("vault", "bars", "--metal", "gold")
    out = bezant.done("vault", "withdraw", "C-1")
    gone = bezant("vault", "withdraw", "C-1")
    left = bezant.done("vault", "bars")
    shown = bezant.done("vault", "show", "C-1")

    assert first.out == "gold Nadir C-1 is in: 999.9 g fine\n"
    assert again.err == "bezant: The bar Nadir C-1 is in the vault already.\n"
    assert listed.row_of("C-1")[:6] == ["gold", "Nadir", "C-1", "1000", "999.9", "999.9"]
    assert listed.row_of("C-1")[-1] == "-"
    assert out.out == "gold Nadir C-1 is out: 999.9 g fine\n"
    assert gone.err == "bezant: The bar Nadir C-1 has left the vault already.\n"
    assert "C-1" not in left.out
    assert shown.row_of("C-1")[-1] != "-"
    bezant.done("vault", "reconcile")


def test_bars_of_a_file_are_taken_in_together_or_not_at_all(bezant: Terminal) -> None:
    Path("bars.csv").write_text(
        HEAD + "gold,Nadir,F-1,1000,999.9\nsilver,Nadir,F-2,30000.5,999\n", encoding="utf-8"
    )
    Path("more.csv").write_text(
        HEAD + "gold,Nadir,F-3,1000,999.9\ngold,Nadir,F-1,1000,999.9\n", encoding="utf-8"
    )

    said = bezant.done("vault", "intake", "--file", "bars.csv")
    refused = bezant("vault", "intake", "--file", "more.csv")

    assert said.out.splitlines()[1] == "silver Nadir F-2 is in: 29970.4995 g fine"
    assert refused.code == 1
    assert "F-3" not in bezant.done("vault", "bars").out


def test_two_refiners_may_use_one_serial(bezant: Terminal) -> None:
    for refiner in ("Nadir", "Other"):
        intake(bezant, "T-1", refiner=refiner)

    unclear = bezant("vault", "withdraw", "T-1")
    bezant.done("vault", "withdraw", "T-1", "--refiner", "Other")

    assert unclear.code == 1
    assert bezant.done("vault", "bars").row_of("T-1")[1] == "Nadir"


def test_a_count_that_differs_is_told_bar_by_bar_and_ends_with_one(bezant: Terminal) -> None:
    intake(bezant, "K-1")
    bars = bezant.done("vault", "bars", "--metal", "gold").out.splitlines()[1:]
    serials = [line.split()[2] for line in bars]
    Path("count.csv").write_text("\n".join(["serial", *serials]), encoding="utf-8")
    Path("short.csv").write_text("serial,gross\nK-1,999\nX-1,\n", encoding="utf-8")

    bezant.done("vault", "reconcile", "--file", "count.csv", "--metal", "gold")
    said = bezant("vault", "reconcile", "--file", "short.csv", "--metal", "gold")

    assert said.code == 1
    assert "  Nadir K-1 weighs 999000000 µg, written down are 1000000000\n" in said.out
    assert "  X-1 lies there and is not written down as in\n" in said.out
    assert said.out.count("is written down as in and was not counted") == len(serials) - 1


def test_the_counter_is_recounted(bezant: Terminal) -> None:
    assert bezant.done("vault", "recount", "gold").out == "gold: the counter was right\n"


@pytest.mark.parametrize("wrong", [(), (*BAR, "--file", "bars.csv")])
def test_wrong_usage_is_exit_code_2(bezant: Terminal, wrong: tuple[str, ...]) -> None:
    Path("bars.csv").write_text(HEAD, encoding="utf-8")

    assert bezant("vault", "intake", *wrong).code == 2
