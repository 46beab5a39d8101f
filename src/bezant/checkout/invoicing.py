"""Paid orders get their invoices: a number without gaps each, soon after the payment.

It is done beside the payment and not in it: whoever takes a number holds the whole series
until the end of the transaction, and no customer waits for that.
"""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Database, Tx
from bezant.legal.model import InvoiceTerms
from bezant.legal.service import invoices
from bezant.orders import service as orders
from bezant.orders.service import INVOICE_BATCH

MOST_BATCHES: Final = 20
"""How many transactions one turn has at most."""


async def issue_invoices(db: Database, *, terms: InvoiceTerms, now: datetime) -> int:
    """Issues the invoices that are due, the oldest order first; how many.

    Raises `SeriesExhausted` when the year's numbers are used up.
    """

    async def work(tx: Tx) -> int:
        due = await orders.orders_to_invoice(tx)
        for partner_id, order_id in due:
            await invoices.issue_invoice(tx, partner_id, order_id, terms=terms, now=now)
            await orders.mark_invoiced(tx, partner_id, order_id)
        return len(due)

    issued = 0
    for _ in range(MOST_BATCHES):
        batch = await db.write(work)
        issued += batch
        if batch < INVOICE_BATCH:
            break
    return issued
