"""The invariants of checkout as statements that find what breaks them.

Each finds rows of `what`, one for each break; on sound books all of them find nothing. They
read whole tables, so they are for an audit and not for a request.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.money import Currency

SUMS: Final = """
    SELECT format('order %s: its figures are not the sums of its lines', o.order_id) AS what
      FROM sales_order o
      LEFT JOIN LATERAL (
        SELECT sum(i.price * i.amount)::bigint AS price, sum(i.tax)::bigint AS tax,
               sum(i.insurance * i.amount)::bigint AS insurance,
               sum(i.shipping * i.amount)::bigint AS shipping,
               sum(i.commission * i.amount)::bigint AS commission,
               sum(i.minted_markup * i.amount)::bigint AS markup
          FROM order_item i WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
      ) s ON true
     WHERE (o.price, o.tax, o.insurance, o.shipping, o.commission, o.minted_markup + o.silver_craft)
           IS DISTINCT FROM (s.price, s.tax, s.insurance, s.shipping, s.commission, s.markup)
"""

BASKETS: Final = """
    SELECT format('basket %s is %s, and %s order stands on it', b.basket_id, b.state,
                  CASE WHEN o.order_id IS NULL THEN 'no' ELSE 'an' END) AS what
      FROM basket b
      FULL JOIN sales_order o ON o.partner_id = b.partner_id AND o.order_id = b.basket_id
     WHERE (b.state IS NOT DISTINCT FROM 'ordered') <> (o.order_id IS NOT NULL)
"""

AMOUNTS: Final = """
    SELECT format('order %s: its payment is of %s, its total is %s', o.order_id, p.amount,
                  o.price + o.tax) AS what
      FROM sales_order o
      LEFT JOIN payment p ON p.partner_id = o.partner_id AND p.order_id = o.order_id
     WHERE p.amount IS DISTINCT FROM o.price + o.tax OR p.currency IS DISTINCT FROM o.currency
"""

# 2 Pending and 4 Cancelled are the only statuses that nothing was paid in.
PAID: Final = """
    SELECT format('order %s has status %s, and %s was captured', o.order_id, o.status_id,
                  p.captured) AS what
      FROM sales_order o
      JOIN payment p ON p.partner_id = o.partner_id AND p.order_id = o.order_id
     WHERE (o.status_id NOT IN (2, 4)) <> (p.captured > 0)
"""

CAPTURES: Final = """
    SELECT format('payment %s: %s captured, its charges say %s', p.payment_id, p.captured,
                  a.taken) AS what
      FROM payment p
      LEFT JOIN LATERAL (
        SELECT coalesce(sum(amount + cost), 0)::bigint AS taken FROM payment_attempt a
         WHERE a.partner_id = p.partner_id AND a.payment_id = p.payment_id
           AND a.state = 'captured' AND NOT a.is_surplus
      ) a ON true
     WHERE p.method = 'credit-card' AND p.captured <> a.taken
"""

SURPLUS: Final = """
    SELECT format('charge %s was taken too much and is not on its way back', a.reference) AS what
      FROM payment_attempt a
     WHERE a.is_surplus AND NOT EXISTS (
        SELECT FROM refund r WHERE r.partner_id = a.partner_id AND r.attempt_id = a.attempt_id
           AND r.state <> 'refused')
"""

REFUNDS: Final = """
    SELECT format('payment %s: %s went back, its refunds say %s', p.payment_id, p.refunded,
                  r.done) AS what
      FROM payment p
      LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.amount), 0)::bigint AS done
          FROM refund r LEFT JOIN payment_attempt a USING (partner_id, attempt_id)
         WHERE r.partner_id = p.partner_id AND r.payment_id = p.payment_id
           AND r.state = 'done' AND a.is_surplus IS NOT TRUE
      ) r ON true
     WHERE p.refunded <> r.done
"""

REFUNDED: Final = """
    SELECT format('order %s is Refunded, and %s of %s went back', o.order_id, p.refunded,
                  p.captured) AS what
      FROM sales_order o
      JOIN payment p ON p.partner_id = o.partner_id AND p.order_id = o.order_id
     WHERE o.status_id = 11 AND p.refunded <> p.captured
"""

STOCK: Final = """
    SELECT format('product %s: %s came in, %s are left, %s are promised', p.sku, p.received,
                  p.stock, coalesce(r.promised, 0)) AS what
      FROM product p
      LEFT JOIN (
        SELECT product_id, sum(amount)::bigint AS promised FROM stock_reservation
         WHERE state <> 'released' GROUP BY product_id
      ) r USING (product_id)
     WHERE p.received <> p.stock + coalesce(r.promised, 0)
"""

PROMISES: Final = """
    SELECT format('order %s has status %s, and product %s of it is %s of %s', o.order_id,
                  o.status_id, i.product_id, coalesce(r.state, 'missing'), i.amount) AS what
      FROM sales_order o
      JOIN order_item i USING (partner_id, order_id)
      LEFT JOIN stock_reservation r USING (partner_id, order_id, product_id)
     WHERE r.amount IS DISTINCT FROM i.amount
        OR NOT CASE o.status_id WHEN 2 THEN r.state = 'held'
                                WHEN 4 THEN r.state = 'released'
                                WHEN 10 THEN r.state IN ('sold', 'released')
                                WHEN 11 THEN r.state IN ('sold', 'released')
                                ELSE r.state = 'sold' END
