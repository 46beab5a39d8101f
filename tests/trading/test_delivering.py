"""Grams that become a product: what can be had, what it costs, the order, and how it ends."""

from collections.abc import Mapping

import pytest

from bezant.catalog import service as catalog
from bezant.catalog.model import NoSuchProduct, TaxClass
from bezant.delivery.model import NoWayForShipment, ShipmentStatus
from bezant.kernel.db import Database
from bezant.kernel.errors import Invalid
from bezant.kernel.metal import Metal
from bezant.ledger.model import HOUSE, SETTLEMENT
from bezant.orders.model import NoSuchOrder
from bezant.pricing.model import Part
from tests.api.market import Market
from tests.api.places import at
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.trading.deliveries import (
    CALCULATE,
    HAS,
    WALLETS,
    Shop,
    advance,
    blocked,
    body_for,
    order,
    ordered,
    stock_of,
)
from tests.trading.desk import Desk, open_trading

CREATED_KEYS = [
    "id",
    "guid",
    "order_code",
    "external_id",
    "channel",
    "tx_type",
    "price_token",
    "price",
    "tax",
    "total",
    "currency_rate",
    "currency_total",
    "status_id",
    "status_name",
    "order_at",
    "items",
]
DELIVERY_KEYS = [
    "status_id",
    "status_name",
    "cargo_tracking_url",
    "cargo_tracking_number",
    "sync_status",
    "products",
]


async def test_ordering_answers_with_the_published_fields_in_their_order(shop: Shop) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku, amount=2)

    assert list(delivery) == CREATED_KEYS
    assert {name: delivery[name] for name in CREATED_KEYS[4:-1]} == {
        "channel": "web",
        "tx_type": "delivery",
        "price_token": None,
        "price": 260,
        "tax": 0,
        "total": 260,
        "currency_rate": 1,
        "currency_total": 260,
        "status_id": 1,
        "status_name": "Created",
        "order_at": "2026-06-01T12:00:00+03:00",
    }
    assert delivery["items"] == [
        {
            "sku": "GAU",
            "product_id": 3000001,
            "product_name": "Digital Gold",
            "spot_price": 0,
            "price": 0,
            "tax_rate": 0,
            "tax": 0,
            "amount": 2,
            "total": 260,
        }
    ]


async def test_grams_are_blocked_pieces_promised_and_the_cost_is_paid_at_once(shop: Shop) -> None:
    await ordered(shop.desk, shop.bar.sku, amount=2)

    assert await shop.desk.balances() == HAS | {"TRY": HAS["TRY"] - 260_00}
    assert await blocked(shop.desk) == {"GAU": 2}
    assert await stock_of(shop.desk, shop.bar.sku) == 8


async def test_an_order_is_read_with_its_delivery_and_addresses(shop: Shop) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku, amount=2)

    by_path = await shop.desk.partner.get(f"/partner/order/{delivery['external_id']}")
    by_guid = await shop.desk.partner.post("/partner/order", guid=delivery["guid"])

    assert by_path.status == 200, by_path.body
    assert by_guid.body == by_path.body
    found = by_path.data
    assert (found["type"], found["tx_type"], found["payment_type"]) == (
        "Delivery",
        "delivery",
        "cash",
    )
    assert found["description"] == "2gr - #GAU"
    sheet = found["delivery"]
    assert isinstance(sheet, Mapping)
    assert list(sheet) == DELIVERY_KEYS
    assert sheet == {
        "status_id": 1,
        "status_name": "Created",
        "cargo_tracking_url": None,
        "cargo_tracking_number": None,
        "sync_status": False,
        "products": [
            {
                "product_id": shop.bar.product_id,
                "sku": shop.bar.sku,
                "product_name": "Bar",
                "amount": 2,
            }
        ],
    }
    assert at(found, "address", "shipping", "city") == "Ankara"
    assert at(found, "address", "billing", "invoice_type") == "Individual"


async def test_deliveries_are_listed_among_the_orders(shop: Shop) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku)

    reply = await shop.desk.partner.get("/partner/orders", type="Delivery")

    assert [each["guid"] for each in reply.items] == [delivery["guid"]]
    everything = await shop.desk.partner.get("/partner/orders")
    assert len(everything.items) == 2


