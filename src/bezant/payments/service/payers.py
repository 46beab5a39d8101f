"""Customers who have paid and are removed: their charges no longer say who they were."""

from bezant.kernel.db import Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.payments import queries
from bezant.payments.store import payers as store


async def forget_payer(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> None:
    """Blanks the name on the card and the customer's address in all charges that are over.

    The caller holds the customer, who has no order that is not over. What a charge came to, the
    first digits of its card and its last four stay: they are the books'.
    """
    attempts = await queries.charges_of_customer(tx, partner_id, customer_id)
    await store.erase_payer(tx, partner_id, attempts)
