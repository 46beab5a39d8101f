"""Buying and selling: the order, the books, and what is refused."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from bezant.ledger.model import HOUSE, PARTNER, SETTLEMENT
from tests.api.market import Market
from tests.api.places import at
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply
from tests.trading.desk import BUY, Desk

ORDER_KEYS = [
    "guid",
    "order_code",
    "external_id",
    "type",
    "price",
    "tax",
    "total",
    "payment_cost",
    "currency_code",
    "status_name",
    "order_at",
    "items",
    "customer",
    "payment_type",
    "payment",
    "delivery",
    "address",
    "description",
    "id",
    "channel",
    "tx_type",
    "price_token",
    "currency_rate",
    "currency_total",
    "status_id",
]


def the_order(reply: Reply) -> Mapping[str, object]:
    """The one order of an answer."""
    assert reply.status == 200, reply.body
    orders = reply.data["orders"]
    assert isinstance(orders, list)
    (order,) = orders
    assert isinstance(order, Mapping)
    return order


async def test_buying_answers_with_the_published_fields_in_their_order(desk: Desk) -> None:
    token = await desk.fix()

    reply = await desk.buy(0.1, price_token=token, external_id="one", topup={"price": 202})

    assert reply.status == 200, reply.body
    data = reply.data
    assert list(data) == ["order_code", "guid", "price", "tax", "total", "order_at", "orders"]
    assert (data["price"], data["tax"], data["total"]) == (202, 0, 202)
    assert data["order_at"] == "2026-06-01 12:00:00"
    order = the_order(reply)
    assert list(order) == ORDER_KEYS
    assert ([order["order_code"]], [order["guid"]]) == (data["order_code"], data["guid"])
    assert order["guid"] == str(UUID(str(order["guid"]))).upper()
    assert (order["type"], order["tx_type"], order["external_id"]) == ("Buy", "buy", "one")
    assert (order["status_id"], order["status_name"]) == (5, "Completed")
    assert (order["description"], order["price_token"]) == ("0.1gr - #GAU", token)
    assert order["address"] == {"billing": None, "shipping": None}
    assert order["items"] == [
        {
            "sku": "GAU",
            "product_id": 3000001,
            "product_name": "Digital Gold",
            "spot_price": 2000,
            "price": 2020,
            "tax_rate": 0,
            "tax": 0,
            "amount": 0.1,
            "total": 202,
        }
    ]
    assert at(order, "customer", "external_id") == desk.customer


async def test_a_stranger_is_entered_and_metal_and_cash_change_hands(desk: Desk) -> None:
    reply = await desk.buy(1, topup={"price": 2500})

    assert reply.status == 200, reply.body
    assert await desk.balances() == {"GAU": 1_000_000, "TRY": 48_000}
    assert await desk.balances(HOUSE) == {"GAU": -1_000_000, "TRY": 202_000}
    assert await desk.balances(SETTLEMENT) == {"TRY": -250_000}
    found = await desk.partner.get(f"/partner/customer/{desk.customer}")
    assert found.data["fullname"] == "John Due"


async def test_what_is_in_the_cash_account_pays(desk: Desk) -> None:
    assert (await desk.buy(1, topup={"price": 5000})).status == 200

    second = await desk.buy(1, topup=None)
    third = await desk.buy(1, topup=None)

    assert second.status == 200
    assert (third.status, third.body["code"]) == (409, 40940)
    assert await desk.balances() == {"GAU": 2_000_000, "TRY": 96_000}


async def test_an_order_that_cannot_be_paid_leaves_its_fix_unused(desk: Desk) -> None:
    token = await desk.fix()

    refused = await desk.buy(1, price_token=token, topup={"price": 1})
    paid = await desk.buy(1, price_token=token, topup={"price": 2020})

    assert (refused.status, refused.body["code"]) == (409, 40940)
    assert paid.status == 200
    assert await desk.balances() == {"GAU": 1_000_000}


async def test_selling_brings_cash(desk: Desk) -> None:
    assert (await desk.buy(1, topup={"price": 2020})).status == 200

    reply = await desk.sell(0.25)

    assert reply.status == 200, reply.body
    assert (reply.data["price"], reply.data["total"]) == (495, 495)
    assert the_order(reply)["type"] == "Sell"
    assert await desk.balances() == {"GAU": 750_000, "TRY": 49_500}


async def test_more_than_there_is_is_not_sold(desk: Desk) -> None:
    assert (await desk.buy(1)).status == 200

    reply = await desk.sell(1.0001)

    assert (reply.status, reply.body["code"]) == (409, 40940)


async def test_a_stranger_sells_nothing(desk: Desk) -> None:
    reply = await desk.sell(1)

    assert (reply.status, reply.body["code"]) == (404, 40402)


async def test_a_partner_trades_for_itself_and_settles_later(desk: Desk) -> None:
    fixes = [await desk.fix(customer_external_id=None) for _ in range(2)]

    bought = await desk.buy(2, price_token=fixes[0], customer=None, topup=None)
    sold = await desk.sell(0.5, price_token=fixes[1], customer=None)

    assert (bought.status, sold.status) == (200, 200), (bought.body, sold.body)
    assert the_order(bought)["customer"] is None
    assert await desk.balances(PARTNER) == {"GAU": 1_500_000}
    assert await desk.balances(SETTLEMENT) == {"TRY": 99_000 - 404_000}


async def test_only_a_customer_is_topped_up(desk: Desk) -> None:
    token = await desk.fix(customer_external_id=None)

    reply = await desk.buy(1, price_token=token, customer=None)

    assert (reply.status, list(reply.errors)) == (422, ["topup"])


async def test_several_assets_are_bought_together(desk: Desk) -> None:
    reply = await desk.buy(items=[{"sku": "GAU", "amount": 0.1}, {"sku": "GAG", "amount": 10}])

    assert reply.status == 200, reply.body
    assert reply.data["total"] == 505
    order = the_order(reply)
    assert order["description"] == "0.1gr - #GAU, 10gr - #GAG"


async def test_the_amount_of_a_fix_for_a_total_may_be_left_out(desk: Desk) -> None:
    token = await desk.fix(total=1000)

    reply = await desk.buy(price_token=token, items=[{"sku": "GAU"}], topup={"price": 1000})

    # 1000 ÷ 2020 is 0.49504…, and 0.4950 × 2020 is 999.90.
    assert reply.data["total"] == 999.9
    assert await desk.balances() == {"GAU": 495_000, "TRY": 10}


async def test_an_amount_of_nothing_is_not_what_the_total_buys(desk: Desk) -> None:
    token = await desk.fix(total=1000)

    reply = await desk.buy(0, price_token=token, topup={"price": 1000})

    assert (reply.status, list(reply.errors)) == (422, ["items.0.amount"])
    assert await desk.orders() == 0


async def test_without_a_total_the_amount_has_to_be_said(desk: Desk) -> None:
    reply = await desk.buy(items=[{"sku": "GAU"}])

    assert (reply.status, list(reply.errors)) == (422, ["items.0.amount"])


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([{"sku": "GAU", "amount": 0.00015}], "items.0.amount"),
        ([{"sku": "GAU", "amount": 0.0000001}], "items.0.amount"),
        ([{"sku": "GAU", "amount": 0}], "items.0.amount"),
        ([{"sku": "GAU", "amount": -1}], "items.0.amount"),
        ([{"sku": "GAU", "amount": 10001}], "items.0.amount"),
        ([{"sku": "GAG", "amount": 0.001}], "items.0.amount"),
        ([{"sku": "XAU", "amount": 1}], "items.0.sku"),
        ([{"sku": "TRY", "amount": 1}], "items.0.sku"),
        ([{"sku": "GAU", "amount": 1}, {"sku": "GAU", "amount": 1}], "items.1.sku"),
        ([], "items"),
    ],
)
async def test_what_cannot_be_ordered_is_named(
    desk: Desk, items: list[dict[str, object]], field: str
) -> None:
    reply = await desk.buy(items=items)

    assert (reply.status, list(reply.errors)) == (422, [field]), reply.body
    assert await desk.orders() == 0


async def test_a_fix_makes_one_order(desk: Desk) -> None:
    token = await desk.fix()
    assert (await desk.buy(price_token=token)).status == 200

    reply = await desk.buy(price_token=token)

    assert (reply.status, reply.body["code"]) == (409, 40950)
    assert await desk.orders() == 1


async def test_the_price_is_the_fixes_however_the_market_moves(desk: Desk, market: Market) -> None:
    token = await desk.fix()
    await market.moves(gold=30_000_000)

    reply = await desk.buy(price_token=token)
    await market.moves()

    assert reply.data["total"] == 2020


async def test_a_fix_is_over_after_240_seconds(
    desk: Desk, market: Market, clock: FakeClock
) -> None:
    tokens = [await desk.fix() for _ in range(2)]
    clock.advance(seconds=239)
    await market.moves()
    in_time = await desk.buy(price_token=tokens[0])
    clock.advance(seconds=1)
    late = await desk.buy(price_token=tokens[1])

    assert in_time.status == 200
    assert (late.status, late.body["code"]) == (410, 41001)


async def test_a_closed_market_is_not_traded_in_even_with_a_fix(
    desk: Desk, market: Market, clock: FakeClock
) -> None:
    token = await desk.fix()
    clock.advance(seconds=200)

    reply = await desk.buy(price_token=token)

    assert (reply.status, reply.body["code"]) == (503, 50301)


async def test_a_fix_for_another_customer_is_not_found(desk: Desk) -> None:
    token = await Desk(desk.db, desk.clock, desk.partner).fix()

    reply = await desk.buy(price_token=token)

    assert (reply.status, reply.body["code"]) == (404, 40420)


async def test_another_currency_than_the_fixes_is_refused(desk: Desk) -> None:
    reply = await desk.buy(currency_code="USD")

    assert (reply.status, list(reply.errors)) == (422, ["currency_code"])


async def test_the_same_call_again_has_the_same_answer(desk: Desk, clock: FakeClock) -> None:
    token, name = await desk.fix(), desk.name()
    first = await desk.buy(price_token=token, external_id=name)
    clock.advance(seconds=600)

    again = await desk.buy(price_token=token, external_id=name)

    assert again.status == 200
    assert again.body == first.body
    assert await desk.orders() == 1


async def test_the_same_id_with_something_else_is_refused(desk: Desk) -> None:
    token, name = await desk.fix(), desk.name()
    assert (await desk.buy(price_token=token, external_id=name)).status == 200

    other_amount = await desk.buy(2, price_token=token, external_id=name)
    other_fix = await desk.buy(external_id=name)
    other_kind = await desk.sell(price_token=token, external_id=name)

    for reply in (other_amount, other_fix, other_kind):
        assert (reply.status, reply.body["code"]) == (409, 40908)
    assert await desk.orders() == 1


async def test_an_id_that_is_a_path_is_refused(desk: Desk) -> None:
    reply = await desk.buy(external_id="statuses")

    assert (reply.status, list(reply.errors)) == (422, ["external_id"])


async def test_an_order_is_found_by_each_of_its_names(desk: Desk) -> None:
    name = desk.name()
    bought = the_order(await desk.buy(external_id=name))

    by_path = await desk.partner.get(f"/partner/order/{name}")

    assert by_path.data == dict(bought) | {"order_at": "01-06-2026 12:00"}
    for key in ("guid", "order_code", "external_id"):
        reply = await desk.partner.post("/partner/order", **{key: bought[key]})
        assert reply.body == by_path.body, key
    both = await desk.partner.post("/partner/order", guid=bought["guid"], external_id="other")
    assert (both.status, both.body["code"]) == (404, 40407)
    none = await desk.partner.post("/partner/order")
    assert (none.status, set(none.errors)) == (422, {"guid", "order_code", "external_id"})


async def test_an_order_without_an_id_of_the_partners_is_made(desk: Desk) -> None:
    reply = await desk.buy(external_id=None)

    order = the_order(reply)
    assert order["external_id"] is None
    found = await desk.partner.post("/partner/order", guid=order["guid"])
    assert found.data["guid"] == order["guid"]
    with_a_name = await desk.partner.post(
        "/partner/order", guid=order["guid"], external_id="unknown"
    )
    assert with_a_name.status == 404


async def test_the_statuses_are_listed_by_id(partner: PartnerClient) -> None:
    reply = await partner.get("/partner/order/statuses")

    assert reply.items[0] == {"id": 1, "name": "Created", "text": "Created"}
    assert reply.items[4] == {"id": 5, "name": "Completed", "text": "Completed"}
    assert [each["id"] for each in reply.items] == list(range(1, 13))


async def test_a_customers_own_data_are_checked_where_they_stand(desk: Desk) -> None:
    token = await desk.fix()
    body = {"price_token": token, "items": [{"sku": "GAU", "amount": 1}]}

    reply = await desk.partner.post(BUY, **body, customer={"external_id": desk.customer})

    assert (reply.status, "customer.firstname" in reply.errors) == (422, True)


@pytest.mark.usefixtures("pounds")
async def test_a_fix_in_another_currency_is_paid_in_it(desk: Desk) -> None:
    said, unsaid = [await desk.fix(currency="GBP") for _ in range(2)]

    first = await desk.buy(price_token=said, currency_code="GBP", topup={"price": 50.5})
    second = await desk.buy(price_token=unsaid, topup={"price": 60})

    assert (first.status, second.status) == (200, 200), (first.body, second.body)
    order = the_order(second)
    assert (order["total"], order["currency_code"]) == (50.5, "GBP")
    assert await desk.balances() == {"GAU": 2_000_000, "GBP": 950}