async def test_shipping_takes_the_grams_and_says_how_the_parcel_is_followed(shop: Shop) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku, amount=2)
    house = (await shop.desk.balances(HOUSE))["GAU"]
    await advance(shop.desk, delivery, ShipmentStatus.PREPARING)
    assert await blocked(shop.desk) == {"GAU": 2}

    await advance(
        shop.desk,
        delivery,
        ShipmentStatus.SHIPPED,
        carrier="Yurtiçi",
        tracking_number="TR42",
        tracking_url="https://cargo.example/TR42",
    )

    assert (await shop.desk.balances())["GAU"] == 3_000_000
    assert await blocked(shop.desk) == {}
    assert (await shop.desk.balances(HOUSE))["GAU"] == house + 2_000_000
    found = (await shop.desk.partner.post("/partner/order", guid=delivery["guid"])).data
    assert (found["status_name"], at(found, "delivery", "status_name")) == ("Shipped", "Shipped")
    assert at(found, "delivery", "cargo_tracking_number") == "TR42"
    assert at(found, "delivery", "cargo_tracking_url") == "https://cargo.example/TR42"
    assert at(found, "delivery", "sync_status") is True
    done = await advance(shop.desk, delivery, ShipmentStatus.DELIVERED)
    assert done.status.shown == "Completed"
    assert await stock_of(shop.desk, shop.bar.sku) == 8


@pytest.mark.parametrize("before", [None, ShipmentStatus.PREPARING])
async def test_cancelling_gives_everything_back(shop: Shop, before: ShipmentStatus | None) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku, amount=2, topup={"price": 100})
    if before is not None:
        await advance(shop.desk, delivery, before)

    await advance(shop.desk, delivery, ShipmentStatus.CANCELLED)

    assert await shop.desk.balances() == HAS | {"TRY": HAS["TRY"] + 100_00}
    assert await blocked(shop.desk) == {}
    assert await stock_of(shop.desk, shop.bar.sku) == 10
    found = (await shop.desk.partner.post("/partner/order", guid=delivery["guid"])).data
    assert found["status_name"] == "Cancelled"


@pytest.mark.parametrize(
    ("way", "to"),
    [
        ([], ShipmentStatus.DELIVERED),
        ([ShipmentStatus.PREPARING], ShipmentStatus.DELIVERED),
        ([ShipmentStatus.SHIPPED], ShipmentStatus.CANCELLED),
        ([ShipmentStatus.SHIPPED], ShipmentStatus.SHIPPED),
        ([ShipmentStatus.SHIPPED], ShipmentStatus.PREPARING),
        ([ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED], ShipmentStatus.CANCELLED),
        ([ShipmentStatus.CANCELLED], ShipmentStatus.SHIPPED),
        ([ShipmentStatus.CANCELLED], ShipmentStatus.CANCELLED),
    ],
)
async def test_there_is_no_other_way(
    shop: Shop, way: list[ShipmentStatus], to: ShipmentStatus
) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku)
    for each in way:
        await advance(shop.desk, delivery, each)
    before = await shop.desk.balances()

    with pytest.raises(NoWayForShipment):
        await advance(shop.desk, delivery, to)

    assert await shop.desk.balances() == before


async def test_a_purchase_is_no_delivery(shop: Shop) -> None:
    bought = (await shop.desk.buy(1)).data["guid"]
    assert isinstance(bought, list)

    with pytest.raises(NoSuchOrder):
        await advance(shop.desk, {"guid": bought[0]}, ShipmentStatus.SHIPPED)


@pytest.mark.parametrize(
    ("parcel", "field"),
    [
        ({"tracking_url": "javascript:alert(1)"}, "tracking-url"),
        ({"tracking_number": "1" * 111}, "tracking-number"),
        ({"carrier": "c" * 61}, "carrier"),
    ],
)
async def test_what_cannot_be_said_of_a_parcel_is_named(
    shop: Shop, parcel: dict[str, str], field: str
) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku)

    with pytest.raises(Invalid) as refused:
        await advance(shop.desk, delivery, ShipmentStatus.SHIPPED, **parcel)

    assert list(refused.value.fields) == [field]


async def test_more_than_the_real_balance_is_not_delivered(shop: Shop) -> None:
    await ordered(shop.desk, shop.bar.sku, amount=3)

    reply = await order(shop.desk, shop.bar.sku, amount=3)

    assert (reply.status, reply.body["code"]) == (409, 40940)
    assert "GAU" in str(reply.body["message"])
    assert await stock_of(shop.desk, shop.bar.sku) == 7
    assert await shop.desk.orders() == 2


async def test_what_is_blocked_is_not_sold(shop: Shop) -> None:
    await ordered(shop.desk, shop.bar.sku, amount=3)

    reply = await shop.desk.sell(3)

    assert (reply.status, reply.body["code"]) == (409, 40940)


