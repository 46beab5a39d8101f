"""How much there is of each product, and where its pieces with serials are."""

from typing import Final

from bezant.catalog.model import PieceTold, StockLevel
from bezant.kernel.db import Connection
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.texts import Language

SELECT_LEVELS: Final = """
    SELECT p.sku, p.name->>$2 AS name, p.stock, p.received, p.has_serials,
           coalesce(r.held, 0) AS held, coalesce(r.sold, 0) AS sold
      FROM product p
      LEFT JOIN (
        SELECT product_id, sum(amount) FILTER (WHERE state = 'held')::bigint AS held,
               sum(amount) FILTER (WHERE state = 'sold')::bigint AS sold
          FROM stock_reservation WHERE state <> 'released' GROUP BY product_id
      ) r USING (product_id)
     WHERE p.withdrawn_at IS NULL AND ($1::bigint IS NULL OR p.stock <= $1)
     ORDER BY p.sku LIMIT $3
"""

SELECT_PIECES: Final = """
    SELECT s.serial, s.partner_id, s.order_id, s.entered_at
      FROM piece s JOIN product p USING (product_id)
     WHERE p.sku = $1 ORDER BY s.serial LIMIT $2
"""


async def select_levels(
    connection: Connection, *, at_most_left: int | None, language: Language, rows: int
) -> list[StockLevel]:
    """What there is of the products on sale, by sku."""
    return [
        StockLevel(
            sku=row["sku"],
            name=row["name"],
            left=row["stock"],
            held=row["held"],
            sold=row["sold"],
            received=row["received"],
            has_serials=row["has_serials"],
        )
        for row in await connection.fetch(SELECT_LEVELS, at_most_left, language, rows)
    ]


async def select_pieces(connection: Connection, sku: str, *, rows: int) -> list[PieceTold]:
    """A product's pieces by serial."""
    return [
        PieceTold(
            serial=row["serial"],
            order=None
            if row["order_id"] is None
            else (PartnerId(row["partner_id"]), OrderId(row["order_id"])),
            entered_at=row["entered_at"],
        )
        for row in await connection.fetch(SELECT_PIECES, sku, rows)
    ]
