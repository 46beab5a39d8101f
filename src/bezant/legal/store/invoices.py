"""Invoices and their numbers, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.legal.model import Invoice, Sale

if TYPE_CHECKING:
    from asyncpg import Record

OrderKey = tuple[PartnerId, OrderId]

INSERT_SERIES: Final = """
    INSERT INTO invoice_series (series, year, last, last_at) VALUES ($1, $2, 0, $3)
    ON CONFLICT (series, year) DO NOTHING
"""

LOCK_SERIES: Final = """
    SELECT last, last_at FROM invoice_series WHERE series = $1 AND year = $2 FOR UPDATE
"""

UPDATE_SERIES: Final = """
    UPDATE invoice_series SET last = $3, last_at = $4 WHERE series = $1 AND year = $2
"""

INSERT_INVOICES: Final = """
    INSERT INTO invoice (sale, partner_id, order_id, number, issued_at, copy_at)
    SELECT $1, k.partner_id, k.order_id, k.number, $5, $5
      FROM unnest($2::bigint[], $3::bigint[], $4::text[]) k (partner_id, order_id, number)
"""

_INVOICE: Final = "sale, partner_id, order_id, number, issued_at, pdf_sha256"

SELECT_INVOICES: Final = f"""
    SELECT {_INVOICE} FROM invoice
      JOIN unnest($2::bigint[], $3::bigint[]) k (partner_id, order_id) USING (partner_id, order_id)
     WHERE sale = $1
"""

# One of digital metal is printed when it is asked for: there are many, and few are ever read.
CLAIM_INVOICES: Final = """
    UPDATE invoice i SET copy_at = $2
      FROM (
        SELECT sale, partner_id, order_id FROM invoice
         WHERE copy_at <= $1 AND sale = 'shop'
         ORDER BY copy_at LIMIT $3 FOR UPDATE SKIP LOCKED
      ) due
     WHERE i.partner_id = due.partner_id AND i.sale = due.sale AND i.order_id = due.order_id
    RETURNING i.sale, i.partner_id, i.order_id, i.number, i.issued_at, i.pdf_sha256
"""

UPDATE_PRINTED: Final = """
    UPDATE invoice SET pdf_sha256 = $4, copy_at = NULL
     WHERE partner_id = $1 AND sale = $2 AND order_id = $3 AND copy_at IS NOT NULL
"""


async def lock_series(tx: Tx, series: str, year: int, *, now: datetime) -> tuple[int, datetime]:
    """The last number of a series in a year and its time, nobody else taking one until the end."""
    await tx.execute(INSERT_SERIES, series, year, now)
    row = await tx.fetchrow(LOCK_SERIES, series, year)
    assert row is not None
    return row["last"], row["last_at"]


async def update_series(tx: Tx, series: str, year: int, *, last: int, at: datetime) -> None:
    """Moves a series on."""
    await tx.execute(UPDATE_SERIES, series, year, last, at)


async def insert_invoices(tx: Tx, new: Sequence[Invoice]) -> None:
    """Enters invoices of one kind of sale and one time, their prints due at once."""
    await tx.execute(
        INSERT_INVOICES,
        new[0].sale,
        [each.partner_id for each in new],
        [each.order_id for each in new],
        [each.number for each in new],
        new[0].issued_at,
    )


async def select_invoices(
    connection: Connection, sale: Sale, orders: Sequence[OrderKey]
) -> Sequence[Invoice]:
    """The invoices of orders that have one."""
    partners, numbers = [each[0] for each in orders], [each[1] for each in orders]
    rows = await connection.fetch(SELECT_INVOICES, sale, partners, numbers)
    return [_invoice(row) for row in rows]


async def claim_invoices(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> Sequence[Invoice]:
    """Takes some invoices in hand that are not printed; nobody else does `until` then."""
    return [_invoice(row) for row in await connection.fetch(CLAIM_INVOICES, now, until, limit)]


async def update_printed(tx: Tx, invoice: Invoice, *, pdf: str) -> None:
    """Says by which hash an invoice's print is kept, unless somebody has said so already."""
    await tx.execute(UPDATE_PRINTED, invoice.partner_id, invoice.sale, invoice.order_id, pdf)


def _invoice(row: "Record") -> Invoice:
    return Invoice(
        Sale(row["sale"]),
        PartnerId(row["partner_id"]),
        OrderId(row["order_id"]),
        row["number"],
        row["issued_at"],
        row["pdf_sha256"],
    )
