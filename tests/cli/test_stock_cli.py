"""`bezant stock`, as whoever keeps the stock uses it."""

from pathlib import Path

import pytest

from tests.cli.counter import Counter
from tests.cli.terminal import Terminal


@pytest.fixture
def numbered(bezant: Terminal, counter: Counter) -> str:
    """A product with serials, of which there is nothing yet."""
    sku = counter.new_product()
    bezant.done("stock", "serials", sku, "--on")
    return sku


def level(bezant: Terminal, sku: str) -> list[str]:
    """A product's name, what is left, held, sold, was received, and whether it has serials."""
    return bezant.done("stock", "list").row_of(sku)[1:]


def a_file(*lines: str) -> str:
    """A file of these lines, where the terminal is."""
    Path("serials.txt").write_text("\r\n".join(lines), encoding="utf-8-sig")
    return "serials.txt"


def test_what_there_is_is_listed(bezant: Terminal, counter: Counter) -> None:
    sku = counter.new_product(stock=9)
    counter.in_cash(sku=sku, amount=2)
    counter.unpaid(sku=sku, amount=3)

    assert level(bezant, sku) == ["Product", "4", "3", "2", "9", "no"]


def test_only_what_is_low_is_listed(bezant: Terminal, counter: Counter) -> None:
    few, more = counter.new_product(stock=2), counter.new_product(stock=3)

    said = bezant.done("stock", "list", "--low", "2").out

    assert (few in said, more in said) == (True, False)


def test_pieces_are_taken_in(bezant: Terminal, counter: Counter) -> None:
    sku = counter.new_product(stock=1)

    said = bezant.done("stock", "receive", sku, "--amount", "4").out

    assert said == f"4 of {sku} taken in; 5 are left to sell\n"
    assert level(bezant, sku) == ["Product", "5", "0", "0", "5", "no"]


def test_pieces_with_serials_are_taken_in_and_found_again(
    bezant: Terminal, counter: Counter, numbered: str
) -> None:
    said = bezant.done("stock", "receive", numbered, "--serials", a_file("B-2", "", " A-1 "))
    order = counter.in_cash(sku=numbered)

    assert said.out == f"2 of {numbered} taken in; 2 are left to sell\n"
    assert level(bezant, numbered) == ["Product", "1", "0", "1", "2", "yes"]
    pieces = bezant.done("stock", "serials", numbered)
    assert pieces.row_of("A-1")[2] == str(order.order_id)
    assert pieces.row_of("B-2")[2] == "-"
    assert "A-1" in bezant.done("order", "show", order.number).out


def test_pieces_that_came_back_are_in_stock_under_their_serials(
    bezant: Terminal, counter: Counter, numbered: str
) -> None:
    bezant.done("stock", "receive", numbered, "--serials", a_file("A-1"))
    number = counter.in_cash(sku=numbered).number
    for status in ("preparing", "packed", "shipped"):
        bezant.done("order", "advance", number, status, "--by", "Elif")
    early = bezant.refused("order", "restock", number)
    bezant.done("order", "refund", number, "--by", "Elif", "--reason", "Sent back")
    assert level(bezant, numbered)[1] == "0"

    said = bezant.done("order", "restock", number).out

    assert early == "bezant: There is nothing of this order to be put into stock again."
    assert said.endswith(" in stock again: 1\n")
    assert bezant.done("stock", "serials", numbered).row_of("A-1")[2] == "-"
    assert level(bezant, numbered) == ["Product", "1", "0", "0", "1", "yes"]


def test_a_product_comes_to_have_serials(bezant: Terminal, counter: Counter) -> None:
    sku = counter.new_product()

    said = bezant.done("stock", "serials", sku, "--on").out

    assert said == f"each piece of {sku} has a serial from now on\n"
    assert level(bezant, sku)[-1] == "yes"
    assert bezant.done("stock", "serials", sku).out == "none\n"


def test_a_refusal_is_one_line_and_takes_nothing_in(
    bezant: Terminal, counter: Counter, numbered: str
) -> None:
    plain = counter.new_product(stock=1)
    bezant.done("stock", "receive", numbered, "--serials", a_file("A-1"))
    for command, line in (
        (
            f"receive {numbered} --amount 1",
            f"The serial numbers do not fit the pieces of {numbered}",
        ),
        (f"receive {plain} --serials {a_file('A-1')}", "The serial numbers do not fit the pieces"),
        ("receive NOTHING --amount 1", "There is no such product: NOTHING"),
        ("serials NOTHING", "There is no such product: NOTHING"),
        ("serials NOTHING --on", "There is no such product: NOTHING"),
        (f"serials {plain} --on", f"There are pieces of {plain} without serial numbers"),
    ):
        assert bezant.refused("stock", *command.split()).startswith(f"bezant: {line}")
    for lines, line in (
        (("A-1",), "The serial numbers do not fit the pieces"),
        (("A-2", "A-2"), "serials: This serial number is there twice: A-2"),
        (("A 2",), "serials: This is no serial number: A 2"),
        ((), "serials: There must be at least one"),
    ):
        said = bezant.refused("stock", "receive", numbered, "--serials", a_file(*lines))
        assert said.startswith(f"bezant: {line}")

    assert level(bezant, numbered) == ["Product", "1", "0", "0", "1", "yes"]
    assert level(bezant, plain) == ["Product", "1", "0", "0", "1", "no"]


def test_wrong_usage_is_exit_code_2(bezant: Terminal) -> None:
    file = a_file("A-1")
    for command in (
        "list --low -1",
        "receive MNT0001",
        f"receive MNT0001 --amount 1 --serials {file}",
        "receive MNT0001 --amount 0",
        "receive MNT0001 --amount 1000001",
        "receive MNT0001 --serials no-such-file",
    ):
        assert bezant("stock", *command.split()).code == 2
