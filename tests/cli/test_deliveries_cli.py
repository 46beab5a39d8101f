"""`bezant order`, of deliveries of digital metal."""

import pytest

from tests.cli.counter import Counter, Delivery
from tests.cli.terminal import Terminal

BY_ELIF = ("--by", "Elif")


@pytest.fixture(scope="module")
def waiting(counter: Counter) -> Delivery:
    """A delivery that no test takes on."""
    return counter.delivery()


def test_deliveries_under_way_are_listed(
    bezant: Terminal, counter: Counter, waiting: Delivery
) -> None:
    over = counter.delivery()
    bezant.done("order", "advance", over.code, "cancelled", *BY_ELIF)

    said = bezant.done("order", "deliveries", "--partner", waiting.partner)
    everything = bezant.done("order", "deliveries", "--all")

    row = said.row_of(waiting.code)
    assert row[1:4] == [waiting.partner, waiting.external_id, waiting.customer]
    assert row[5:] == ["ordered", f"1 {waiting.sku}", "1 GAU", "John Due, Ankara"]
    assert over.code not in bezant.done("order", "deliveries").out
    assert everything.row_of(over.code)[5] == "cancelled"


def test_a_delivery_is_shipped_and_delivered(bezant: Terminal, counter: Counter) -> None:
    delivery = counter.delivery()
    name = (delivery.external_id, "--partner", delivery.partner)

    def advance(status: str, *more: str) -> str:
        code, *partner = name
        return bezant.done("order", "advance", code, status, *partner, *BY_ELIF, *more).out

    prepared = advance("preparing")
    shipped = advance("shipped", "--carrier", "PTT", "--tracking-number", "TR42")
    row = bezant.done("order", "deliveries").row_of(delivery.code)
    done = advance("delivered")

    assert f"delivery {delivery.code} was Created and is Preparing" in prepared
    assert "was Preparing and is Shipped" in shipped
    assert row[5] == "shipped PTT TR42"
    assert "was Shipped and is Completed" in done
    refused = bezant.refused("order", "advance", delivery.code, "cancelled", *BY_ELIF)
    assert "delivered cannot become cancelled" in refused


def test_all_that_is_known_of_a_delivery_is_shown(bezant: Terminal, waiting: Delivery) -> None:
    said = bezant.done("order", "show", waiting.external_id, "--partner", waiting.partner)

    assert said.word_after("code") == waiting.code
    assert said.word_after("status") == "ordered"
    assert "ship to        John Due, açık adres, District, Çankaya, Ankara, +90507" in said.out
    assert said.row_of(waiting.sku)[2:] == ["1", "1", "GAU", "-"]
    assert "minting        0 TRY" in said.out
    assert "\nordered  partner  " in said.out


def test_a_status_that_no_delivery_has_is_refused(bezant: Terminal, waiting: Delivery) -> None:
    for status in ("packed", "created", "refunded"):
        bezant.refused("order", "advance", waiting.code, status, *BY_ELIF)


def test_what_there_is_not_is_not_taken_on(bezant: Terminal, waiting: Delivery) -> None:
    bezant.refused("order", "advance", "NOTTHERE", "shipped", *BY_ELIF)
    # Its own id is a name only beside its partner.
    bezant.refused("order", "advance", waiting.external_id, "shipped", *BY_ELIF)


def test_an_order_of_the_shop_has_no_carrier(bezant: Terminal, counter: Counter) -> None:
    sold = counter.in_cash()

    said = bezant.refused("order", "advance", sold.number, "preparing", *BY_ELIF, "--carrier", "x")

    assert "carrier" in said


def test_the_audit_knows_deliveries(bezant: Terminal, waiting: Delivery) -> None:
    said = bezant.done("audit")

    assert "the grams of a delivery are blocked until they are shipped" in said.out


def test_a_product_is_minted_to_order_until_that_is_ended(
    bezant: Terminal, counter: Counter
) -> None:
    sku = counter.new_product()

    on = bezant.done("stock", "mint-to-order", sku)
    off = bezant.done("stock", "mint-to-order", sku, "--off")

    assert f"{sku} is minted to order" in on.out
    assert f"{sku} is delivered from stock alone" in off.out
    assert "NOTHING" in bezant.refused("stock", "mint-to-order", "NOTHING")
