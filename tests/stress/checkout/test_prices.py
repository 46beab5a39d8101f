"""Nobody pays a sum that they were not shown, while prices are held for a second and move.

Each customer keeps the total of the last answer in mind, and thinks for about as long as it is
held. In every third round the same basket is looked at from elsewhere in that moment, which
prices it anew; such a partner says which total it means.
"""

import asyncio
import random
import time
from collections import Counter
from decimal import Decimal

import pytest

from tests.api.shelf import Goods
from tests.factories.checkout import Buyer
from tests.factories.shop import Reply
from tests.stress.checkout.books import require_books
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.shop import NO_3D, Shop, fill, some_at_once

pytestmark = pytest.mark.stress

HOLD_S = 1
ROUNDS, SHOPPERS = 240, 24
TRIES = 30
FEWEST_TOTALS = 5
LOOKS = 3

SELECT_CHARGED = """
    SELECT o.external_id, a.reference, a.amount + a.cost AS charged
      FROM payment_attempt a JOIN payment p USING (partner_id, payment_id)
      JOIN sales_order o USING (partner_id, order_id)
"""


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """Prices are held for the shortest time that there is; the market moves each second."""
    return {"BEZANT_HOLD_LIFE_S": str(HOLD_S)}


async def test_whoever_pays_pays_a_total_that_was_shown(shop: Shop, say: Say) -> None:
    goods = await shop.shelf.put(stock=ROUNDS)
    chance = random.Random(1204)
    seen: Counter[int] = Counter()
    paid: dict[str, Decimal] = {}

    async def go_shopping(customer: str) -> None:
        for number in range(ROUNDS // SHOPPERS):
            buyer = Buyer(shop.partner, customer, "", "")
            order = await _buy(buyer, goods, chance, seen, is_watched=number % 3 == 2)
            paid[buyer.external_id] = _figure(order, "paid_total")

    customers = [await shop.partner.new_customer() for _ in range(SHOPPERS)]
    await some_at_once(go_shopping, customers, at_once=SHOPPERS)

    async with shop.db.reading() as connection:
        charges = await connection.fetch(SELECT_CHARGED)
    charged = {row["external_id"]: Decimal(row["charged"]).scaleb(-2) for row in charges}
    assert charged == paid
    assert seen[200] == ROUNDS
    assert seen[410] > ROUNDS // 10, "prices have to expire to prove anything"
    totals = len(set(paid.values()))
    assert totals > FEWEST_TOTALS, "and to move"
    # Every charge of our books is one of the acquirer's, of the same sum.
    await require_books(shop)
    say(f"{ROUNDS} rounds, {seen[410]} expired, {totals} different totals paid")


async def _buy(
    buyer: Buyer, goods: Goods, chance: random.Random, seen: Counter[int], *, is_watched: bool
) -> Reply:
    """Buys a piece, however often its price expires; the answer that tells of the order."""
    shown = _figure(await fill(buyer, goods), "total")
    for _ in range(TRIES):
        over_at = time.monotonic() + HOLD_S
        await asyncio.sleep(chance.uniform(0.7, 1.1))
        is_over = time.monotonic() > over_at
        said = {"total": shown} if is_watched else {}
        async with asyncio.TaskGroup() as group:
            completing = group.create_task(buyer.pay_by_card(NO_3D, **said))
            for _ in range(LOOKS if is_watched else 0):
                group.create_task(_look(buyer))
        reply = completing.result()
        seen[reply.status] += 1
        if reply.status == 200:
            assert _figure(reply, "total") == shown
            # What is looked at elsewhere may be held anew, if only at the same price.
            assert is_watched or not is_over, "a price that the market has left"
            return reply
        assert (reply.status, reply.body["code"]) == (410, 41000), reply.body
        shown = _figure(reply, "total")
    raise AssertionError("the prices always expired, {totals} different totals paid")


async def _look(buyer: Buyer) -> None:
    """Looks at the basket, which prices it anew once it has expired; or it is an order."""
    reply = await buyer.partner.get(
        "/partner/ecom/basket", customer_external_id=buyer.customer, cart_token=buyer.token
    )
    assert reply.status in {200, 404, 409}, reply.body


def _figure(reply: Reply, name: str) -> Decimal:
    return Decimal(str(reply.data[name]))
