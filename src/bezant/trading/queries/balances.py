"""What moved an owner's metal, what a partner traded, and what accounts had at ends of days."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import Currency
from bezant.ledger.assets import METALS, Amount, Asset
from bezant.ledger.model import Owner
from bezant.trading.position import DayTraded, Movement, TradedWanted

MAX_MOVEMENTS: Final = 20_000
"""Of how many an average is made: each takes 8 µs of a process that serves others, too."""
_METALS: Final = tuple(asset.sku for asset in METALS)

# An order that traded several metals has one posting of cash for all of them: what each cost
# is what its lines say. A reference that is no guid names something else than such an order.
SELECT_MOVEMENTS: Final = """
    SELECT a.asset, p.amount AS units,
           CASE WHEN j.kind IN ('buy', 'sell') THEN (
               SELECT sum(i.line + i.tax)::bigint
                 FROM digital_order o JOIN digital_order_item i USING (partner_id, order_id)
                WHERE o.partner_id = j.partner_id AND o.currency = $5 AND i.asset = a.asset
                  AND o.guid = CASE WHEN j.reference_kind = 'order'
                                     AND j.reference ~ '^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$'
                                    THEN j.reference::uuid END)
           END AS cash
      FROM ledger_account a
      JOIN ledger_posting p USING (partner_id, account_id)
      JOIN ledger_journal j USING (partner_id, stamp, journal_id)
     WHERE a.partner_id = $1 AND a.kind = $2 AND a.holder = $3 AND a.asset = ANY ($4::text[])
     ORDER BY p.journal_id LIMIT $6
"""

SELECT_TRADED: Final = """
    SELECT (o.ordered_at AT TIME ZONE $4)::date AS day, i.asset,
           count(*) FILTER (WHERE o.kind = 'buy') AS buys,
           count(*) FILTER (WHERE o.kind = 'sell') AS sells,
           coalesce(sum(i.amount) FILTER (WHERE o.kind = 'buy'), 0)::bigint AS bought,
           coalesce(sum(i.amount) FILTER (WHERE o.kind = 'sell'), 0)::bigint AS sold,
           coalesce(sum(i.line + i.tax) FILTER (WHERE o.kind = 'buy'), 0)::bigint AS paid,
           coalesce(sum(i.line + i.tax) FILTER (WHERE o.kind = 'sell'), 0)::bigint AS received
      FROM digital_order o JOIN digital_order_item i USING (partner_id, order_id)
     WHERE o.partner_id = $1 AND o.ordered_at >= $2 AND o.ordered_at < $3 AND o.currency = $5
       AND o.status_id = 5 AND o.kind IN ('buy', 'sell')
       AND ($6::bigint IS NULL OR o.customer_id = $6) AND ($7::text IS NULL OR i.asset = $7)
     GROUP BY 1, 2 ORDER BY 1, 2
"""

SELECT_ACCOUNT_IDS: Final = """
    SELECT asset, account_id FROM ledger_account
     WHERE partner_id = $1 AND kind = $2 AND holder = $3
"""

# Of an account with a floor: its balance now, less what was posted after the end of a day.
SELECT_CLOSINGS: Final = """
    SELECT a.asset, d.ends_at,
           a.balance - coalesce((
               SELECT sum(p.amount)
                 FROM ledger_posting p JOIN ledger_journal j USING (partner_id, stamp, journal_id)
                WHERE p.partner_id = a.partner_id AND p.account_id = a.account_id
                  AND j.posted_at >= d.ends_at), 0)::bigint AS units
      FROM ledger_account a CROSS JOIN unnest($4::timestamptz[]) AS d (ends_at)
     WHERE a.partner_id = $1 AND a.kind = $2 AND a.holder = $3
     ORDER BY a.account_id, d.ends_at
"""


async def select_movements(
    connection: Connection, partner_id: PartnerId, owner: Owner, *, currency: Currency
) -> dict[Asset, list[Movement]] | None:
    """All that moved an owner's metals, in the order in which it did; None for too many."""
    args = (partner_id, owner.kind, owner.customer_id, _METALS, currency, MAX_MOVEMENTS + 1)
    rows = await connection.fetch(SELECT_MOVEMENTS, *args)
    if len(rows) > MAX_MOVEMENTS:
        return None
    found: dict[Asset, list[Movement]] = {}
    for row in rows:
        movement = Movement(row["units"], row["cash"])
        found.setdefault(Asset[row["asset"]], []).append(movement)
    return found


async def select_traded(connection: Connection, wanted: TradedWanted) -> list[DayTraded]:
    """What was traded of each asset on each day."""
    rows = await connection.fetch(
        SELECT_TRADED,
        wanted.partner_id,
        wanted.days.since,
        wanted.days.until,
        wanted.time_zone,
        wanted.currency,
        wanted.customer_id,
        wanted.asset.sku if wanted.asset else None,
    )
    return [
        DayTraded(
            day=row["day"],
            asset=Asset[row["asset"]],
            buys=row["buys"],
            sells=row["sells"],
            bought=row["bought"],
            sold=row["sold"],
            paid=row["paid"],
            received=row["received"],
        )
        for row in rows
    ]


async def select_closings(
    connection: Connection, partner_id: PartnerId, owner: Owner, ends: Sequence[datetime]
) -> dict[Asset, list[Amount]]:
    """What an owner's accounts, which have a floor, had at each of these moments."""
    rows = await connection.fetch(
        SELECT_CLOSINGS, partner_id, owner.kind, owner.customer_id, list(ends)
    )
    found: dict[Asset, list[Amount]] = {}
    for row in rows:
        asset = Asset[row["asset"]]
        found.setdefault(asset, []).append(Amount(row["units"], asset))
    return found


async def select_account_ids(
    connection: Connection, partner_id: PartnerId, owner: Owner
) -> dict[Asset, int]:
    """The number of each of an owner's accounts."""
    rows = await connection.fetch(SELECT_ACCOUNT_IDS, partner_id, owner.kind, owner.customer_id)
    return {Asset[row["asset"]]: row["account_id"] for row in rows}
