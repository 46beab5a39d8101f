"""Trading against the vault: what is sold lies there, and selling back always goes."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import at_once
from bezant.vault import reconciling
from bezant.vault import service as vault
from bezant.vault.model import Reckoning
from tests.trading.desk import Desk

GRAM_UG = 1_000_000


async def leave(db: Database, micrograms: int) -> Weight:
    """Has so much gold free, as if others owned the rest; that rest."""
    rest = Weight(await free(db) - micrograms, Metal.GOLD)
    async with db.reading() as connection:
        await at_once(connection, vault.sold([rest]))
    return rest


async def give_back(db: Database, rest: Weight) -> None:
    """Has what was taken away free again."""
    async with db.reading() as connection:
        await at_once(connection, vault.bought_back([rest]))


async def free(db: Database) -> int:
    """What the counter has of gold."""
    return (await _gold(db)).counted_ug


async def drift(db: Database) -> int:
    """By how much the counter differs from the ledger, for what other tests posted beside it."""
    gold = await _gold(db)
    return gold.counted_ug - gold.headroom_ug


async def _gold(db: Database) -> Reckoning:
    found = await reconciling.reconcile(db)
    return next(each for each in found.reckonings if each.metal is Metal.GOLD)


@pytest_asyncio.fixture
async def edge(desk: Desk) -> AsyncIterator[Desk]:
    """A desk in a house with ten grams of gold left, and as it was when it is over."""
    rest = await leave(desk.db, 10 * GRAM_UG)
    yield desk
    await give_back(desk.db, rest)


async def test_an_order_counts_what_it_sells_and_what_it_buys_back(desk: Desk) -> None:
    before, drifted = await free(desk.db), await drift(desk.db)

    assert (await desk.buy(3)).status == 200
    bought = await free(desk.db)
    assert (await desk.sell(1)).status == 200

    assert (bought - before, await free(desk.db) - before) == (-3 * GRAM_UG, -2 * GRAM_UG)
    assert await drift(desk.db) == drifted


async def test_a_buy_that_the_vault_does_not_cover_is_refused_whole(edge: Desk) -> None:
    fix = await edge.fix()

    refused = await edge.buy(11, price_token=fix)
    made = await edge.buy(10, price_token=fix)
    sold = await edge.sell(4)

    assert (refused.status, refused.body["code"]) == (503, 50310)
    assert str(refused.body["message"]).startswith("Gold is not for sale at the moment")
    # The fix was not used by what was refused.
    assert (made.status, sold.status) == (200, 200)
    assert await free(edge.db) == 4 * GRAM_UG


async def test_fifty_buys_at_once_never_go_beyond_the_vault(edge: Desk) -> None:
    assert (await edge.buy(1)).status == 200
    fixes = [await edge.fix() for _ in range(50)]

    replies = await asyncio.gather(*(edge.buy(1, price_token=each) for each in fixes))

    assert sorted(each.status for each in replies) == [200] * 9 + [503] * 41
    assert await free(edge.db) == 0


async def test_the_partners_own_trades_are_claims_too(edge: Desk) -> None:
    fix = await edge.fix(customer_external_id=None)

    refused = await edge.buy(11, price_token=fix, customer=None, topup=None)
    made = await edge.buy(10, price_token=fix, customer=None, topup=None)

    assert (refused.status, made.status) == (503, 200)
    assert await free(edge.db) == 0
