"""`bezant spread`, as whoever sets the prices of digital metal uses it."""

import pytest

from tests.cli.terminal import Terminal


def test_a_spread_is_set_changed_listed_and_stopped(bezant: Terminal) -> None:
    bezant.done("partner", "create", "spread-bank", "--name", "Spread Bank")
    first = bezant.done("spread", "set", "spread-bank", "GAU", "--buy", "100", "--sell", "90")
    bezant.done("spread", "set", "spread-bank", "GAU", "--buy", "60", "--sell", "40")
    listed = bezant.done("spread", "list", "spread-bank")
    stopped = bezant.done("spread", "stop", "spread-bank", "GAU")
    again = bezant.done("spread", "stop", "spread-bank", "GAU")

    assert first.out == "spread-bank: GAU is bought 100 above and sold 90 below the market\n"
    assert listed.row_of("GAU") == ["GAU", "60", "40"]
    assert (stopped.out, again.out) == (
        "spread-bank: GAU stopped\n",
        "spread-bank: GAU was not traded\n",
    )


@pytest.mark.parametrize(
    "wrong",
    [("TRY", "--buy", "1", "--sell", "1"), ("GAU", "--buy", "-1", "--sell", "1"), ("GAU",)],
)
def test_wrong_usage_is_exit_code_2(bezant: Terminal, wrong: tuple[str, ...]) -> None:
    assert bezant("spread", "set", "spread-bank", *wrong).code == 2


def test_an_unknown_partner_is_refused(bezant: Terminal) -> None:
    assert bezant("spread", "list", "nobody").code == 1
