"""Many at once over HTTP, two workers: a fix makes one order, a name is one, all is sold once."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.factories.shop import Reply
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.shop import some_at_once
from tests.stress.trading.floor import BUY_PRICE, SELL_PRICE, Floor, gold, paid, since

pytestmark = pytest.mark.stress

AT_ONCE, CLIENTS, ROUNDS = 100, 50, 5


@pytest_asyncio.fixture(autouse=True)
async def whole(floor: Floor) -> AsyncIterator[None]:
    """Whatever a race does, the books are whole after it."""
    yield
    floor.running.say("ledger", "verify")
    floor.running.say("audit")


def codes(replies: Sequence[Reply]) -> Counter[object]:
    """How many were answered how."""
    return Counter(reply.body["code"] for reply in replies)


async def test_of_a_hundred_that_sell_the_whole_balance_one_does(floor: Floor, say: Say) -> None:
    begun = time.monotonic()
    for _ in range(ROUNDS):
        customer = await floor.new_customer()
        await _own(floor, customer, grams=1)
        tokens = await some_at_once(floor.fix, [customer] * AT_ONCE)
        bodies = [gold(customer, 1, token=token) for token in tokens]

        replies = await asyncio.gather(*(floor.sell(body) for body in bodies))

        assert codes(replies) == {0: 1, 40940: AT_ONCE - 1}
        assert await floor.has(customer) == {"TRY": SELL_PRICE * 100}
    say(f"{ROUNDS} times {AT_ONCE} sells of everything, {since(begun)}")


async def test_a_hundred_purchases_with_one_fix_are_one_order(floor: Floor, say: Say) -> None:
    begun = time.monotonic()
    for number in range(ROUNDS):
        customer = await floor.new_customer()
        token = await floor.fix(customer)
        bodies = [paid(gold(customer, 1, token=token), BUY_PRICE) for _ in range(AT_ONCE)]

        replies = await asyncio.gather(*(floor.buy(body) for body in bodies))

        assert codes(replies) == {0: 1, 40950: AT_ONCE - 1}
        assert await floor.orders() == number + 1
        assert await floor.has(customer) == {"GAU": 1_000_000}
    say(f"{ROUNDS} times {AT_ONCE} purchases with one fix, {since(begun)}")


async def test_one_name_from_fifty_clients_is_one_order_and_one_answer(
    floor: Floor, say: Say
) -> None:
    begun = time.monotonic()
    for number in range(ROUNDS):
        # Nobody has entered the customer yet.
        customer = uuid4().hex[:24]
        body = paid(gold(customer, 1, token=await floor.fix(customer)), BUY_PRICE)

        replies = await asyncio.gather(*(floor.buy(body) for _ in range(CLIENTS)))

        assert codes(replies) == {0: CLIENTS}
        assert all(reply.body == replies[0].body for reply in replies)
        assert await floor.orders() == number + 1
        assert await floor.has(customer) == {"GAU": 1_000_000}
    say(f"{ROUNDS} times one order from {CLIENTS} clients, {since(begun)}")


async def test_purchases_and_sales_of_many_at_once_add_up(floor: Floor, say: Say) -> None:
    begun = time.monotonic()
    customers = [await floor.new_customer() for _ in range(4)]
    for customer in customers:
        await _own(floor, customer, grams=10)

    async def trade(number: int) -> Reply:
        customer = customers[number % len(customers)]
        body = gold(customer, 0.5, token=await floor.fix(customer))
        if number % 8 < len(customers):
            return await floor.buy(paid(body, BUY_PRICE // 2))
        return await floor.sell(body)

    replies = await some_at_once(trade, range(200), at_once=50)

    assert codes(replies) == {0: 200}
    for customer in customers:
        assert await floor.has(customer) == {"GAU": 10_000_000, "TRY": 25 * SELL_PRICE * 50}
    say(f"200 purchases and sales of {len(customers)} customers, {since(begun)}")


async def _own(floor: Floor, customer: str, *, grams: int) -> None:
    body = paid(gold(customer, grams, token=await floor.fix(customer)), grams * BUY_PRICE)
    reply = await floor.buy(body)
    assert reply.status == 200, reply.body
