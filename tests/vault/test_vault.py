"""Bars in and out, each with its journal; and that no more is sold than they cover."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Connection, Database, PoolLimits, change_on
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import at_once
from bezant.ledger.verifying import verify
from bezant.vault import queries, reconciling
from bezant.vault import service as vault
from bezant.vault.model import (
    Bar,
    BarIsIn,
    BarIsOut,
    BarNeeded,
    Guard,
    NoSuchBar,
    Reckoning,
    SalesFrozen,
    SeveralBars,
)
from tests.factories.clock import FakeClock
from tests.factories.databases import cloned_database
from tests.factories.vault import TON_UG, a_bar

KILO_UG = 1_000_000_000
EMPTY = "UPDATE vault_headroom SET free_ug = 0, state = $1"
IN = " WHERE withdrawn_at IS NULL"
STRIPES = "SELECT free_ug FROM vault_headroom WHERE metal = $1 ORDER BY stripe"


@pytest.fixture(scope="module")
def vault_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of a database in which nobody else counts metal."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_vault") as url:
        yield url


@pytest_asyncio.fixture
async def lone(vault_url: str) -> AsyncIterator[Database]:
    """A database with many connections. Its ledger is verified afterwards."""
    found = await Database.connect(vault_url, PoolLimits(connections=20))
    yield found
    broken = [each for each in await verify(found) if each.breaks]
    await found.close()
    assert not broken


async def told(db: Database, metal: Metal = Metal.GOLD) -> Reckoning:
    """How a metal stands."""
    found = await reconciling.reconcile(db)
    return next(each for each in found.reckonings if each.metal is metal)


async def free(db: Database, metal: Metal = Metal.GOLD) -> int:
    """What the counter has free."""
    return (await told(db, metal)).counted_ug


async def sell(db: Database, micrograms: int, metal: Metal = Metal.GOLD) -> bool:
    """Whether so much may be sold; it then is."""

    async def count(connection: Connection) -> None:
        await at_once(connection, vault.sold([Weight(micrograms, metal)]))

    async with db.reading() as connection:
        try:
            await change_on(connection, count)
        except SalesFrozen:
            return False
    return True


async def buy_back(db: Database, micrograms: int, metal: Metal = Metal.GOLD) -> None:
    """Gives so much back."""

    async def count(connection: Connection) -> None:
        await at_once(connection, vault.bought_back([Weight(micrograms, metal)]))

    async with db.reading() as connection:
        await change_on(connection, count)


async def settle(db: Database) -> None:
    """Sets the counters to what the ledger says, as tests of the counter alone leave them."""
    async with db.transaction() as tx:
        for metal in Metal:
            await reconciling.recount(tx, metal)


async def find(db: Database, serial: str) -> Bar:
    """A bar that is in."""
    async with db.reading() as connection:
        return await vault.find_bar_in(connection, serial, refiner=None)


async def take_out(db: Database, serial: str, *, anyway: bool = False) -> None:
    """Takes a bar out."""
    bar = await find(db, serial)
    async with db.reading() as connection:
        await vault.withdraw(connection, bar, anyway=anyway, now=FakeClock().now())


async def test_a_bar_comes_in_and_goes_out_with_a_journal_each_way(
    lone: Database, clock: FakeClock
) -> None:
    before = await told(lone)
    new = a_bar(gross_ug=KILO_UG, fineness=99_990)
    async with lone.reading() as connection:
        await vault.take_in(connection, new, now=clock.now())
    with_it = await told(lone)
    await take_out(lone, new.serial)
    after = await told(lone)

    assert with_it.bars - before.bars == 1
    assert with_it.fine_ug - before.fine_ug == 999_900_000
    assert with_it.held_ug - before.held_ug == 999_900_000
    assert with_it.counted_ug - before.counted_ug == 999_900_000
    assert with_it.guard is Guard.OPEN
    assert after == before
    assert (await reconciling.reconcile(lone)).is_sound


async def test_a_bar_is_in_once_and_may_come_back(lone: Database, clock: FakeClock) -> None:
    new = a_bar()
    async with lone.reading() as connection:
        await vault.take_in(connection, new, now=clock.now())
        with pytest.raises(BarIsIn):
            await vault.take_in(connection, new, now=clock.now())
        await take_out(lone, new.serial)
        with pytest.raises(BarIsOut):
            await take_out(lone, new.serial)
        await vault.take_in(connection, new, now=clock.now())
        history = await vault.history_of(connection, new.serial, refiner=None)

    assert [each.withdrawn_at is None for each in history] == [False, True]
    assert (await reconciling.reconcile(lone)).is_sound


async def test_a_bar_is_found_by_serial_and_by_refiner_where_that_is_needed(
    lone: Database, clock: FakeClock
) -> None:
    serial = a_bar().serial
    async with lone.reading() as connection:
        with pytest.raises(NoSuchBar):
            await vault.find_bar_in(connection, serial, refiner=None)
        for refiner in ("Nadir", "Other"):
            new = a_bar(serial=serial, refiner=refiner)
            await vault.take_in(connection, new, now=clock.now())
        with pytest.raises(SeveralBars):
            await vault.find_bar_in(connection, serial, refiner=None)
        found = await vault.find_bar_in(connection, serial, refiner="Other")
        listed = await vault.bars(connection, Metal.GOLD)

    assert found.refiner == "Other"
    assert found in listed


async def test_of_twenty_who_take_the_same_bar_in_or_out_one_does(
    lone: Database, clock: FakeClock
) -> None:
    new = a_bar()

    async def enter() -> None:
        async with lone.reading() as connection:
            await vault.take_in(connection, new, now=clock.now())

    entered = await asyncio.gather(*(enter() for _ in range(20)), return_exceptions=True)
    bar = await find(lone, new.serial)

    async def leave() -> None:
        async with lone.reading() as connection:
            await vault.withdraw(connection, bar, anyway=False, now=clock.now())

    left = await asyncio.gather(*(leave() for _ in range(20)), return_exceptions=True)

    assert sorted(type(each).__name__ for each in entered) == ["BarIsIn"] * 19 + ["NoneType"]
    assert sorted(type(each).__name__ for each in left) == ["BarIsOut"] * 19 + ["NoneType"]
    assert (await reconciling.reconcile(lone)).is_sound


async def test_fifty_buys_at_the_edge_of_the_cover_never_go_beyond_it(lone: Database) -> None:
    await settle(lone)
    there = await free(lone)
    await sell(lone, there - 30_000_007)

    done = await asyncio.gather(*(sell(lone, 1_000_000) for _ in range(50)))

    assert sum(done) == 30
    assert await free(lone) == 7
    assert await sell(lone, 7)
    assert not await sell(lone, 1)
    assert (await told(lone)).sales == "nothing left"
    await settle(lone)


async def test_buys_and_sales_at_once_are_counted_to_the_microgram(lone: Database) -> None:
    await settle(lone)
    there = await free(lone)
    await sell(lone, there - 5_000_000)

    async def trade(number: int) -> int:
        if number % 2:
            await buy_back(lone, 1_000_001)
            return 1_000_001
        return -3_000_003 if await sell(lone, 3_000_003) else 0

    changes = await asyncio.gather(*(trade(number) for number in range(60)))

    assert await free(lone) == 5_000_000 + sum(changes) >= 0
    assert 0 in changes
    await settle(lone)


async def test_a_bar_that_goes_while_others_buy_leaves_what_they_own_covered(
    lone: Database, clock: FakeClock
) -> None:
    await settle(lone)
    new = a_bar(gross_ug=KILO_UG)
    async with lone.reading() as connection:
        await vault.take_in(connection, new, now=clock.now())
    there = await free(lone)
    await sell(lone, there - KILO_UG - 5_000_000)

    async def leave() -> bool:
        try:
            await take_out(lone, new.serial)
        except BarNeeded:
            return False
        return True

    buys = [sell(lone, 1_000_000) for _ in range(40)]
    *bought, has_left = await asyncio.gather(*buys[:20], *buys[20:], leave())

    left = KILO_UG + 5_000_000 - sum(bought) * 1_000_000 - (KILO_UG if has_left else 0)
    assert await free(lone) == left >= 0
    assert sum(bought) == 40 or has_left
    if not has_left:
        await settle(lone)
        await take_out(lone, new.serial)
    await settle(lone)


async def test_what_one_stripe_lacks_is_gathered_from_all(lone: Database) -> None:
    await settle(lone)
    there = await free(lone, Metal.SILVER)

    assert await sell(lone, there - 3, Metal.SILVER)
    async with lone.reading() as connection:
        stripes = [row[0] for row in await connection.fetch(STRIPES, Metal.SILVER)]

    assert sum(stripes) == 3
    assert min(stripes) >= 0
    await settle(lone)


async def test_several_metals_are_sold_together_or_not_at_all(lone: Database) -> None:
    await settle(lone)
    gold, silver = await free(lone), await free(lone, Metal.SILVER)
    too_much = [Weight(1, Metal.GOLD), Weight(silver + 1, Metal.SILVER)]

    async with lone.reading() as connection:
        with pytest.raises(SalesFrozen) as frozen:
            await at_once(connection, vault.sold(too_much))

    assert frozen.value.metal is Metal.SILVER
    assert (await free(lone), await free(lone, Metal.SILVER)) == (gold, silver)


async def test_a_bar_that_covers_what_is_owned_stays_unless_it_is_missing(
    lone: Database, clock: FakeClock
) -> None:
    await settle(lone)
    new = a_bar(Metal.PLATINUM, gross_ug=KILO_UG)
    async with lone.reading() as connection:
        await vault.take_in(connection, new, now=clock.now())
    assert await sell(lone, TON_UG + KILO_UG - 5, Metal.PLATINUM)

    with pytest.raises(BarNeeded):
        await take_out(lone, new.serial)
    await take_out(lone, new.serial, anyway=True)
    short = await told(lone, Metal.PLATINUM)
    refused = not await sell(lone, 1, Metal.PLATINUM)
    await buy_back(lone, KILO_UG - 6, Metal.PLATINUM)
    still_short = await told(lone, Metal.PLATINUM)
    await buy_back(lone, 2, Metal.PLATINUM)
    open_again = await told(lone, Metal.PLATINUM)

    assert (short.guard, short.counted_ug, refused) == (Guard.SHORT, 5 - KILO_UG, True)
    assert (still_short.guard, still_short.counted_ug) == (Guard.SHORT, -1)
    assert (open_again.guard, open_again.counted_ug) == (Guard.OPEN, 1)
    assert [each.sales for each in (short, still_short, open_again)] == ["frozen", "frozen", "open"]
    assert await sell(lone, 1, Metal.PLATINUM)
    await settle(lone)


async def test_a_metal_that_was_sold_before_is_guarded_from_its_first_bar_on(
    lone: Database, clock: FakeClock
) -> None:
    async with lone.reading() as connection:
        await connection.execute(EMPTY, "counting")
    assert await sell(lone, 5, Metal.PALLADIUM)
    counting = await told(lone, Metal.PALLADIUM)
    async with lone.reading() as connection:
        await vault.take_in(connection, a_bar(Metal.PALLADIUM, gross_ug=3), now=clock.now())
    first = await told(lone, Metal.PALLADIUM)
    refused = not await sell(lone, 1, Metal.PALLADIUM)
    async with lone.reading() as connection:
        await vault.take_in(connection, a_bar(Metal.PALLADIUM, gross_ug=3), now=clock.now())
    second = await told(lone, Metal.PALLADIUM)

    assert (counting.guard, counting.counted_ug) == (Guard.COUNTING, -5)
    assert counting.sales == "not guarded"
    assert (first.guard, first.counted_ug, refused) == (Guard.SHORT, -2, True)
    assert (second.guard, second.counted_ug) == (Guard.OPEN, 1)
    async with lone.reading() as connection:
        await connection.execute(EMPTY, "open")
    await settle(lone)


async def test_recounting_says_by_how_much_the_counter_was_wrong(lone: Database) -> None:
    await settle(lone)
    await sell(lone, 1_234)
    found = await told(lone)

    async with lone.transaction() as tx:
        wrong = await reconciling.recount(tx, Metal.GOLD)
    async with lone.transaction() as tx:
        again = await reconciling.recount(tx, Metal.GOLD)

    assert found.differences() == [
        f"gold: the counter has {found.headroom_ug - 1_234} µg free, the ledger {found.headroom_ug}"
    ]
    assert (wrong, again) == (1_234, 0)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("UPDATE vault_bar SET gross_ug = 2 * gross_ug, fine_ug = 2 * fine_ug" + IN, (0, 1)),
        ("UPDATE vault_bar SET withdrawn_at = taken_in_at" + IN, (0, 2)),
        ("DELETE FROM vault_bar WHERE metal = 'silver'", (0, 3)),
        ("UPDATE vault_headroom SET free_ug = free_ug + 1 WHERE stripe = 7", (0,)),
    ],
)
async def test_a_row_that_was_tampered_with_is_found(
    lone: Database, change: str, rules: tuple[int, ...]
) -> None:
    await settle(lone)
    every = (reconciling.COVERED, *queries.CHECKS)
    async with lone.reading() as connection:
        transaction = connection.transaction()
        await transaction.start()
        # As whoever owns the tables can: the triggers do not fire.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(change)
        found = await reconciling.reconcile_on(connection)
        await transaction.rollback()

    assert [rule for rule in every if found.breaks[rule]] == [every[place] for place in rules]
    assert (await reconciling.reconcile(lone)).is_sound


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM vault_bar",
        "TRUNCATE vault_bar",
        "UPDATE vault_bar SET serial = 'x'",
        "UPDATE vault_headroom SET free_ug = -1",
    ],
)
async def test_what_is_written_down_of_a_bar_stays(lone: Database, change: str) -> None:
    async with lone.reading() as connection:
        with pytest.raises(Exception, match=r"never changed|vault_headroom_covers"):
            await connection.execute(change)
