"""The verbs of invoices: a number without gaps, and a print that is kept."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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
    Sale,
    invoice_number,
)
from bezant.legal.service.copies import DealOf
from bezant.legal.service.copies import copy as kept_copy
from bezant.legal.store import copies
from bezant.legal.store import invoices as store
from bezant.legal.store.invoices import OrderKey

INVOICE_BATCH: Final = 50
"""How many invoices one transaction issues at most."""
MOST_BATCHES: Final = 20
"""How many transactions one turn has at most."""
PRINTS_A_TURN: Final = 4
"""How many invoices a worker takes in hand at once; it may be told to stop between."""

_log: Final = structlog.get_logger("bezant.legal")


async def issue_invoices(
    tx: Tx, sale: Sale, orders: Sequence[OrderKey], *, terms: InvoiceTerms, now: datetime
) -> Sequence[Invoice]:
    """The orders' invoices in their order, issued now unless they were. Raises `SeriesExhausted`.

    Locks the year's series until `tx` ends, so that numbers have no gaps and their times are
    in the same order: whoever issues does little else in that transaction.
    """
    year = now.astimezone(terms.zone).year
    last, last_at = await store.lock_series(tx, terms.series, year, now=now)
    # Looked for under the lock: of two who issue the same one, the second finds it.
    found = {
        (each.partner_id, each.order_id): each
        for each in await store.select_invoices(tx, sale, orders)
    }
    # A clock that is behind another node's does not make a later number earlier.
    at = max(now, last_at)
    new = [
        Invoice(sale, *order, invoice_number(terms.series, year, number), at, None)
        for number, order in enumerate((o for o in orders if o not in found), last + 1)
    ]
    if new:
        await store.update_series(tx, terms.series, year, last=last + len(new), at=at)
        await store.insert_invoices(tx, new)
    found |= {(each.partner_id, each.order_id): each for each in new}
    return [found[order] for order in orders]


async def issue_due(db: Database, due: "DueOrders", *, terms: InvoiceTerms, now: datetime) -> int:
    """Issues the invoices that are due, the oldest order first; how many.

    Raises `SeriesExhausted` when the year's numbers are used up.
    """

    async def work(tx: Tx) -> int:
        orders = await due.take(tx, INVOICE_BATCH)
        if orders:
            await issue_invoices(tx, due.sale, orders, terms=terms, now=now)
            await due.done(tx, orders)
        return len(orders)

    issued = 0
    for _ in range(MOST_BATCHES):
        batch = await db.write(work)
        issued += batch
        if batch < INVOICE_BATCH:
            break
    return issued


@dataclass(frozen=True, slots=True)
class DueOrders:
    """The orders of a kind of sale whose invoices are due.

    `take` locks the oldest of them, so many at most, and leaves out what others have locked;
    `done` notes that they have their invoices.
    """

    sale: Sale
    take: Callable[[Tx, int], Awaitable[Sequence[OrderKey]]]
    done: Callable[[Tx, Sequence[OrderKey]], Awaitable[None]]


async def find_invoice(
    connection: Connection, sale: Sale, partner_id: PartnerId, order_id: OrderId
) -> Invoice | None:
    """The order's invoice, if it has one."""
    found = await store.select_invoices(connection, sale, [(partner_id, order_id)])
    return found[0] if found else None


async def print_invoice(connection: Connection, invoice: Invoice, deal: Deal) -> RenderedDocument:
    """The print of an invoice: what is kept of it or, the first time, what is kept now."""
    if invoice.pdf_sha256 is not None:
        return await kept_copy(connection, invoice.pdf_sha256)
    # As in `keep_invoices`, no transaction is open while it prints.
    printed = await _printed(deal, invoice)
    async with connection.transaction():
        await _keep(connection, invoice, printed)
    # Two may have printed it at once, in two languages; one of them was kept.
    kept = await find_invoice(connection, invoice.sale, invoice.partner_id, invoice.order_id)
    assert kept is not None, "an invoice stays"
    assert kept.pdf_sha256 is not None, "it was kept by now, by us or before"
    return (
        printed
        if kept.pdf_sha256 == printed.sha256
        else await kept_copy(connection, kept.pdf_sha256)
    )


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
        printed = await _printed(deal, invoice)
        async with db.transaction() as tx:
            await _keep(tx, invoice, printed)
        kept += 1
    return kept


async def _printed(deal: Deal, invoice: Invoice) -> RenderedDocument:
    return await render_invoice(deal, invoice.number, invoice.issued_at)


async def _keep(tx: Tx, invoice: Invoice, printed: RenderedDocument) -> None:
    await copies.insert_copy(tx, printed)
    await store.update_printed(tx, invoice, pdf=printed.sha256)
