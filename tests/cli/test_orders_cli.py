"""`bezant order`, as staff uses it."""

import re

import pytest

from tests.cli.counter import Counter, Sold
from tests.cli.terminal import Terminal

BY_ELIF = ("--by", "Elif", "--reason", "Changed her mind")


@pytest.fixture(scope="module")
def paid(counter: Counter) -> Sold:
    """An order that was paid in cash, and that no test changes."""
    return counter.in_cash()


def code_of(bezant: Terminal, order: Sold) -> str:
    """What people call the order."""
    return bezant.done("order", "list", "--partner", order.partner).row_of(order.number)[0]


def history_of(bezant: Terminal, order: Sold) -> list[list[str]]:
    """Status and cause of each line of the history."""
    said = bezant.done("order", "show", order.number).out
    lines = said.partition("\nhistory\n")[2].splitlines()[1:]
    return [re.split(r"  +", line.strip())[:2] for line in lines]


def test_orders_are_listed_with_the_newest_first(bezant: Terminal, counter: Counter) -> None:
    first, second = counter.in_cash(), counter.unpaid()

    said = bezant.done("order", "list", "--limit", "2")

    assert said.out.index(second.number) < said.out.index(first.number)
    code, *row = said.row_of(first.number)
    assert re.fullmatch(r"[A-Z0-9]{8}", code)
    assert row[:3] == [first.number, first.partner, first.customer]
    assert row[4:] == ["Payment Confirmed", "2054.38 TRY", "cash success", "-"]
    assert said.row_of(second.number)[5:] == ["Pending", "2054.38 TRY", "credit-card new", "-"]


def test_a_list_is_of_one_partner_or_status_and_no_longer_than_was_asked(
    bezant: Terminal, counter: Counter
) -> None:
    first, second = counter.in_cash(), counter.unpaid()

    def listed(*arguments: str) -> set[str]:
        out = bezant.done("order", "list", *arguments).out
        return {order.number for order in (first, second) if order.number in out}

    assert listed("--partner", first.partner) == {first.number}
    assert listed("--status", "pending") == {second.number}
    assert listed("--status", "Payment-Confirmed") == {first.number}
    assert listed("--status", "12", "--partner", second.partner) == set()
    assert listed("--limit", "1") == {second.number}
    nothing = bezant.done("order", "list", "--status", "2", "--partner", first.partner)
    assert nothing.out == "none\n"


def test_an_order_is_shown_whole_by_any_of_its_names(bezant: Terminal, counter: Counter) -> None:
    order = counter.by_card()
    code = code_of(bezant, order)

    shown = bezant.done("order", "show", code)

    for fact in (
        f"code           {code}",
        f"number         {order.number}",
        f"partner        {order.partner}",
        f"partner's id   {order.external_id}",
        "status         Payment Confirmed",
        f"customer       {order.customer} John Due",
        "to pay         2054.38 TRY",
        "ship to        John Due, açık adres, District, Çankaya, Ankara, +905071112233",
    ):
        assert fact in shown.out.splitlines()
    assert shown.row_of("MNT0001")[2:] == ["1", "2054.38 TRY", "0 TRY", "2054.38 TRY", "-"]
    assert "552874******0003  no 3-D, 1x" in shown.out
    assert "5528740000000003" not in shown.out
    assert history_of(bezant, order) == [["Pending", "complete"], ["Payment Confirmed", "payment"]]
    for name in (order.number, order.number.lower(), code.lower()):
        assert bezant.done("order", "show", name).out == shown.out
    named = bezant.done("order", "show", order.external_id, "--partner", order.partner)
    assert named.out == shown.out


def test_an_order_is_shipped(bezant: Terminal, counter: Counter) -> None:
    order = counter.in_cash()
    code = code_of(bezant, order)

    said = bezant.done("order", "advance", code, "preparing", "--by", "Elif").out
    bezant.done("order", "advance", code, "packed", "--by", "Elif")
    bezant.done(
        *("order", "advance", code, "shipped", "--by", "Can"),
        *("--cargo-number", "TR1", "--cargo-url", "https://cargo.test/TR1"),
    )

    assert said == f"order {code} was Payment Confirmed and is Preparing\n"
    assert "parcel         TR1 https://cargo.test/TR1" in bezant.done("order", "show", code).out
    assert history_of(bezant, order) == [
        ["Payment Confirmed", "complete"],
        ["Preparing", "Elif"],
        ["Packed", "Elif"],
        ["Shipped", "Can"],
    ]


def test_cash_is_refunded_in_parts_and_then_all_that_is_left(
    bezant: Terminal, counter: Counter
) -> None:
    order = counter.in_cash()
    code = code_of(bezant, order)

    part = bezant.done("order", "refund", code, "--amount", "54.3", *BY_ELIF)
    rest = bezant.done("order", "refund", code, *BY_ELIF)

    assert part.out == f"54.3 TRY of order {code} went back; it is Payment Confirmed\n"
    assert rest.out == f"2000.08 TRY of order {code} went back; it is Refunded\n"
    shown = bezant.done("order", "show", code)
    assert "refunded       2054.38 TRY" in shown.out
    assert shown.out.count("Changed her mind") == 2
    assert bezant.done("order", "list", "--limit", "1").row_of(code)[-1] == "2054.38 TRY"


