"""Deliveries, many at once: no gram and no piece goes out twice, and an id names one order."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from bezant.catalog import service as catalog
from bezant.delivery.model import NoWayForShipment, ShipmentStatus
from bezant.ledger.model import HOUSE
from bezant.trading.model import DigitalOrder
from tests.factories.shop import Reply
from tests.trading.deliveries import (
    CREATE,
    HAS,
    Shop,
    advance,
    blocked,
    body_for,
    order,
    ordered,
    stock_of,
)


def codes(replies: Sequence[Reply]) -> Counter[object]:
    """How many were answered how."""
    return Counter(reply.body["code"] for reply in replies)


def outcomes(ended: Sequence[DigitalOrder | BaseException]) -> list[str]:
    """What each came to: the status that it set, or why it did not."""
    return sorted(
        each.status.shown if isinstance(each, DigitalOrder) else type(each).__name__
        for each in ended
    )


async def test_of_two_with_grams_for_one_one_is_ordered(shop: Shop) -> None:
    replies = await asyncio.gather(*(order(shop.desk, shop.bar.sku, amount=3) for _ in range(2)))

    assert codes(replies) == {0: 1, 40940: 1}
    assert await blocked(shop.desk) == {"GAU": 3}
    assert await stock_of(shop.desk, shop.bar.sku) == 7


async def test_of_many_with_pieces_for_three_three_are_ordered(shop: Shop) -> None:
    rare = await shop.shelf.put(stock=3, micrograms=100_000)

    replies = await asyncio.gather(*(order(shop.desk, rare.sku) for _ in range(20)))

    assert codes(replies) == {0: 3, 40902: 17}
    assert await blocked(shop.desk) == {"GAU": 0.3}


async def test_who_comes_too_late_for_the_last_piece_gets_one_minted(shop: Shop) -> None:
    last = await shop.shelf.put(stock=1, micrograms=100_000)
    async with shop.desk.db.transaction() as tx:
        await catalog.mint_to_order(tx, last.sku, minted=True)

    replies = await asyncio.gather(*(order(shop.desk, last.sku) for _ in range(5)))

    assert codes(replies) == {0: 5}
    assert await stock_of(shop.desk, last.sku) == 0
    assert await blocked(shop.desk) == {"GAU": 0.5}


async def test_twenty_that_repeat_one_call_are_one_order(shop: Shop) -> None:
    body = await body_for(shop.desk, shop.bar.sku)

    replies = await asyncio.gather(
        *(shop.desk.partner.call("POST", CREATE, body=body) for _ in range(20))
    )

    assert codes(replies) == {0: 20}
    assert all(reply.body == replies[0].body for reply in replies)
    assert await shop.desk.orders() == 2
    assert await blocked(shop.desk) == {"GAU": 1}
    assert (await shop.desk.balances())["TRY"] == HAS["TRY"] - 130_00


async def test_of_twenty_with_one_id_and_different_amounts_one_is_ordered(shop: Shop) -> None:
    body = await body_for(shop.desk, shop.bar.sku)

    replies = await asyncio.gather(
        *(
            shop.desk.partner.call("POST", CREATE, body=body | {"expected_total": 130 + more})
            for more in (0, 1)
            for _ in range(10)
        )
    )

    found = codes(replies)
    assert found[0] == 10
    assert set(found) <= {0, 40908, 40935}
    assert await shop.desk.orders() == 2


@pytest.mark.parametrize("after", [None, ShipmentStatus.PREPARING])
async def test_shipping_and_cancelling_at_once_is_one_of_the_two(
    shop: Shop, after: ShipmentStatus | None
) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku, amount=2)
    if after is not None:
        await advance(shop.desk, delivery, after)
    both = (ShipmentStatus.SHIPPED, ShipmentStatus.CANCELLED)

    ended = await asyncio.gather(
        *(advance(shop.desk, delivery, to) for to in both), return_exceptions=True
    )

    is_shipped = "Shipped" in outcomes(ended)
    other = "Shipped" if is_shipped else "Cancelled"
    assert outcomes(ended) == sorted([NoWayForShipment.__name__, other])
    assert await blocked(shop.desk) == {}
    assert await shop.desk.balances() == (
        HAS | {"GAU": 3_000_000, "TRY": HAS["TRY"] - 260_00} if is_shipped else HAS
    )
    assert await stock_of(shop.desk, shop.bar.sku) == (8 if is_shipped else 10)


@pytest.mark.parametrize("to", [ShipmentStatus.SHIPPED, ShipmentStatus.CANCELLED])
async def test_the_same_step_many_times_at_once_happens_once(
    shop: Shop, to: ShipmentStatus
) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku)
    house = await shop.desk.balances(HOUSE)

    ended = await asyncio.gather(
        *(advance(shop.desk, delivery, to) for _ in range(8)), return_exceptions=True
    )

    assert Counter(outcomes(ended)) == {to.of_order.shown: 1, NoWayForShipment.__name__: 7}
    is_shipped = to is ShipmentStatus.SHIPPED
    changed = {"GAU": 1_000_000} if is_shipped else {"TRY": -130_00}
    assert await shop.desk.balances(HOUSE) == {
        sku: units + changed.get(sku, 0) for sku, units in house.items()
    }


async def test_an_order_that_is_repeated_while_it_is_cancelled_is_not_made_again(
    shop: Shop,
) -> None:
    body = await body_for(shop.desk, shop.bar.sku)
    first = await shop.desk.partner.call("POST", CREATE, body=body)

    replies, _ = await asyncio.gather(
        asyncio.gather(*(shop.desk.partner.call("POST", CREATE, body=body) for _ in range(5))),
        advance(shop.desk, first.data, ShipmentStatus.CANCELLED),
    )

    assert {reply.data["guid"] for reply in replies} == {first.data["guid"]}
    assert {reply.data["status_name"] for reply in replies} <= {"Created", "Cancelled"}
    assert await shop.desk.balances() == HAS
    assert await stock_of(shop.desk, shop.bar.sku) == 10


async def test_delivering_and_selling_the_same_grams_is_one_of_the_two(shop: Shop) -> None:
    token = await shop.desk.fix()

    replies = await asyncio.gather(
        order(shop.desk, shop.bar.sku, amount=4), shop.desk.sell(4, price_token=token)
    )

    assert codes(replies) == {0: 1, 40940: 1}


async def test_in_a_crowd_every_gram_and_every_piece_is_somewhere(shop: Shop) -> None:
    coin = await shop.shelf.put(stock=30, micrograms=100_000)
    made = [await ordered(shop.desk, coin.sku) for _ in range(12)]
    tokens = [await shop.desk.fix() for _ in range(6)]
    steps = [ShipmentStatus.SHIPPED, ShipmentStatus.CANCELLED, ShipmentStatus.PREPARING]

    ended, created, sold = await asyncio.gather(
        asyncio.gather(
            *(advance(shop.desk, each, to) for to in steps for each in made),
            return_exceptions=True,
        ),
        asyncio.gather(*(order(shop.desk, coin.sku) for _ in range(24))),
        asyncio.gather(*(shop.desk.sell(0.5, price_token=token) for token in tokens)),
    )

    assert set(outcomes(ended)) <= {"Shipped", "Cancelled", "Preparing", "NoWayForShipment"}
    assert set(codes(created)) <= {0, 40902, 40940}
    assert set(codes(sold)) <= {0, 40940}
    async with shop.desk.db.reading() as connection:
        rows = await connection.fetch(
            "SELECT status, count(*) AS n FROM shipment WHERE partner_id = $1 GROUP BY 1",
            shop.desk.partner_id,
        )
    found = Counter({row["status"]: row["n"] for row in rows})
    open_ = found["ordered"] + found["preparing"]
    gone = 100_000 * found["shipped"] + 500_000 * codes(sold)[0]
    assert (await shop.desk.balances())["GAU"] == HAS["GAU"] - gone
    assert await blocked(shop.desk) == ({"GAU": open_ / 10} if open_ else {})
    assert await stock_of(shop.desk, coin.sku) == 30 - open_ - found["shipped"]
