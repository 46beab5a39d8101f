"""Pages of orders of digital metal."""

from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.paging import Page, PageRequest
from bezant.orders.model import OrderFilter, OrderSort
from bezant.trading import store
from bezant.trading.model import DigitalOrder, TradeKind

_WANTED: Final = """
    o.partner_id = $1
    AND ($2::text IS NULL OR o.customer_id = (
        SELECT customer_id FROM customer k WHERE k.partner_id = $1 AND k.external_id = $2))
    AND ($3::text IS NULL OR EXISTS (
        SELECT FROM digital_order_item t
         WHERE t.partner_id = o.partner_id AND t.order_id = o.order_id AND t.asset = $3))
    AND ($4::smallint[] IS NULL OR o.status_id = ANY ($4))
    AND ($5::timestamptz IS NULL OR o.ordered_at >= $5)
    AND ($6::timestamptz IS NULL OR o.ordered_at < $6)
    AND ($7::text IS NULL OR o.kind = $7)
"""

# An order is read by the function that reads a single one, so that both say the same of it.
_LIST: Final = f"""
    SELECT t.total, q.told
      FROM (SELECT count(*) AS total FROM digital_order o WHERE {_WANTED}) t
      LEFT JOIN LATERAL (
        SELECT digital_order_of(o.partner_id, o.guid, NULL, NULL) AS told
          FROM (SELECT o.*, {{order}} AS place FROM digital_order o {{join}} WHERE {_WANTED}
                 ORDER BY place {{direction}} NULLS FIRST, o.order_id {{direction}}
                 LIMIT $8 OFFSET $9) o
         ORDER BY place {{direction}} NULLS FIRST, o.order_id {{direction}}
      ) q ON true
"""

_ORDERS: Final = {
    OrderSort.CREATED_AT: ("", "o.ordered_at"),
    OrderSort.TOTAL: ("", "o.price + o.tax"),
    OrderSort.CUSTOMER: ("LEFT JOIN customer c USING (partner_id, customer_id)", "c.external_id"),
    OrderSort.TYPE: ("", "o.kind"),
}

SELECT_LISTS: Final = {
    (sort, descending): _LIST.format(
        join=join, order=order, direction="DESC" if descending else "ASC"
    )
    for sort, (join, order) in _ORDERS.items()
    for descending in (False, True)
}


async def list_orders(
    connection: Connection, wanted: OrderFilter, *, kind: TradeKind | None, page: PageRequest
) -> Page[DigitalOrder]:
    """One page of a partner's orders of digital metal."""
    days = wanted.days
    rows = await connection.fetch(
        SELECT_LISTS[wanted.sort, wanted.descending],
        wanted.partner_id,
        wanted.external_customer_id,
        wanted.sku,
        None if wanted.statuses is None else sorted(wanted.statuses),
        days.begin if days else None,
        days.end if days else None,
        kind,
        page.rows,
        page.offset,
    )
    orders = [store.order_told(wanted.partner_id, row["told"]) for row in rows if row["told"]]
    return Page(orders, rows[0]["total"], page)
