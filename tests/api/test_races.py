"""Many requests at once: none is lost, none is a defect, and the figures stay right."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bezant.customers.model import MAX_ADDRESSES
from bezant.kernel.db import Database
from tests.api.market import Market
from tests.api.places import amount_of, at
from tests.api.shopper import PATH, Shopper, held
from tests.api.test_addresses import fill_up
from tests.factories.catalog import GOLD_BAR, LAST_PIECES, SILVER_BAR, SILVER_COIN
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply, billing_body, customer_body, shipping_body

CUSTOMER = "/partner/customer"
ADDRESS = "/partner/customer/address"
SKUS = (GOLD_BAR, SILVER_BAR, SILVER_COIN)

UNBALANCED = """
    SELECT b.token FROM basket b
      LEFT JOIN LATERAL (
        SELECT coalesce(sum(i.price * i.amount), 0) AS price, coalesce(sum(i.tax), 0) AS tax,
               coalesce(sum(i.minted_markup * i.amount) FILTER (WHERE metal <> 'silver'), 0)
                   AS minted_markup,
               coalesce(sum(i.minted_markup * i.amount) FILTER (WHERE metal = 'silver'), 0)
                   AS silver_craft,
               coalesce(sum(i.insurance * i.amount), 0) AS insurance,
               coalesce(sum(i.shipping * i.amount), 0) AS shipping,
               coalesce(sum(i.commission * i.amount), 0) AS commission
          FROM basket_item i WHERE i.partner_id = b.partner_id AND i.basket_id = b.basket_id
      ) s ON true
     WHERE b.partner_id = $1
       AND (b.price, b.tax, b.minted_markup, b.silver_craft, b.insurance, b.shipping, b.commission)
           <> (s.price, s.tax, s.minted_markup, s.silver_craft, s.insurance, s.shipping,
               s.commission)
"""
"""Baskets whose figures are not the sums of their lines."""


async def unbalanced(db: Database, partner: PartnerClient) -> list[object]:
    """The tokens of the partner's baskets whose figures do not add up."""
    async with db.reading() as connection:
        rows = await connection.fetch(UNBALANCED, partner.sign_in.partner.partner_id)
    return [row["token"] for row in rows]


def refusals(replies: Sequence[Reply]) -> Counter[object]:
    """How often which code refused a request."""
    return Counter(reply.body["code"] for reply in replies if reply.status != 200)


async def test_of_fifty_additions_at_once_none_is_lost(
    partner: PartnerClient, db: Database
) -> None:
    shopper = await Shopper.enter(partner, sku=SILVER_COIN)

    replies = await asyncio.gather(*(shopper.add(GOLD_BAR) for _ in range(50)))

    assert refusals(replies) == {}
    assert sorted(int(str(held(reply)[GOLD_BAR])) for reply in replies) == list(range(1, 51))
    basket = await shopper.look()
    assert held(basket) == {SILVER_COIN: 1, GOLD_BAR: 50}
    # 50 × 2054.38 and 992.44 with its tax of 198.49.
    assert basket.data["total"] == 103909.93
    assert await unbalanced(db, partner) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_fifty_changes_of_every_kind_at_once_the_figures_are_those_of_the_lines(
    partner: PartnerClient, db: Database, seed: int
) -> None:
    shopper = await Shopper.enter(partner, amount=3)
    chance = random.Random(seed)
    changes: list[Callable[[], Awaitable[Reply]]] = [
        lambda: shopper.add(chance.choice(SKUS), chance.randint(1, 5)),
        lambda: shopper.add(chance.choice(SKUS), chance.randint(1, 5)),
        lambda: shopper.set(chance.choice(SKUS), chance.randint(0, 5)),
        lambda: shopper.take_out(chance.choice(SKUS)),
        lambda: shopper.set_address(shipping=shipping_body(), billing=billing_body()),
        shopper.look,
        shopper.empty,
    ]

    replies = await asyncio.gather(*(chance.choice(changes)() for _ in range(50)))

    # What is not in the basket at its turn cannot be changed; nothing else may be refused.
    assert refusals(replies).keys() <= {40405}
    assert any(reply.status == 200 for reply in replies)
    for reply in replies:
        if reply.status == 200:
            assert_adds_up(reply)
    assert_adds_up(await shopper.look())
    assert await unbalanced(db, partner) == []


def assert_adds_up(basket: Reply) -> None:
    """That a basket's sums are those of the items it is answered with."""
    data = basket.data
    price = sum(amount_of(item, "price") * amount_of(item, "amount") for item in basket.items)
    tax = sum(amount_of(item, "tax") for item in basket.items)
    assert amount_of(data, "price") == price
    assert amount_of(data, "tax") == tax
    assert amount_of(data, "total") == amount_of(data, "paid_total") == price + tax
    assert price + tax == sum(amount_of(item, "total") for item in basket.items)


