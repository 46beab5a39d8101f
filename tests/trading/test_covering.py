"""Trading against the vault: what is sold lies there, and selling back always goes."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import at_once
from bezant.ledger import service as ledger
from bezant.vault import reconciling
from bezant.vault import service as vault
from tests.trading.desk import Desk

GRAM_UG = 1_000_000


async def leave(db: Database, micrograms: int) -> None:
    """Has so much gold free, as if others owned the rest."""
    async with db.reading() as connection:
        cover = await ledger.cover_of(connection, Metal.GOLD)
        rest = cover.held - cover.owned - Weight(micrograms, Metal.GOLD)
        await at_once(connection, vault.sold([rest]))


async def free(db: Database) -> int:
    """What the counter has of gold."""
    found = await reconciling.reconcile(db)
    return next(each.counted_ug for each in found.reckonings if each.metal is Metal.GOLD)


@pytest_asyncio.fixture
async def edge(desk: Desk) -> AsyncIterator[Desk]:
    """A desk in a house with ten grams of gold left, and as it was when it is over."""
    await leave(desk.db, 10 * GRAM_UG)
    yield desk
    async with desk.db.transaction() as tx:
        for metal in Metal:
            await reconciling.recount(tx, metal)


async def test_an_order_counts_what_it_sells_and_what_it_buys_back(desk: Desk) -> None:
    before = await free(desk.db)

    assert (await desk.buy(3)).status == 200
    bought = await free(desk.db)
    assert (await desk.sell(1)).status == 200

    assert (bought - before, await free(desk.db) - before) == (-3 * GRAM_UG, -2 * GRAM_UG)
    assert (await reconciling.reconcile(desk.db)).is_sound


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
