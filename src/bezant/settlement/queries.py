"""What was posted to a partner's settlement accounts, by day; reads over the ledger's tables."""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import CASH
from bezant.ledger.model import Period
from bezant.settlement.model import Movement

_CASH: Final = tuple(asset.sku for asset in CASH)

# A currency that was never used has no account, and so no row.
SELECT_OPENINGS: Final = """
    SELECT a.asset,
           coalesce(sum(p.amount) FILTER (WHERE j.posted_at < $3), 0)::bigint AS minor
      FROM ledger_account a
      LEFT JOIN ledger_posting p USING (partner_id, account_id)
      LEFT JOIN ledger_journal j USING (partner_id, stamp, journal_id)
     WHERE a.partner_id = $1 AND a.kind = 'settlement' AND a.asset = ANY ($2::text[])
     GROUP BY a.account_id, a.asset ORDER BY a.account_id
"""

SELECT_MOVEMENTS: Final = """
    SELECT a.asset, (j.posted_at AT TIME ZONE $5)::date AS day, j.kind, count(*) AS postings,
           coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0)::bigint AS credited,
           coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)::bigint AS debited
      FROM ledger_account a
      JOIN ledger_posting p USING (partner_id, account_id)
      JOIN ledger_journal j USING (partner_id, stamp, journal_id)
     WHERE a.partner_id = $1 AND a.kind = 'settlement' AND a.asset = ANY ($2::text[])
       AND j.posted_at >= $3 AND j.posted_at < $4
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


async def select_openings(
    connection: Connection, partner_id: PartnerId, *, at: datetime
) -> list[Money]:
    """What each currency that was ever used came to before a moment."""
    rows = await connection.fetch(SELECT_OPENINGS, partner_id, _CASH, at)
    return [Money(row["minor"], Currency(row["asset"])) for row in rows]


async def select_movements(
    connection: Connection, partner_id: PartnerId, period: Period, *, time_zone: str
) -> dict[Currency, list[Movement]]:
    """What was posted of each kind on each day of the time zone, the first day first."""
    rows = await connection.fetch(
        SELECT_MOVEMENTS, partner_id, _CASH, period.since, period.until, time_zone
    )
    found: dict[Currency, list[Movement]] = {}
    for row in rows:
        currency = Currency(row["asset"])
        movement = Movement(
            day=row["day"],
            kind=row["kind"],
            postings=row["postings"],
            credited=Money(row["credited"], currency),
            debited=Money(row["debited"], currency),
        )
        found.setdefault(currency, []).append(movement)
    return found
