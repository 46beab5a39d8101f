"""The verbs of invoices: a number without gaps, and a print that is kept."""

from datetime import datetime
from typing import Final

import structlog

from bezant.kernel.db import Connection, Database, Tx
from bezant.kernel.errors import BezantError
from bezant.kernel.ids import OrderId, PartnerId
from bezant.legal import filling, press
from bezant.legal.model import (
    COPY_AFTER,
    Deal,
    Format,
    Invoice,
    InvoiceTerms,
    RenderedDocument,
    invoice_number,
)
from bezant.legal.service.copies import DealOf
from bezant.legal.store import copies
from bezant.legal.store import invoices as store

PRINTS_A_TURN: Final = 4
"""How many invoices a worker takes in hand at once; it may be told to stop between."""

_log: Final = structlog.get_logger("bezant.legal")


async def issue_invoice(
    tx: Tx, partner_id: PartnerId, order_id: OrderId, *, terms: InvoiceTerms, now: datetime
) -> Invoice:
    """The order's invoice, issued now unless it was before. Raises `SeriesExhausted`.

    Locks the year's series until `tx` ends, so that numbers have no gaps and their times are
    in the same order: whoever issues does little else in that transaction.
    """
    year = now.astimezone(terms.zone).year
    last, last_at = await store.lock_series(tx, terms.series, year, now=now)
    # Looked for under the lock: of two who issue the same one, the second finds it.
    issued = await store.select_invoice(tx, partner_id, order_id)
    if issued is not None:
        return issued
    # A clock that is behind another node's does not make a later number earlier.
    at = max(now, last_at)
    number = invoice_number(terms.series, year, last + 1)
    invoice = Invoice(partner_id, order_id, number, at, None)
    await store.update_series(tx, terms.series, year, last=last + 1, at=at)
    await store.insert_invoice(tx, invoice)
    return invoice


async def find_invoice(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> Invoice | None:
    """The order's invoice, if it has one."""
    return await store.select_invoice(connection, partner_id, order_id)


async def render_invoice(deal: Deal, number: str, issued_at: datetime) -> RenderedDocument:
    """An invoice as a PDF."""
    sheet = filling.fill_invoice(deal, number, issued_at)
    return await press.printed(sheet, format=Format.PDF)


async def keep_invoices(db: Database, deal_of: DealOf, *, now: datetime) -> int:
    """Prints and keeps some invoices that are not printed; how many are kept now.

    As `keep_accepted_copies`: nothing is locked while it prints.
    """
    async with db.reading() as connection:
        taken = await store.claim_invoices(
            connection, now=now, until=now + COPY_AFTER, limit=PRINTS_A_TURN
        )
    kept = 0
    for invoice in taken:
        try:
            deal = await deal_of(invoice.partner_id, invoice.order_id)
        except BezantError as error:
            _log.warning("no print", invoice=invoice.number, reason=str(error))
            continue
        printed = await render_invoice(deal, invoice.number, invoice.issued_at)
        async with db.transaction() as tx:
            await copies.insert_copy(tx, printed)
            await store.update_printed(tx, invoice, pdf=printed.sha256)
        kept += 1
    return kept
