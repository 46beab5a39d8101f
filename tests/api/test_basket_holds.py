"""The hold on a basket's prices: how long it lasts, and what happens when it is over."""

from collections.abc import Awaitable, Callable

import pytest

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal
from tests.api.market import Market
from tests.api.places import at
from tests.api.rows import rows_of
from tests.api.shelf import Shelf
from tests.api.shopper import Shopper, held
from tests.factories.catalog import GOLD_BAR, LAST_PIECES, SILVER_BAR
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply, shipping_body

HOLD_S = 240
DEARER = 21_000_000
"""Gold at 2100.0000 a gram."""

Touch = Callable[[Shopper], Awaitable[Reply]]


TOUCHES: dict[str, Touch] = {
    "look": lambda shopper: shopper.look(),
    "add more": lambda shopper: shopper.add(LAST_PIECES),
    "add another": lambda shopper: shopper.add(SILVER_BAR),
    "set": lambda shopper: shopper.set(LAST_PIECES, 2),
    "set address": lambda shopper: shopper.set_address(shipping=shipping_body()),
}


def price_of(reply: Reply, sku: str) -> object:
    """What one piece costs in a basket."""
    assert reply.status == 200, reply.body
    (price,) = (item["price"] for item in reply.items if item["sku"] == sku)
    return price


async def test_a_new_basket_is_held_for_four_minutes(partner: PartnerClient) -> None:
    basket = await partner.new_basket(await partner.new_customer())

    assert list(at_pricefix(basket).items()) == [
        ("remaining", HOLD_S),
        ("nextUpdate", "2026-06-01T12:04:00+03:00"),
        ("updated", False),
    ]


def at_pricefix(reply: Reply) -> dict[str, object]:
    """The hold of a basket."""
    found = at(reply.data, "pricefix")
    assert isinstance(found, dict)
    return found


async def test_within_the_hold_a_moved_market_moves_nothing(
    partner: PartnerClient, clock: FakeClock, market: Market
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=HOLD_S - 1)
    await market.moves(gold=DEARER)

    basket = await shopper.look()

    assert basket.data["price"] == 2054.38
    assert at_pricefix(basket) == {
        "remaining": 1,
        "nextUpdate": "2026-06-01T12:04:00+03:00",
        "updated": False,
    }


@pytest.mark.parametrize("touch", TOUCHES)
async def test_from_its_last_second_on_every_touch_prices_anew_and_holds_again(
    partner: PartnerClient, clock: FakeClock, market: Market, touch: str
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES)
    clock.advance(seconds=HOLD_S)
    await market.moves(gold=DEARER)

    basket = await TOUCHES[touch](shopper)

    assert price_of(basket, LAST_PIECES) == 4200
    assert at_pricefix(basket) == {
        "remaining": HOLD_S,
        "nextUpdate": "2026-06-01T12:08:00+03:00",
        "updated": True,
    }
    again = await shopper.look()
    assert at_pricefix(again)["updated"] is False
    assert again.data["total"] == basket.data["total"]


@pytest.mark.parametrize("touch", TOUCHES)
async def test_a_new_hold_at_the_same_prices_moved_nothing(
    partner: PartnerClient, clock: FakeClock, market: Market, touch: str
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES)
    clock.advance(seconds=HOLD_S + 100)
    await market.moves()

    basket = await TOUCHES[touch](shopper)

    assert at_pricefix(basket)["updated"] is False
    assert at_pricefix(basket)["remaining"] == HOLD_S
    assert price_of(basket, LAST_PIECES) == 4000


async def test_what_is_added_within_a_hold_is_priced_now_and_the_rest_stays(
    partner: PartnerClient, clock: FakeClock, market: Market
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=100)
    await market.moves(gold=DEARER, silver=310_000)

    await shopper.add(LAST_PIECES)
    await shopper.add(SILVER_BAR)
    basket = await shopper.add(GOLD_BAR, 2)

    assert price_of(basket, GOLD_BAR) == 2054.38
    assert price_of(basket, LAST_PIECES) == 4200
    # 3100.00 + 250.00 + 0.5 %.
    assert price_of(basket, SILVER_BAR) == 3365.5
    assert held(basket)[GOLD_BAR] == 3
    assert at_pricefix(basket)["remaining"] == HOLD_S - 100
    assert at_pricefix(basket)["updated"] is False


async def test_a_changed_amount_keeps_the_held_price(
    partner: PartnerClient, clock: FakeClock, market: Market
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=100)
    await market.moves(gold=DEARER)

    basket = await shopper.set(GOLD_BAR, 5)

    assert price_of(basket, GOLD_BAR) == 2054.38


@pytest.mark.parametrize("age", [30, 31])
async def test_a_price_may_be_so_old_and_no_older(
    partner: PartnerClient, db: Database, clock: FakeClock, age: int
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=age)
    before = await rows_of(db, partner)

    reply = await shopper.add(LAST_PIECES)

    if age == 30:
        assert reply.status == 200
        return
    assert (reply.status, reply.body["code"]) == (503, 50301)
    assert reply.body["message"] == "Gold has no current price; nothing can be quoted now."
    assert int(reply.headers["Retry-After"]) > 0
    assert await rows_of(db, partner) == before


async def test_a_held_price_outlives_the_feed(partner: PartnerClient, clock: FakeClock) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=HOLD_S - 1)

    basket = await shopper.add(GOLD_BAR)

    assert (basket.status, basket.data["price"]) == (200, 4108.76)


