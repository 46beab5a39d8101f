"""Many at once: a fix makes one order, an id names one, and nothing is sold twice."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from tests.factories.shop import Reply
from tests.trading.desk import BUY, SELL, Desk, buyer


def codes(replies: Sequence[Reply]) -> Counter[object]:
    """How many were answered how."""
    return Counter(reply.body["code"] for reply in replies)


async def test_a_hundred_orders_of_one_fix_are_one_order(desk: Desk) -> None:
    assert (await desk.buy()).status == 200
    token = await desk.fix()

    replies = await asyncio.gather(*(desk.buy(0.1, price_token=token) for _ in range(100)))

    assert codes(replies) == {0: 1, 40950: 99}
    assert await desk.orders() == 2
    assert (await desk.balances())["GAU"] == 1_100_000


async def test_fifty_strangers_of_one_name_with_one_id_are_one_order(desk: Desk) -> None:
    body = {
        "price_token": await desk.fix(),
        "external_id": desk.name(),
        "customer": buyer(desk.customer),
        "items": [{"sku": "GAU", "amount": 1}],
        "topup": {"price": 2020},
    }

    replies = await asyncio.gather(*(desk.partner.post(BUY, **body) for _ in range(50)))

    assert codes(replies) == {0: 50}
    assert all(reply.body == replies[0].body for reply in replies)
    assert await desk.orders() == 1
    assert await desk.balances() == {"GAU": 1_000_000}


async def test_one_id_with_many_fixes_is_one_order(desk: Desk) -> None:
    assert (await desk.buy()).status == 200
    name = desk.name()
    tokens = [await desk.fix() for _ in range(20)]

    replies = await asyncio.gather(
        *(desk.buy(0.1, price_token=token, external_id=name) for token in tokens)
    )

    assert codes(replies) == {0: 1, 40908: 19}
    assert await desk.orders() == 2


async def test_of_a_hundred_that_sell_everything_one_does(desk: Desk) -> None:
    assert (await desk.buy(1, topup={"price": 2020})).status == 200
    tokens = [await desk.fix() for _ in range(100)]

    replies = await asyncio.gather(*(desk.sell(1, price_token=token) for token in tokens))

    assert codes(replies) == {0: 1, 40940: 99}
    assert await desk.balances() == {"TRY": 198_000}


async def test_buying_and_selling_at_once_adds_up(desk: Desk) -> None:
    assert (await desk.buy(10, topup={"price": 20_200})).status == 200
    buying = [(BUY, await desk.fix()) for _ in range(20)]
    selling = [(SELL, await desk.fix()) for _ in range(20)]

    replies = await asyncio.gather(
        *(
            desk.buy(0.5, price_token=token, topup={"price": 1010})
            if path == BUY
            else desk.sell(0.5, price_token=token)
            for path, token in [*buying, *selling]
        )
    )

    assert codes(replies) == {0: 40}
    assert await desk.balances() == {"GAU": 10_000_000, "TRY": 20 * 99_000}