async def test_without_the_cash_for_it_nothing_is_blocked(shop: Shop) -> None:
    dear = await shop.shelf.put(stock=1, parts={Part.SHIPPING: (1_000_000_00, 0)})

    reply = await order(shop.desk, dear.sku)

    assert (reply.status, reply.body["code"]) == (409, 40940)
    assert "TRY" in str(reply.body["message"])
    assert await blocked(shop.desk) == {}
    assert await stock_of(shop.desk, dear.sku) == 1


async def test_what_the_partner_collected_pays_for_it(shop: Shop) -> None:
    settled = (await shop.desk.balances(SETTLEMENT))["TRY"]

    await ordered(shop.desk, shop.bar.sku, topup={"price": 130})

    assert await shop.desk.balances() == HAS
    assert (await shop.desk.balances(SETTLEMENT))["TRY"] == settled - 130_00


async def test_a_delivery_that_costs_nothing_moves_no_cash(shop: Shop) -> None:
    free = await shop.shelf.put(stock=1)

    delivery = await ordered(shop.desk, free.sku)
    await advance(shop.desk, delivery, ShipmentStatus.CANCELLED)

    assert delivery["total"] == 0
    assert await shop.desk.balances() == HAS


async def test_a_product_that_is_not_in_stock_is_refused(shop: Shop) -> None:
    reply = await order(shop.desk, (await shop.shelf.put(stock=1)).sku, amount=2)

    assert (reply.status, reply.body["code"]) == (409, 40902)
    assert await blocked(shop.desk) == {}


async def test_what_is_minted_to_order_needs_no_stock(shop: Shop) -> None:
    coin = await shop.shelf.put(stock=1)
    async with shop.desk.db.transaction() as tx:
        await catalog.mint_to_order(tx, coin.sku, minted=True)

    stocked = await ordered(shop.desk, coin.sku)
    minted = await ordered(shop.desk, coin.sku, amount=2)
    dropped = await ordered(shop.desk, coin.sku)

    assert await stock_of(shop.desk, coin.sku) == 0
    assert await blocked(shop.desk) == {"GAU": 4}
    reply = await shop.desk.partner.post(WALLETS, external_customer_id=shop.desk.customer)
    products = reply.items[0]["products"]
    assert isinstance(products, list)
    assert [each["most"] for each in products if each["sku"] == coin.sku] == [1]
    await advance(shop.desk, minted, ShipmentStatus.SHIPPED)
    await advance(shop.desk, stocked, ShipmentStatus.SHIPPED)
    await advance(shop.desk, dropped, ShipmentStatus.CANCELLED)
    assert (await shop.desk.balances())["GAU"] == 2_000_000
    assert await stock_of(shop.desk, coin.sku) == 0


async def test_what_there_is_not_is_not_minted(db: Database) -> None:
    with pytest.raises(NoSuchProduct):
        async with db.transaction() as tx:
            await catalog.mint_to_order(tx, "NOTHING", minted=True)


async def test_a_wallet_of_another_metal_is_refused(shop: Shop) -> None:
    for wallet, field in (("GAG", "wallet"), ("TRY", "wallet")):
        reply = await order(shop.desk, shop.bar.sku, wallet=wallet)
        assert (reply.status, list(reply.errors)) == (422, [field])


async def test_silver_leaves_by_its_fine_weight_and_only_its_cost_is_taxed(shop: Shop) -> None:
    coin = await shop.shelf.put(
        stock=5,
        metal=Metal.SILVER,
        micrograms=31_103_500,
        tax=TaxClass.ON_FULL_PRICE,
        parts={Part.MINTED_MARKUP: (5_000, 100)},
    )
    assert (await shop.desk.buy(100, sku="GAG")).status == 200

    delivery = await ordered(shop.desk, coin.sku, amount=2)

    # 30 a gram: 933.11 a piece, of which 1 % and 50 are 59.33; 20 % of two of them.
    assert (delivery["price"], delivery["tax"], delivery["total"]) == (118.66, 23.73, 142.39)
    assert await blocked(shop.desk) == {"GAG": 62.207}
    await advance(shop.desk, delivery, ShipmentStatus.SHIPPED)
    assert (await shop.desk.balances())["GAG"] == 37_793_000


async def test_a_second_wallet_is_delivered_from_where_it_is_named(shop: Shop) -> None:
    reply = await order(shop.desk, shop.bar.sku, wallet="BGAU")

    assert (reply.status, reply.body["code"]) == (409, 40940)
    assert "BGAU" in str(reply.body["message"])


async def test_the_same_call_again_has_the_same_answer(
    shop: Shop, clock: FakeClock, market: Market
) -> None:
    body = await body_for(shop.desk, shop.bar.sku)
    first = await shop.desk.partner.call("POST", "/partner/delivery/create", body=body)
    clock.advance(seconds=600)
    await market.moves(gold=30_000_000)

    again = await shop.desk.partner.call("POST", "/partner/delivery/create", body=body)
    other = await shop.desk.partner.call(
        "POST", "/partner/delivery/create", body=body | {"amount": 2}
    )
    await market.moves()

    assert again.body == first.body
    assert (other.status, other.body["code"]) == (409, 40908)
    assert await stock_of(shop.desk, shop.bar.sku) == 9