@pytest.mark.parametrize("touch", TOUCHES)
async def test_nothing_is_priced_anew_from_a_stale_feed(
    partner: PartnerClient, db: Database, clock: FakeClock, touch: str
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES)
    clock.advance(seconds=HOLD_S)
    before = await rows_of(db, partner)

    reply = await TOUCHES[touch](shopper)

    assert (reply.status, reply.body["code"], reply.body["data"]) == (503, 50301, None)
    assert await rows_of(db, partner) == before


@pytest.mark.parametrize("touch", TOUCHES)
async def test_nothing_is_priced_anew_while_a_metal_is_halted(
    partner: PartnerClient, db: Database, clock: FakeClock, market: Market, touch: str
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES)
    clock.advance(seconds=HOLD_S)
    await market.moves()
    await market.halts(Metal.GOLD, reason="the vault is being counted")
    before = await rows_of(db, partner)

    reply = await TOUCHES[touch](shopper)

    assert (reply.status, reply.body["code"]) == (503, 50302)
    assert reply.body["message"] == "Gold is not sold at the moment: the vault is being counted"
    assert await rows_of(db, partner) == before


async def test_a_halt_of_one_metal_leaves_the_others_on_sale(
    partner: PartnerClient, market: Market
) -> None:
    customer = await partner.new_customer()
    await market.halts(Metal.GOLD, reason="counting")

    silver = await partner.new_basket(customer, sku=SILVER_BAR)
    gold = await partner.post(
        "/partner/ecom/basket", external_customer_id=customer, sku=GOLD_BAR, amount=1
    )

    assert silver.data["price"] == 3265
    assert (gold.status, gold.body["code"]) == (503, 50302)


async def test_a_new_basket_is_not_made_from_a_stale_price(
    partner: PartnerClient, db: Database, clock: FakeClock
) -> None:
    customer = await partner.new_customer()
    before = await rows_of(db, partner)
    clock.advance(seconds=31)

    reply = await partner.post(
        "/partner/ecom/basket", external_customer_id=customer, sku=GOLD_BAR, amount=1
    )

    assert (reply.status, reply.body["code"]) == (503, 50301)
    assert await rows_of(db, partner) == before


@pytest.mark.parametrize("seconds", [100, HOLD_S, 3_600])
async def test_a_basket_can_be_emptied_whatever_the_feed_does(
    partner: PartnerClient, clock: FakeClock, seconds: int
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=seconds)

    emptied = await shopper.empty()

    assert emptied.status == 200
    assert (held(emptied), emptied.data["total"]) == ({}, 0)
    assert at_pricefix(emptied) == {
        "remaining": HOLD_S - seconds if seconds < HOLD_S else HOLD_S,
        "nextUpdate": at_pricefix(await shopper.look())["nextUpdate"],
        "updated": False,
    }


async def test_what_is_no_longer_sold_is_dropped_when_the_basket_is_priced_anew(
    partner: PartnerClient, clock: FakeClock, market: Market, shelf: Shelf
) -> None:
    goods = await shelf.put()
    shopper = await Shopper.enter(partner)
    await shopper.add(goods.sku)
    await shelf.withdraw(goods)
    within = await shopper.look()
    clock.advance(seconds=HOLD_S)
    await market.moves()

    after = await shopper.look()

    assert held(within) == {GOLD_BAR: 1, goods.sku: 1}
    assert held(after) == {GOLD_BAR: 1}
    assert after.data["total"] == 2054.38
    assert at_pricefix(after)["updated"] is True


async def test_a_withdrawn_product_can_still_be_taken_out_within_the_hold(
    partner: PartnerClient, shelf: Shelf
) -> None:
    goods = await shelf.put()
    shopper = await Shopper.enter(partner)
    await shopper.add(goods.sku)
    await shelf.withdraw(goods)

    basket = await shopper.take_out(goods.sku)

    assert held(basket) == {GOLD_BAR: 1}


async def test_a_basket_of_withdrawn_products_alone_becomes_empty(
    partner: PartnerClient, clock: FakeClock, shelf: Shelf
) -> None:
    goods = await shelf.put()
    shopper = await Shopper.enter(partner, sku=goods.sku)
    await shelf.withdraw(goods)
    clock.advance(seconds=HOLD_S)

    basket = await shopper.look()

    assert (held(basket), basket.data["total"]) == ({}, 0)
    assert at_pricefix(basket)["updated"] is True


async def test_taking_a_product_out_of_an_expired_basket_prices_what_stays(
    partner: PartnerClient, clock: FakeClock, market: Market
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES)
    await shopper.add(GOLD_BAR)
    clock.advance(seconds=HOLD_S)
    await market.moves(gold=DEARER)

    basket = await shopper.take_out(GOLD_BAR)

    assert held(basket) == {LAST_PIECES: 1}
    assert basket.data["total"] == 4200
    assert at_pricefix(basket)["updated"] is True


async def test_a_refused_change_of_an_expired_basket_leaves_it_expired(
    partner: PartnerClient, db: Database, clock: FakeClock, market: Market
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES)
    clock.advance(seconds=HOLD_S)
    await market.moves(gold=DEARER)
    before = await rows_of(db, partner)

    refused = await shopper.set(LAST_PIECES, 4)

    assert refused.status == 409
    assert await rows_of(db, partner) == before
    shown = await shopper.look()
    assert at_pricefix(shown)["updated"] is True
