"""What is not there is not sold, however many want it, and nobody is charged for it."""

import asyncio

import pytest

from bezant.catalog import service as catalog
from tests.factories.checkout import payment_of, stock_of
from tests.factories.shop import Reply
from tests.stress.checkout.books import require_books
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.shop import NO_3D, Shop, fill

pytestmark = pytest.mark.stress

ROUNDS, BUYERS = 200, 50
NOT_ENOUGH = 40902

COUNT_CHARGES = """
    SELECT count(*) FROM order_item i JOIN payment p USING (partner_id, order_id)
      JOIN payment_attempt a USING (partner_id, payment_id) WHERE i.product_id = $1
"""


@pytest.mark.parametrize("way", ["in cash", "by card"])
async def test_the_last_piece_is_sold_once_and_only_its_buyer_is_charged(
    shop: Shop, say: Say, way: str
) -> None:
    goods = await shop.shelf.put(stock=1)
    is_card = way == "by card"
    before = await shop.takings()
    buyers = await shop.buyers(BUYERS, goods)
    winner, winners = 0, set[int]()

    for number in range(ROUNDS):
        if number:
            async with shop.db.transaction() as tx:
                left = await catalog.take_in(tx, goods.sku, 1, now=shop.till.clock.now())
            assert left == 1
            # Whoever bought the last one wants another; the rest still have their baskets.
            await fill(buyers[winner], goods)
        replies = await asyncio.gather(
            *(buyer.pay_by_card(NO_3D) if is_card else buyer.complete() for buyer in buyers)
        )
        winner = _winner(replies)
        winners.add(winner)
        assert await stock_of(shop.till, goods.sku) == 0

    async with shop.db.reading() as connection:
        charges = await connection.fetchval(COUNT_CHARGES, goods.product_id)
    charged = ROUNDS if is_card else 0
    assert charges == charged
    assert (await shop.takings()).captures - before.captures == charged
    await require_books(shop)
    say(f"{ROUNDS} rounds of {BUYERS} buyers, {len(winners)} of whom won")


def _winner(replies: list[Reply]) -> int:
    """Which call made the order; every other one was told that there is none left."""
    (winner,) = [place for place, reply in enumerate(replies) if reply.status == 200]
    assert payment_of(replies[winner])["state"] == "success"
    refused = [(reply.status, reply.body["code"]) for reply in replies if reply.status != 200]
    assert refused == [(409, NOT_ENOUGH)] * (len(replies) - 1)
    return winner