def test_a_cards_refund_is_kept_until_its_acquirer_answers(
    bezant: Terminal, counter: Counter
) -> None:
    order = counter.by_card()

    said = bezant.done("order", "refund", order.number, *BY_ELIF)

    assert "2054.38 TRY of order " in said.out
    assert "is to go back; it is Refunding" in said.out
    assert "asked" in bezant.done("order", "show", order.number).out


def test_an_unpaid_order_is_cancelled_and_a_paid_one_is_refunded(
    bezant: Terminal, counter: Counter
) -> None:
    unpaid, paid = counter.unpaid(), counter.in_cash()

    cancelled = bezant.done("order", "cancel", unpaid.number, *BY_ELIF)
    refunded = bezant.done("order", "cancel", paid.number, *BY_ELIF)

    code = code_of(bezant, unpaid)
    assert cancelled.out == f"order {code} is Cancelled; nothing was paid for it\n"
    assert history_of(bezant, unpaid)[-1] == ["Cancelled", "Elif: Changed her mind"]
    assert refunded.out.endswith("went back; it is Refunded\n")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("show NOSUCH00", "There is no such order."),
        ("show {external_id}", "There is no such order."),
        ("show {number} --partner nobody", "There is no such partner: nobody"),
        ("list --partner nobody", "There is no such partner: nobody"),
        (
            "advance {number} shipped --by Elif",
            "An order that is Payment Confirmed cannot become Shipped.",
        ),
        (
            "advance {number} refunded --by Elif",
            "Refunded follows from payments and refunds; it is not set by hand.",
        ),
        ("advance {number} preparing --by=", "by: This must have between 1 and 110 characters."),
        (
            "advance {number} preparing --by Elif --cargo-url ftp://c.test",
            "cargo-url: This is not in the expected form.",
        ),
        (
            "refund {number} --by Elif --reason R --amount 2054.39",
            "At most 2054.38 TRY can be refunded.",
        ),
        *(
            (
                f"refund {{number}} --by Elif --reason R --amount={amount}",
                "amount: It must be an amount above zero with at most two decimals, as 12.34.",
            )
            for amount in ("0", "0.00", "1.234", "1,5", "1e3", "-1", "٣", "", "1.", "TRY")
        ),
        ("refund {number} --by= --reason R", "by: This must have between 1 and 110 characters."),
        (
            "refund {number} --by E --reason=",
            "reason: This must have between 1 and 500 characters.",
        ),
        (
            "cancel {number} --by E --reason=",
            "reason: This must have between 1 and 500 characters.",
        ),
        ("cancel NOSUCH00 --by E --reason R", "There is no such order."),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    bezant: Terminal, paid: Sold, command: str, line: str
) -> None:
    words = command.format(number=paid.number, external_id=paid.external_id).split()

    assert bezant.refused("order", *words) == f"bezant: {line}"
    assert history_of(bezant, paid) == [["Payment Confirmed", "complete"]]


def test_what_is_over_is_not_cancelled_again(bezant: Terminal, counter: Counter) -> None:
    unpaid, paid = counter.unpaid(), counter.in_cash()
    for order in (unpaid, paid):
        bezant.done("order", "cancel", order.number, *BY_ELIF)

    assert bezant.refused("order", "cancel", unpaid.number, *BY_ELIF) == (
        "bezant: An order that is Cancelled cannot become Refunding."
    )
    assert bezant.refused("order", "cancel", paid.number, *BY_ELIF) == (
        "bezant: At most 0 TRY can be refunded."
    )


def test_a_code_that_two_orders_share_has_to_be_told_apart(
    bezant: Terminal, counter: Counter
) -> None:
    orders = [counter.in_cash(), counter.in_cash()]
    bezant.look(
        lambda tx: tx.execute(
            "UPDATE sales_order SET order_code = 'TWICE000' WHERE order_id = ANY ($1)",
            [order.order_id for order in orders],
        )
    )

    line = bezant.refused("order", "show", "TWICE000")

    assert all(f"{order.number} of {order.partner}" in line for order in orders)
    for order in orders:
        shown = bezant.done("order", "show", "TWICE000", "--partner", order.partner)
        assert order.number in shown.out


@pytest.mark.parametrize(
    "command",
    [
        "order",
        "order show",
        "order list --limit 0",
        "order list --limit 1001",
        "order list --status lost",
        "order advance CODE1234 lost --by Elif",
        "order advance CODE1234 shipped",
        "order refund CODE1234 --by Elif",
        "order cancel CODE1234 --reason R",
    ],
)
def test_wrong_usage_is_exit_code_2(bezant: Terminal, command: str) -> None:
    assert bezant(*command.split()).code == 2
