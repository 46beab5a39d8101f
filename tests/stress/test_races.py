"""Baskets under many hands at once, over a real server with two workers, fsync on.

Whatever order the requests come through in, the basket is what they add up to, every answer
adds up in itself, and none is a server error.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from tests.factories.catalog import GOLD_BAR, LAST_PIECES, SILVER_BAR, SILVER_COIN
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer
from tests.factories.shop import Reply, SignIn, billing_body, shipping_body

pytestmark = pytest.mark.stress

ROUNDS, AT_ONCE = 200, 50
PATH = "/partner/ecom/basket"
SKUS = (GOLD_BAR, SILVER_BAR, SILVER_COIN, LAST_PIECES)


@pytest_asyncio.fixture
async def crowd(server: LiveServer, live_sign_in: SignIn) -> AsyncIterator[PartnerClient]:
    """A client with as many connections as there are requests at once."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=server.base_url, timeout=60, limits=limits) as http:
        yield PartnerClient(http, live_sign_in)


async def test_pieces_that_are_added_at_once_all_arrive(
    crowd: PartnerClient, live_db: Database
) -> None:
    customer = await crowd.new_customer()
    for _ in range(ROUNDS):
        basket = await crowd.new_basket(customer)
        change = {
            "external_customer_id": customer,
            "cart_token": basket.data["token"],
            "sku": GOLD_BAR,
            "amount": 1,
        }
        replies = await asyncio.gather(*(crowd.post(PATH, **change) for _ in range(AT_ONCE)))
        assert Counter(reply.status for reply in replies) == {200: AT_ONCE}
        # Each answer tells of the basket as it was right after its own piece.
        amounts = sorted(int(str(reply.items[0]["amount"])) for reply in replies)
        assert amounts == list(range(2, AT_ONCE + 2))
        for reply in replies:
            require_sums(reply)
    await require_books(live_db, crowd.sign_in)


async def test_the_last_pieces_are_not_sold_twice_into_one_basket(crowd: PartnerClient) -> None:
    customer = await crowd.new_customer()
    for _ in range(ROUNDS // 10):
        basket = await crowd.new_basket(customer)
        change = {
            "external_customer_id": customer,
            "cart_token": basket.data["token"],
            "sku": LAST_PIECES,
            "amount": 1,
        }
        replies = await asyncio.gather(*(crowd.post(PATH, **change) for _ in range(AT_ONCE)))
        assert Counter(reply.status for reply in replies) == {200: 3, 409: AT_ONCE - 3}


async def test_edits_of_every_kind_at_once_leave_a_basket_that_adds_up(
    crowd: PartnerClient, live_db: Database
) -> None:
    chance = random.Random(1204)
    customer = await crowd.new_customer()
    seen: Counter[int] = Counter()
    for _ in range(ROUNDS):
        basket = await crowd.new_basket(customer, sku=SILVER_COIN)
        key = {"external_customer_id": customer, "cart_token": basket.data["token"]}
        edits = [_edit(crowd, key, chance) for _ in range(AT_ONCE)]
        replies = await asyncio.gather(*edits)
        for reply in replies:
            seen[reply.status] += 1
            if reply.status == 200:
                require_sums(reply)
        query = {
            "customer_external_id": customer,
            "cart_token": str(basket.data["token"]),
        }
        once, again = await asyncio.gather(crowd.get(PATH, **query), crowd.get(PATH, **query))
        require_sums(once)
        assert once.items == again.items
    # 404: no longer in the basket; 409: more than there are.
    assert set(seen) <= {200, 404, 409}, seen
    assert seen[200] > ROUNDS * AT_ONCE // 2
    await require_books(live_db, crowd.sign_in)


async def _edit(client: PartnerClient, key: dict[str, object], chance: random.Random) -> Reply:
    """One request that changes or reads the basket, by chance."""
    sku, amount = chance.choice(SKUS), chance.randint(1, 4)
    match chance.randrange(10):
        case 0 | 1 | 2 | 3:
            return await client.post(PATH, **key, sku=sku, amount=amount)
        case 4 | 5:
            return await client.patch(PATH, **key, sku=sku, amount=amount - 1)
        case 6:
            return await client.delete(PATH, **key, sku=sku)
        case 7:
            return await client.delete(f"{PATH}/empty", **key)
        case 8:
            bodies = {"shipping": shipping_body(), "billing": billing_body()}
            return await client.patch(f"{PATH}/setaddress", **key, **bodies)
        case _:
            query = {"customer_external_id": key["external_customer_id"]}
            return await client.get(PATH, **query, cart_token=key["cart_token"])


def require_sums(reply: Reply) -> None:
    """Asserts that a basket's figures are those of its items."""
    whole, items = reply.data, reply.items
    assert money(whole["price"]) == sum(money(i["price"]) * money(i["amount"]) for i in items)
    assert money(whole["tax"]) == sum(money(i["tax"]) for i in items)
    assert money(whole["total"]) == money(whole["price"]) + money(whole["tax"])
    assert len({item["sku"] for item in items}) == len(items)


def money(figure: object) -> Decimal:
    """A figure of the wire, exactly as it was written."""
    return Decimal(str(figure))


async def require_books(db: Database, sign_in: SignIn) -> None:
    """Asserts that what is stored of the partner's baskets is what their lines add up to."""
    async with db.reading() as connection:
        wrong = await connection.fetch(_WRONG_BASKETS, sign_in.partner.partner_id)
    assert wrong == []


_WRONG_BASKETS = """
    SELECT b.token, b.price, b.tax, sum(i.price * i.amount), sum(i.tax)
      FROM basket b LEFT JOIN basket_item i USING (partner_id, basket_id)
     WHERE b.partner_id = $1
     GROUP BY b.partner_id, b.basket_id
    HAVING b.price <> coalesce(sum(i.price * i.amount), 0) OR b.tax <> coalesce(sum(i.tax), 0)
"""