"""

PIECES: Final = """
    SELECT format('product %s: %s pieces are free, %s in stock', p.sku, count(s.serial), p.stock)
           AS what
      FROM product p
      LEFT JOIN piece s ON s.product_id = p.product_id AND s.order_id IS NULL
     WHERE p.has_serials
     GROUP BY p.product_id
    HAVING count(s.serial) <> p.stock
"""

HISTORY: Final = """
    SELECT format('order %s has status %s, its history ends in %s', o.order_id, o.status_id,
                  h.status_id) AS what
      FROM sales_order o
      LEFT JOIN LATERAL (
        SELECT status_id FROM order_status_change h
         WHERE h.partner_id = o.partner_id AND h.order_id = o.order_id
         ORDER BY number DESC LIMIT 1
      ) h ON true
     WHERE h.status_id IS DISTINCT FROM o.status_id
"""

# What the worker should have ended by now: it is down, or cannot reach an acquirer; and
# refunds that an acquirer refused, which staff has to ask for again.
OVERDUE: Final = """
    SELECT format('charge %s is still under way, since %s', reference, started_at) AS what
      FROM payment_attempt WHERE state IN ('open', 'challenged') AND lapses_at < $1
    UNION ALL
    SELECT format('order %s still waits, since %s', order_id, ordered_at)
      FROM sales_order WHERE status_id = 2 AND reserved_until < $1
    UNION ALL
    SELECT format('digital order %s still waits for its card, since %s', order_id, ordered_at)
      FROM digital_order WHERE waits_until < $1
    UNION ALL
    SELECT format('refund %s is still to be sent, since %s', reference, asked_at)
      FROM refund WHERE state = 'asked' AND asked_at < $1
    UNION ALL
    SELECT format('order %s is Refunding, since %s, and nothing is on its way back', o.order_id,
                  o.updated_at)
      FROM sales_order o
      JOIN payment p ON p.partner_id = o.partner_id AND p.order_id = o.order_id
     WHERE o.status_id = 10 AND o.updated_at < $1 AND NOT EXISTS (
        SELECT FROM refund r WHERE r.partner_id = p.partner_id AND r.payment_id = p.payment_id
           AND r.state = 'asked')
"""

# What was taken too much may be another sum than was asked for: its refund has it.
SELECT_TAKEN: Final = """
    SELECT p.currency, coalesce(sum(r.done), 0)::bigint AS refunded,
           sum(CASE WHEN a.is_surplus THEN r.asked ELSE a.amount + a.cost END)::bigint AS captured
      FROM payment_attempt a
      JOIN payment p USING (partner_id, payment_id)
      LEFT JOIN LATERAL (
        SELECT sum(amount) AS asked, sum(amount) FILTER (WHERE state = 'done') AS done
          FROM refund r WHERE r.partner_id = a.partner_id AND r.attempt_id = a.attempt_id
      ) r ON true
     WHERE a.acquirer = $1 AND a.state = 'captured'
     GROUP BY p.currency
"""

SELECT_NOT_TAKEN: Final = """
    SELECT reference FROM payment_attempt
     WHERE acquirer = $1 AND state <> 'captured' ORDER BY attempt_id DESC LIMIT $2
"""

CHECKS: Final[Mapping[str, str]] = {
    "an order's figures are the sums of its lines": SUMS,
    "a basket makes one order": BASKETS,
    "a payment is of its order's total": AMOUNTS,
    "an order is paid if and only if its money was taken": PAID,
    "a payment is captured by one charge": CAPTURES,
    "what was taken too much goes back": SURPLUS,
    "what went back is what refunds say": REFUNDS,
    "a refunded order has all its money back": REFUNDED,
    "what came into stock is left, promised or sold": STOCK,
    "an order has its pieces as long as it stands": PROMISES,
    "a piece with a serial is there for each in stock": PIECES,
    "an order's history ends in its status": HISTORY,
}
"""What has to hold at every moment, by its name."""


async def breaks(connection: Connection, check: str) -> list[str]:
    """What breaks one of the `CHECKS`, in words."""
    return [row["what"] for row in await connection.fetch(CHECKS[check])]


async def overdue(connection: Connection, *, before: datetime) -> list[str]:
    """What should have been ended before that moment, in words."""
    return [row["what"] for row in await connection.fetch(OVERDUE, before)]


async def taken(connection: Connection, acquirer: str) -> dict[Currency, tuple[int, int]]:
    """What an acquirer took and gave back by our books, in minor units, by currency."""
    return {
        Currency(row["currency"]): (row["captured"], row["refunded"])
        for row in await connection.fetch(SELECT_TAKEN, acquirer)
    }


async def not_taken(connection: Connection, acquirer: str, *, at_most: int) -> list[str]:
    """The references of the newest charges that nothing was captured of by our books."""
    rows = await connection.fetch(SELECT_NOT_TAKEN, acquirer, at_most)
    return [row["reference"] for row in rows]
