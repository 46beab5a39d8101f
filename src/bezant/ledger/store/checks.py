"""The invariants of the ledger as statements that find what breaks them.

Each finds rows of `what`, one for each break and so many at most; on sound books all of them
find nothing. They read whole tables, so they are for a check of the books and not for a request.
"""

from collections.abc import Mapping
from typing import Final

from bezant.kernel.db import Connection

UNBALANCED: Final = """
    SELECT format('journal %s of book %s: its postings in %s come to %s', p.journal_id,
                  p.partner_id, a.asset, sum(p.amount)) AS what
      FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)
     GROUP BY p.partner_id, p.journal_id, a.asset HAVING sum(p.amount) <> 0
     LIMIT $1
"""

LINES: Final = """
    SELECT format('journal %s of book %s has %s of its %s lines', journal_id, partner_id,
                  coalesce(p.lines, 0), coalesce(j.lines, 0)) AS what
      FROM ledger_journal j
      FULL JOIN (SELECT partner_id, stamp, journal_id, count(*) AS lines, max(line) AS last
                   FROM ledger_posting GROUP BY partner_id, stamp, journal_id) p
             USING (partner_id, stamp, journal_id)
     WHERE (p.lines, p.last) IS DISTINCT FROM (j.lines, j.lines)
     LIMIT $1
"""

BELONGING: Final = """
    SELECT format('journal %s of book %s, line %s: it has no journal or no account',
                  p.journal_id, p.partner_id, p.line) AS what
      FROM ledger_posting p
      LEFT JOIN ledger_account a USING (partner_id, account_id)
      LEFT JOIN ledger_journal j USING (partner_id, stamp, journal_id)
     WHERE a.account_id IS NULL OR j.lines IS NULL
     LIMIT $1
"""

BALANCES: Final = """
    SELECT format('account %s of book %s has %s, its postings come to %s', a.account_id,
                  a.partner_id, a.balance, coalesce(p.amount, 0)) AS what
      FROM ledger_account a
      LEFT JOIN (SELECT partner_id, account_id, sum(amount) AS amount FROM ledger_posting
                  GROUP BY partner_id, account_id) p USING (partner_id, account_id)
     WHERE a.balance <> CASE WHEN a.floor IS NULL THEN 0 ELSE coalesce(p.amount, 0) END
     LIMIT $1
"""

RUNNING: Final = """
    SELECT format('journal %s of book %s, line %s: the balance after it is %s and not %s',
                  journal_id, partner_id, line, so_far, balance_after) AS what
      FROM (SELECT p.*, a.floor, sum(p.amount) OVER (
                       PARTITION BY p.partner_id, p.account_id ORDER BY p.journal_id) AS so_far
              FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)) r
     WHERE balance_after IS DISTINCT FROM CASE WHEN floor IS NOT NULL THEN so_far END
     LIMIT $1
"""

FLOORS: Final = """
    SELECT format('account %s of book %s has %s, of which %s are held: that is below its floor',
                  account_id, partner_id, balance, blocked + soft_blocked) AS what
      FROM ledger_account
     WHERE balance - blocked - soft_blocked < floor
     LIMIT $1
"""

HOLDS: Final = """
    SELECT format('account %s of book %s holds %s and %s, its holds come to %s and %s',
                  a.account_id, a.partner_id, a.blocked, a.soft_blocked,
                  coalesce(h.blocked, 0), coalesce(h.soft_blocked, 0)) AS what
      FROM ledger_account a
      LEFT JOIN (SELECT partner_id, account_id,
                        sum(CASE kind WHEN 'blocked' THEN amount ELSE 0 END) AS blocked,
                        sum(CASE kind WHEN 'blocked' THEN 0 ELSE amount END) AS soft_blocked
                   FROM ledger_hold WHERE state = 'live'
                  GROUP BY partner_id, account_id) h USING (partner_id, account_id)
     WHERE (a.blocked, a.soft_blocked)
           IS DISTINCT FROM (coalesce(h.blocked, 0), coalesce(h.soft_blocked, 0))
     LIMIT $1
"""

SNAPSHOTS: Final = """
    SELECT format('the snapshot of account %s of book %s is %s, its postings come to %s',
                  a.account_id, a.partner_id, coalesce(s.balance, 0), coalesce(p.amount, 0))
           AS what
      FROM ledger_account a
      LEFT JOIN ledger_snapshot s USING (partner_id, account_id)
      LEFT JOIN (SELECT p.partner_id, p.account_id, sum(p.amount) AS amount
                   FROM ledger_posting p JOIN ledger_book b USING (partner_id)
                  WHERE p.stamp < b.folded_to
                  GROUP BY p.partner_id, p.account_id) p USING (partner_id, account_id)
     WHERE CASE WHEN a.floor IS NULL THEN coalesce(s.balance, 0) <> coalesce(p.amount, 0)
                ELSE s.balance IS NOT NULL END
     LIMIT $1
"""

CHAINED: Final = """
    SELECT format('journal %s of book %s is not in the chain, which has passed it',
                  j.journal_id, j.partner_id) AS what
      FROM ledger_journal j
      JOIN ledger_book b USING (partner_id)
      LEFT JOIN ledger_chain c USING (partner_id, journal_id, stamp)
     WHERE j.stamp < b.chained_to AND c.position IS NULL
     LIMIT $1
"""

ENDS: Final = """
    SELECT format('the chain of book %s ends at %s and has %s links', b.partner_id,
                  b.chain_position, coalesce(c.links, 0)) AS what
      FROM ledger_book b
      LEFT JOIN (SELECT partner_id, count(*) AS links, max(position) AS last
                   FROM ledger_chain GROUP BY partner_id) c USING (partner_id)
     WHERE (b.chain_position, b.chain_position)
           IS DISTINCT FROM (coalesce(c.links, 0), coalesce(c.last, 0))
     LIMIT $1
"""

CHECKS: Final[Mapping[str, str]] = {
    "a journal sums to zero in each asset": UNBALANCED,
    "a journal has the lines that it says": LINES,
    "a posting has its journal and its account": BELONGING,
    "a balance is the sum of its postings": BALANCES,
    "a posting knows the balance after it": RUNNING,
    "an account is not below its floor": FLOORS,
    "what an account holds is the sum of its holds": HOLDS,
    "a snapshot is the sum of what it covers": SNAPSHOTS,
    "the chain leaves out no journal": CHAINED,
    "the chain has no gap": ENDS,
}


async def breaks(connection: Connection, rule: str, *, limit: int) -> list[str]:
    """What breaks a rule, so many at most."""
    return [row["what"] for row in await connection.fetch(CHECKS[rule], limit)]
