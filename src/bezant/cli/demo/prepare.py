"""Makes the demo shop ready: seeded, with orders, filled with baskets, its ways in written down.

Invariant: `demo.json` is written as soon as its secrets are in force, before the long part.
"""

from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console

from bezant.baskets.bulk import count_baskets
from bezant.cli.demo.filling import BULK_LIMITS, batches, fill_up
from bezant.cli.demo.orders import make_orders
from bezant.cli.demo.record import FILE_NAME, DemoRecord, read_record, write_record
from bezant.cli.demo.shop import LEADS, DemoShop, seed_shop
from bezant.cli.demo.terms import sandbox_of
from bezant.cli.progress import shown_progress
from bezant.integrations.feeds.simulated import SimulatedFeed
from bezant.kernel.clock import Clock, SystemClock
from bezant.kernel.db import Database
from bezant.settings import Settings
from bezant.wiring import feed_of, open_database, safe_of, till_of

BASKETS: Final = 400
"""How many incomplete baskets there are unless somebody wants more."""


async def prepare(
    settings: Settings, *, baskets: int | None, with_orders: bool, console: Console
) -> DemoRecord:
    """The demo shop with at least so many baskets; what is there already stays.

    `settings.database_url` names a migrated database. Raises `DatabaseAway`.
    """
    clock = SystemClock()
    wanted = BASKETS if baskets is None else baskets
    db = await open_database(settings)
    try:
        shop, record = await _open_shop(db, settings, clock=clock)
        if with_orders:
            await _sell(db, settings, shop, clock=clock)
        async with db.reading() as connection:
            there = await count_baskets(connection, at_most=wanted)
    finally:
        await db.close()
    if there < wanted:
        await _fill(settings, shop, there=there, wanted=wanted, console=console)
    return record


async def _open_shop(
    db: Database, settings: Settings, *, clock: Clock
) -> tuple[DemoShop, DemoRecord]:
    path = settings.data_dir / FILE_NAME
    before = read_record(path)
    feed = feed_of(settings) or SimulatedFeed(seed=settings.feed_seed)
    shop = await seed_shop(db, safe_of(settings), clock=clock, feed=feed, record=before)
    record = DemoRecord(path, settings.base_url, shop.sign_ins, sandbox_of(settings))
    if record != before:
        write_record(record)
    return shop, record


async def _sell(db: Database, settings: Settings, shop: DemoShop, *, clock: Clock) -> None:
    till = till_of(settings, db, clock)
    try:
        await make_orders(till, shop, time_zone=ZoneInfo(settings.time_zone))
    finally:
        await till.close()


async def _fill(
    settings: Settings, shop: DemoShop, *, there: int, wanted: int, console: Console
) -> None:
    assert settings.database_url is not None, "open_database has used it"
    plan = list(batches(there=there, wanted=wanted, named=len(shop.people) - LEADS))
    db = await Database.connect(settings.database_url, BULK_LIMITS)
    try:
        with shown_progress(console, "baskets", total=wanted - there) as made:
            await fill_up(db, shop, plan, now=SystemClock().now(), made=made)
    finally:
        await db.close()
