"""The books as the database and the ledger tell them, held against the model."""

import asyncio
from datetime import UTC, date, datetime
from typing import Final

from bezant.kernel.money import Currency
from bezant.ledger import service as ledger
from bezant.ledger.assets import Asset
from bezant.ledger.model import customer
from tests.trading.machine.bars import free_of
from tests.trading.machine.model import FLOORLESS, Account, Model
from tests.trading.machine.world import BOOKS, World

SELECT_ACCOUNTS: Final = """
    SELECT a.kind, coalesce(c.external_id, a.kind) AS who, a.asset, a.balance, a.floor,
           a.blocked, a.soft_blocked,
           (SELECT coalesce(sum(p.amount), 0)::bigint FROM ledger_posting p
             WHERE p.partner_id = a.partner_id AND p.account_id = a.account_id) AS posted,
           (SELECT coalesce(sum(h.amount), 0)::bigint FROM ledger_hold h
             WHERE h.partner_id = a.partner_id AND h.account_id = a.account_id
               AND h.state = 'live') AS held
      FROM ledger_account a LEFT JOIN customer c
        ON c.partner_id = a.partner_id AND c.customer_id = a.customer_id
     WHERE a.partner_id = $1
"""
SELECT_TURNOVER: Final = """
    SELECT c.external_id, t.day, t.currency, t.amount
      FROM kyc_turnover t JOIN customer c USING (partner_id, customer_id)
     WHERE t.partner_id = $1
"""
SELECT_ORDERS: Final = """
    SELECT o.guid, f.used_at IS NOT NULL AS is_used
      FROM digital_order o LEFT JOIN price_fix f
        ON f.partner_id = o.partner_id AND f.token = o.price_token
     WHERE o.partner_id = ANY ($1)
"""


async def compare(world: World, model: Model) -> None:
    """Every account, hold, order and count of both books."""
    partners = list(world.partners)
    async with world.db.reading() as connection:
        orders = await connection.fetch(SELECT_ORDERS, partners)
    assert {row["guid"] for row in orders} == model.guids
    assert len(orders) == len(model.guids)
    # A fix that is long over is forgotten, its order is not.
    used = sum(row["is_used"] for row in orders)
    assert used == len(model.used & set(model.fixes))
    async with world.db.reading() as connection:
        assert await free_of(connection) == model.free
    await asyncio.gather(
        *(_compare_accounts(world, model, book) for book in BOOKS),
        *(_compare_turnover(world, model, book) for book in BOOKS),
    )


async def _compare_accounts(world: World, model: Model, book: int) -> None:
    partner_id, totals = world.partners[book], dict.fromkeys(Asset, 0)
    async with world.db.reading() as connection:
        rows = await connection.fetch(SELECT_ACCOUNTS, partner_id)
    found: dict[Account, int] = {}
    for row in rows:
        account: Account = (book, row["who"], Asset[row["asset"]])
        found[account] = row["posted"]
        totals[account[2]] += row["posted"]
        blocked, soft = row["blocked"], row["soft_blocked"]
        assert (row["floor"] is None) == (account[1] in FLOORLESS)
        assert min(blocked, soft) >= 0
        assert row["held"] == blocked + soft
        if row["floor"] is not None:
            assert row["balance"] == row["posted"]
            assert row["balance"] - blocked - soft >= row["floor"] == 0
    assert set(totals.values()) == {0}, "the books are even in each asset"
    wanted = {key: units for key, units in model.sums.items() if key[0] == book and units}
    assert {key: units for key, units in found.items() if units} == wanted
    await _compare_told(world, model, book, {row["who"] for row in rows})


async def _compare_told(world: World, model: Model, book: int, owners: set[str]) -> None:
    """What the ledger says that somebody has, and may spend."""
    ids = await world.customers(book)
    now = world.clock.now()
    for who in owners:
        owner = await world.owner(book, who) if who not in ids else customer(ids[who])
        async with world.db.reading() as connection:
            told = await ledger.balances_of(connection, world.partners[book], owner, now=now)
        for each in told:
            account: Account = (book, who, each.account.asset)
            assert each.units == model.sum(account)
            assert each.available.units == model.available(account)


async def _compare_turnover(world: World, model: Model, book: int) -> None:
    async with world.db.reading() as connection:
        rows = await connection.fetch(SELECT_TURNOVER, world.partners[book])
    found = {
        (book, row["external_id"], _start_of(row["day"]), Currency(row["currency"])): int(
            row["amount"]
        )
        for row in rows
    }
    wanted = {key: minor for key, minor in model.turnover.items() if key[0] == book}
    assert found == wanted, "what is counted is what was ordered"


def _start_of(day: date) -> datetime:
    """The moment a day of UTC begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