async def test_an_expired_basket_touched_by_many_is_priced_anew_once(
    partner: PartnerClient, db: Database, clock: FakeClock, market: Market
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=240)
    await market.moves(gold=21_000_000)

    replies = await asyncio.gather(
        *(shopper.look() for _ in range(15)), *(shopper.add(GOLD_BAR) for _ in range(15))
    )

    assert refusals(replies) == {}
    assert [at(reply.data, "pricefix", "updated") for reply in replies].count(True) == 1
    assert {at(reply.data, "items", 0, "price") for reply in replies} == {2156.59}
    assert held(await shopper.look()) == {GOLD_BAR: 16}
    assert await unbalanced(db, partner) == []


async def test_more_than_the_stock_does_not_get_into_a_basket_by_asking_at_once(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner)

    replies = await asyncio.gather(*(shopper.add(LAST_PIECES) for _ in range(10)))

    assert refusals(replies) == {40902: 7}
    assert held(await shopper.look())[LAST_PIECES] == 3


async def test_first_additions_at_once_make_a_basket_each(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    baskets = await asyncio.gather(*(partner.new_basket(customer) for _ in range(20)))

    for name in ("id", "guid", "token", "increment_id"):
        assert len({basket.data[name] for basket in baskets}) == 20, name
    page = await partner.get("/partner/ecom/baskets", customer_external_id=customer)
    assert page.data["total"] == 20


@pytest.mark.parametrize("place", [0, 3, 10, 20])
async def test_a_removed_customer_keeps_nothing_that_was_made_meanwhile(
    partner: PartnerClient, db: Database, place: int
) -> None:
    shopper = await Shopper.enter(partner)
    customer = shopper.customer
    requests: list[Callable[[], Awaitable[Reply]]] = [
        lambda: partner.post(PATH, external_customer_id=customer, sku=GOLD_BAR, amount=1),
        lambda: shopper.add(SILVER_BAR),
        lambda: shopper.set_address(shipping=shipping_body(), billing=billing_body()),
        lambda: partner.post(
            ADDRESS, **shipping_body(type="shipping", external_customer_id=customer)
        ),
    ] * 5
    requests.insert(place, lambda: partner.delete(f"{CUSTOMER}/{customer}"))

    replies = await asyncio.gather(*(request() for request in requests))

    assert replies[place].status == 200
    assert refusals(replies).keys() <= {40402, 40404}
    async with db.reading() as connection:
        left = await connection.fetchval(
            """
            SELECT (SELECT count(*) FROM basket WHERE partner_id = $1)
                 + (SELECT count(*) FROM customer_address WHERE partner_id = $1)
            """,
            partner.sign_in.partner.partner_id,
        )
    assert left == 0


async def test_one_of_many_that_enter_the_same_customer_succeeds(partner: PartnerClient) -> None:
    body = customer_body()

    replies = await asyncio.gather(*(partner.call("POST", CUSTOMER, body=body) for _ in range(20)))

    assert refusals(replies) == {40901: 19}


async def test_two_changes_of_a_customer_at_once_both_count(partner: PartnerClient) -> None:
    for _ in range(5):
        customer = await partner.new_customer()
        path = f"{CUSTOMER}/{customer}"

        first, second = await asyncio.gather(
            partner.call("PATCH", path, body=customer_body(middlename="Q", email="")),
            partner.call("PATCH", path, body=customer_body(email="new@example.com")),
        )

        assert (first.status, second.status) == (200, 200)
        read = await partner.get(path)
        assert (read.data["middlename"], read.data["email"]) == ("Q", "new@example.com")


async def test_an_address_sent_by_many_at_once_is_stored_once(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    body = shipping_body(type="shipping", external_customer_id=customer)

    replies = await asyncio.gather(*(partner.call("POST", ADDRESS, body=body) for _ in range(10)))

    assert refusals(replies) == {}
    assert len({reply.data["id"] for reply in replies}) == 1


async def test_addresses_sent_at_once_do_not_get_past_the_limit(
    partner: PartnerClient, db: Database
) -> None:
    customer = await partner.new_customer()
    await fill_up(partner, db, customer, count=MAX_ADDRESSES - 2)

    replies = await asyncio.gather(
        *(
            partner.post(
                ADDRESS,
                **shipping_body(
                    type="shipping", external_customer_id=customer, external_id=f"e{number}"
                ),
            )
            for number in range(10)
        )
    )

    assert refusals(replies) == {40905: 8}
