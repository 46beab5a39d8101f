"""Balances and statements: what accounts have, and had."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bezant.kernel.db import Connection
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    Account,
    Balance,
    JournalId,
    Owner,
    OwnerKind,
    Period,
    Statement,
    StatementLine,
)

if TYPE_CHECKING:
    from asyncpg import Record

# An account without a floor: the snapshot, and what came since. Holds whose time is over count
# no longer, whether or not the worker has been there.
_BALANCE: Final = """
    CASE WHEN a.floor IS NOT NULL THEN a.balance
         ELSE coalesce((SELECT s.balance FROM ledger_snapshot s
                         WHERE s.partner_id = a.partner_id AND s.account_id = a.account_id), 0)
            + coalesce((SELECT sum(p.amount) FROM ledger_posting p
                         WHERE p.partner_id = a.partner_id AND p.account_id = a.account_id
                           AND p.stamp >= b.folded_to), 0)
    END::bigint
"""

SELECT_BALANCES: Final = f"""
    SELECT a.kind, a.holder, a.asset, {_BALANCE} AS balance,
           a.blocked - coalesce(o.blocked, 0)::bigint AS blocked,
           a.soft_blocked - coalesce(o.soft_blocked, 0)::bigint AS soft_blocked
      FROM ledger_account a
      JOIN ledger_book b USING (partner_id)
      LEFT JOIN LATERAL (
        SELECT sum(amount) FILTER (WHERE h.kind = 'blocked') AS blocked,
               sum(amount) FILTER (WHERE h.kind = 'soft_blocked') AS soft_blocked
          FROM ledger_hold h
         WHERE h.partner_id = a.partner_id AND h.account_id = a.account_id
           AND h.state = 'live' AND h.expires_at <= $4
      ) o ON a.blocked > 0 OR a.soft_blocked > 0
     WHERE a.partner_id = $1 AND a.kind = ANY ($2::text[]) AND a.holder = $3
     ORDER BY a.account_id
"""

# In every book, so that what lies in the vault for one partner covers what another's own.
SELECT_COVER: Final = f"""
    SELECT coalesce(-sum(n.balance) FILTER (WHERE n.kind = 'vault'), 0)::bigint AS held,
           coalesce(-sum(n.balance), 0)::bigint AS owned
      FROM (SELECT a.kind, {_BALANCE} AS balance
              FROM ledger_account a JOIN ledger_book b USING (partner_id)
             WHERE a.floor IS NULL AND a.asset = ANY ($1::text[])) n
"""

SELECT_ACCOUNT: Final = """
    SELECT account_id FROM ledger_account
     WHERE partner_id = $1 AND kind = $2 AND holder = $3 AND asset = $4
"""

SELECT_OPENING: Final = """
    SELECT coalesce(sum(p.amount), 0)::bigint
      FROM ledger_posting p JOIN ledger_journal j USING (partner_id, stamp, journal_id)
     WHERE p.partner_id = $1 AND p.account_id = $2 AND j.posted_at < $3
"""

SELECT_LINES: Final = """
    SELECT j.journal_id, j.posted_at, j.kind, j.reference_kind, j.reference, j.description,
           p.amount, (sum(p.amount) OVER (ORDER BY j.journal_id))::bigint AS so_far
      FROM ledger_posting p JOIN ledger_journal j USING (partner_id, stamp, journal_id)
     WHERE p.partner_id = $1 AND p.account_id = $2 AND j.posted_at >= $3 AND j.posted_at < $4
     ORDER BY j.journal_id LIMIT $5
"""


async def select_balances(
    connection: Connection,
    partner_id: PartnerId,
    kinds: Sequence[OwnerKind],
    customer_id: CustomerId,
    *,
    now: datetime,
) -> list[Balance]:
    """The accounts of these kinds of one book, oldest first."""
    rows = await connection.fetch(SELECT_BALANCES, partner_id, kinds, customer_id, now)
    return [_balance(row) for row in rows]


async def select_cover(connection: Connection, assets: Sequence[Asset]) -> tuple[int, int]:
    """Micrograms in the vault, and those that others than the house own."""
    row = await connection.fetchrow(SELECT_COVER, [asset.name for asset in assets])
    assert row is not None, "a sum is one row"
    return row["held"], row["owned"]


async def select_statement(
    connection: Connection, partner_id: PartnerId, account: Account, *, period: Period, limit: int
) -> Statement:
    """An account over a period, with its first postings up to the limit."""
    account_id = await connection.fetchval(
        SELECT_ACCOUNT,
        partner_id,
        account.owner.kind,
        account.owner.customer_id,
        account.asset.name,
    )
    # An account that was never used has no id, and no postings are found of it.
    units = await connection.fetchval(SELECT_OPENING, partner_id, account_id, period.since)
    rows = await connection.fetch(
        SELECT_LINES, partner_id, account_id, period.since, period.until, limit
    )
    opening = Amount(units, account.asset)
    lines = tuple(_line(row, opening) for row in rows)
    return Statement(account, period, opening, lines, lines[-1].after if lines else opening)


def _balance(row: "Record") -> Balance:
    owner = Owner(OwnerKind(row["kind"]), CustomerId(row["holder"]))
    return Balance(
        Account(owner, Asset[row["asset"]]), row["balance"], row["blocked"], row["soft_blocked"]
    )


def _line(row: "Record", opening: Amount) -> StatementLine:
    return StatementLine(
        journal_id=JournalId(row["journal_id"]),
        posted_at=row["posted_at"],
        kind=row["kind"],
        reference=f"{row['reference_kind']} {row['reference']}",
        description=row["description"],
        amount=Amount(row["amount"], opening.asset),
        after=Amount(opening.units + row["so_far"], opening.asset),
    )