async def test_an_id_of_a_purchase_names_no_delivery(shop: Shop) -> None:
    name = shop.desk.name()
    assert (await shop.desk.buy(1, external_id=name)).status == 200

    reply = await order(shop.desk, shop.bar.sku, external_id=name)

    assert (reply.status, reply.body["code"]) == (409, 40908)


async def test_another_cost_than_was_shown_is_refused(shop: Shop, market: Market) -> None:
    shown = await shop.desk.partner.post(
        CALCULATE, external_customer_id=shop.desk.customer, sku=shop.bar.sku, amount=2
    )
    await market.moves(gold=22_000_000)

    moved = await order(shop.desk, shop.bar.sku, amount=2, expected_total=shown.data["total"])
    await market.moves()
    stood = await order(shop.desk, shop.bar.sku, amount=2, expected_total=shown.data["total"])

    assert (moved.status, moved.body["code"]) == (409, 40935)
    assert stood.status == 200, stood.body


async def test_what_it_costs_is_told_in_its_parts(shop: Shop) -> None:
    reply = await shop.desk.partner.post(
        CALCULATE, external_customer_id=shop.desk.customer, sku=shop.bar.sku, amount=2
    )

    assert reply.data == {
        "total": 260,
        "items": [
            {"name": "Minting", "price": 100},
            {"name": "Insurance", "price": 10},
            {"name": "Shipping", "price": 150},
        ],
    }


async def test_wallets_tell_what_they_can_become(shop: Shop) -> None:
    await ordered(shop.desk, shop.bar.sku, amount=2)
    heavy = await shop.shelf.put(stock=5, micrograms=3_000_001)

    reply = await shop.desk.partner.post(WALLETS, external_customer_id=shop.desk.customer)

    (wallet,) = reply.items
    assert {name: wallet[name] for name in list(wallet)[:-1]} == {
        "currency_id": 1000004,
        "product_id": 3000001,
        "sku": "GAU",
        "balance": 5,
        "blocked": 2,
        "real_balance": 3,
    }
    products = wallet["products"]
    assert isinstance(products, list)
    (bar,) = [each for each in products if each["sku"] == shop.bar.sku]
    assert bar == {
        "product_id": shop.bar.product_id,
        "sku": shop.bar.sku,
        "product_name": "Bar",
        "product_weight": 1,
        "stock": 8,
        "most": 3,
    }
    assert heavy.sku not in {each["sku"] for each in products}


async def test_who_has_nothing_has_no_wallets(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    reply = await partner.post(WALLETS, external_customer_id=customer)

    assert (reply.status, reply.items) == (200, [])


async def test_a_stranger_and_an_unknown_product_are_not_found(shop: Shop) -> None:
    nobody = await order(shop.desk, shop.bar.sku, customer={"external_id": "nobody"})
    nothing = await order(shop.desk, "NOTHING")

    assert (nobody.status, nobody.body["code"]) == (404, 40402)
    assert (nothing.status, nothing.body["code"]) == (404, 40401)


async def test_another_partners_delivery_is_not_found(
    shop: Shop, other_partner: PartnerClient, db: Database, clock: FakeClock
) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku)
    await open_trading(db, other_partner.sign_in.partner.partner_id)

    reply = await other_partner.post("/partner/order", guid=delivery["guid"])

    assert (reply.status, reply.body["code"]) == (404, 40407)
    with pytest.raises(NoSuchOrder):
        await advance(Desk(db, clock, other_partner), delivery, ShipmentStatus.CANCELLED)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": 1001}, "amount"),
        ({"address": {}}, "address.shipping"),
        ({"payment_type": "creditcard"}, "payment_type"),
        ({"topup": {"price": 0.001}}, "topup.price"),
        ({"external_id": "statuses"}, "external_id"),
    ],
)
async def test_what_cannot_be_ordered_is_named(
    shop: Shop, changes: dict[str, object], field: str
) -> None:
    reply = await order(shop.desk, shop.bar.sku, **changes)

    assert (reply.status, list(reply.errors)) == (422, [field]), reply.body


async def test_a_closed_market_prices_no_delivery(shop: Shop, clock: FakeClock) -> None:
    clock.advance(seconds=3600)

    reply = await order(shop.desk, shop.bar.sku)

    assert (reply.status, reply.body["code"]) == (503, 50301)
