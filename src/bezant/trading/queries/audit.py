"""The invariants of trading as statements that find what breaks them.

Each finds rows of `what`, one for each break; on sound books all of them find nothing. They
read whole tables, so they are for an audit and not for a request.
"""

from collections.abc import Mapping
from typing import Final

from bezant.kernel.db import Connection

LINES: Final = """
    SELECT format('digital order %s: its figures are not the sums of its lines', o.order_id)
           AS what
      FROM digital_order o
      LEFT JOIN LATERAL (
        SELECT sum(i.line)::bigint AS price, sum(i.tax)::bigint AS tax,
               bool_and(o.kind = 'delivery' OR i.line = floor(
                   (i.price::numeric * i.amount + 500000) / 1000000)) AS fits
          FROM digital_order_item i
         WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
      ) s ON true
     WHERE (o.price, o.tax, true) IS DISTINCT FROM (s.price, s.tax, s.fits)
"""

# What the house gives is what the order says that was bought, and the other way round.
JOURNALS: Final = """
    SELECT format('digital order %s: it says %s, its journal %s', o.order_id, d.due, m.moved)
           AS what
      FROM digital_order o
      LEFT JOIN ledger_journal j
        ON j.partner_id = o.partner_id AND j.reference_kind = 'order'
       AND j.reference = upper(o.guid::text)
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(a.asset::text, p.amount) AS moved
          FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)
         WHERE p.partner_id = j.partner_id AND p.journal_id = j.journal_id AND a.kind = 'house'
      ) m ON true
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(w.asset, w.amount) AS due
          FROM (SELECT i.asset::text, CASE o.kind WHEN 'buy' THEN -i.amount ELSE i.amount END
                  FROM digital_order_item i
                 WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
                 UNION ALL
                SELECT o.currency::text,
                       CASE o.kind WHEN 'buy' THEN o.price + o.tax ELSE -o.price - o.tax END
               ) AS w (asset, amount)
      ) d ON true
     WHERE o.status_id = 5 AND o.kind <> 'delivery' AND m.moved IS DISTINCT FROM d.due
"""

# A fix that is long over may be forgotten, its order is not.
FIXES: Final = """
    SELECT format('price fix %s is %s, and %s order was made of it', f.token,
                  CASE WHEN f.used_at IS NULL THEN 'unused' ELSE 'used' END,
                  CASE WHEN o.order_id IS NULL THEN 'no' ELSE 'an' END) AS what
      FROM price_fix f
      LEFT JOIN digital_order o ON o.partner_id = f.partner_id AND o.price_token = f.token
     WHERE (f.used_at IS NULL) <> (o.order_id IS NULL)
"""

CHECKS: Final[Mapping[str, str]] = {
    "an order of digital metal is the sum of its lines": LINES,
    "an order of digital metal moved what it says": JOURNALS,
    "an order is made of each price fix that was used": FIXES,
}


async def breaks(connection: Connection, rule: str) -> list[str]:
    """What breaks a rule."""
    return [row["what"] for row in await connection.fetch(CHECKS[rule])]
