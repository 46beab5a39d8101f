"""The invariants of deliveries as statements that find what breaks them.

Each finds rows of `what`, one for each break; on sound books all of them find nothing. They
read whole tables, so they are for an audit and not for a request.
"""

from collections.abc import Mapping
from typing import Final

from bezant.kernel.db import Connection

SHIPMENTS: Final = """
    SELECT format('delivery %s (order %s): status %s, its shipment is %s', guid, o.order_id,
                  o.status_id, s.status) AS what
      FROM (SELECT * FROM digital_order WHERE kind = 'delivery') o
      FULL JOIN shipment s USING (partner_id, guid)
     WHERE o.status_id IS DISTINCT FROM CASE s.status WHEN 'ordered' THEN 1
                                                      WHEN 'preparing' THEN 6
                                                      WHEN 'shipped' THEN 8
                                                      WHEN 'delivered' THEN 5
                                                      WHEN 'cancelled' THEN 4 END
        OR s.status IS DISTINCT FROM (
            SELECT c.status FROM shipment_change c
             WHERE c.partner_id = s.partner_id AND c.guid = s.guid
             ORDER BY c.at DESC, c.status = s.status DESC LIMIT 1)
"""

FIGURES: Final = """
    SELECT format('delivery %s: %s pieces of %s µg for %s, its order says %s µg for %s', s.guid,
                  s.amount, s.weight_ug, s.minting + s.insurance + s.shipping, i.amount, o.price)
           AS what
      FROM shipment s
      JOIN digital_order o USING (partner_id, guid)
      LEFT JOIN digital_order_item i
        ON i.partner_id = o.partner_id AND i.order_id = o.order_id
     WHERE (i.amount, i.price, o.price) IS DISTINCT FROM
           (s.amount * s.weight_ug, 0::bigint, s.minting + s.insurance + s.shipping)
"""

BLOCKED: Final = """
    SELECT format('delivery %s is %s, and %s of its %s µg are %s', s.guid, s.status,
                  coalesce(h.amount, 0), i.amount, coalesce(h.state, 'not blocked')) AS what
      FROM shipment s
      JOIN digital_order o USING (partner_id, guid)
      JOIN digital_order_item i USING (partner_id, order_id)
      LEFT JOIN ledger_account a
        ON a.partner_id = o.partner_id AND a.kind = 'customer' AND a.holder = o.customer_id
       AND a.asset = i.asset
      LEFT JOIN ledger_hold h
        ON h.partner_id = a.partner_id AND h.account_id = a.account_id
       AND h.reference_kind = 'delivery' AND h.reference = upper(s.guid::text)
     WHERE (h.kind::text, h.amount, h.state::text) IS DISTINCT FROM
           ('blocked', i.amount, CASE s.status WHEN 'ordered' THEN 'live'
                                               WHEN 'preparing' THEN 'live'
                                               WHEN 'cancelled' THEN 'released'
                                               ELSE 'consumed' END)
"""

# What the house got: the cost at once, the grams when they were shipped; a cancellation gives the
# cost back.
MOVED: Final = """
    SELECT format('delivery %s is %s: %s is due, its journals moved %s', s.guid, s.status, d.due,
                  m.moved) AS what
      FROM shipment s
      JOIN digital_order o USING (partner_id, guid)
      JOIN digital_order_item i USING (partner_id, order_id)
      LEFT JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(j.reference_kind || ' ' || a.asset, p.amount), '{}')
               AS moved
          FROM ledger_journal j
          JOIN ledger_posting p USING (partner_id, stamp, journal_id)
          JOIN ledger_account a USING (partner_id, account_id)
         WHERE j.partner_id = s.partner_id AND j.reference = upper(s.guid::text)
           AND j.reference_kind IN ('order', 'delivery', 'cancellation') AND a.kind = 'house'
      ) m ON true
      LEFT JOIN LATERAL (
        SELECT jsonb_strip_nulls(jsonb_build_object(
                   'order ' || o.currency, nullif(o.price + o.tax, 0),
                   'delivery ' || i.asset,
                   CASE WHEN s.status IN ('shipped', 'delivered') THEN i.amount END,
                   'cancellation ' || o.currency,
                   CASE s.status WHEN 'cancelled' THEN nullif(-o.price - o.tax, 0) END)) AS due
      ) d ON true
     WHERE m.moved <> d.due
"""

PROMISED: Final = """
    SELECT format('delivery %s is %s, and %s of its %s pieces are %s', s.guid, s.status,
                  coalesce(r.amount, 0), s.amount, coalesce(r.state, 'not promised')) AS what
      FROM shipment s
      FULL JOIN (SELECT * FROM stock_reservation WHERE order_id < 0) r
        ON r.partner_id = s.partner_id AND r.order_id = s.promised_as
       AND r.product_id = s.product_id
     WHERE (r.amount, r.state) IS DISTINCT FROM
           (CASE WHEN NOT s.minted THEN s.amount END,
            CASE WHEN s.minted THEN NULL
                 WHEN s.status IN ('ordered', 'preparing') THEN 'held'
                 WHEN s.status = 'cancelled' THEN 'released'
                 ELSE 'sold' END)
"""

CHECKS: Final[Mapping[str, str]] = {
    "a delivery is as far as its shipment": SHIPMENTS,
    "a delivery takes the grams of its pieces, and costs its parts": FIGURES,
    "the grams of a delivery are blocked until they are shipped": BLOCKED,
    "a delivery moved its cost, and its grams once they were shipped": MOVED,
    "the pieces of a delivery are promised to it, or minted": PROMISED,
}


async def breaks(connection: Connection, rule: str) -> list[str]:
    """What breaks a rule."""
    return [row["what"] for row in await connection.fetch(CHECKS[rule])]
