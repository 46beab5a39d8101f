"""The invariants of metal paid for by card as statements that find what breaks them.

Each finds rows of `what`, one for each break; on sound books all of them find nothing. They
read whole tables, so they are for an audit and not for a request.
"""

from collections.abc import Mapping
from typing import Final

from bezant.kernel.db import Connection

SUMS: Final = """
    SELECT format('payment %s is of %s, and its order of digital metal of %s', p.payment_id,
                  p.amount, o.price + o.tax) AS what
      FROM payment p
      LEFT JOIN digital_order o
        ON o.partner_id = p.partner_id AND o.order_id = p.digital_order_id
     WHERE p.digital_order_id IS NOT NULL
       AND (p.amount, p.currency) IS DISTINCT FROM (o.price + o.tax, o.currency)
"""

# 2 Pending and 4 Cancelled are the only statuses that nothing was paid in.
TAKEN: Final = """
    SELECT format('digital order %s has status %s, and %s was captured', o.order_id, o.status_id,
                  coalesce(p.captured, 0)) AS what
      FROM digital_order o
      LEFT JOIN payment p ON p.partner_id = o.partner_id AND p.digital_order_id = o.order_id
     WHERE (p.payment_id IS NOT NULL AND (o.status_id NOT IN (2, 4)) <> (p.captured > 0))
        OR (p.payment_id IS NULL AND o.waits_until IS NOT NULL)
"""

# The acquirer's cash is what lies in the vault of the partner's book, with a minus.
BOOKED: Final = """
    SELECT format('digital order %s: %s was paid by card, and its journals took %s',
                  o.order_id, w.due, m.moved) AS what
      FROM digital_order o
      LEFT JOIN payment p ON p.partner_id = o.partner_id AND p.digital_order_id = o.order_id
     CROSS JOIN LATERAL (
        SELECT CASE WHEN p.captured > 0 THEN p.amount ELSE 0 END AS due) w
     CROSS JOIN LATERAL (
        SELECT coalesce(-sum(e.amount), 0)::bigint AS moved
          FROM ledger_journal j
          JOIN ledger_posting e USING (partner_id, stamp, journal_id)
          JOIN ledger_account a USING (partner_id, account_id)
         WHERE j.partner_id = o.partner_id AND j.reference_kind = 'order'
           AND j.reference = upper(o.guid::text) AND a.kind = 'vault'
           AND a.asset = o.currency) m
     WHERE w.due <> m.moved
"""

# What was never paid has moved nothing at all.
UNBOOKED: Final = """
    SELECT format('digital order %s was not paid, and a journal stands for it', o.order_id) AS what
      FROM digital_order o
      JOIN payment p ON p.partner_id = o.partner_id AND p.digital_order_id = o.order_id
      JOIN ledger_journal j ON j.partner_id = o.partner_id AND j.reference_kind = 'order'
                           AND j.reference = upper(o.guid::text)
     WHERE p.captured = 0
"""

CHECKS: Final[Mapping[str, str]] = {
    "a card pays what its order of digital metal comes to": SUMS,
    "an order of digital metal that a card pays is completed if and only if it was taken": TAKEN,
    "what cards have paid for digital metal lies at the acquirer": BOOKED,
    "what no card has paid for has moved nothing": UNBOOKED,
}


async def breaks(connection: Connection, rule: str) -> list[str]:
    """What breaks a rule."""
    return [row["what"] for row in await connection.fetch(CHECKS[rule])]
