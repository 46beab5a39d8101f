"""Customers as who trades for them needs them: known, or entered by their first order."""

from datetime import datetime

from bezant.customers import store
from bezant.customers.model import Customer, KnownCustomer, NewCustomer, NoSuchCustomer
from bezant.kernel.db import Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import Step


def known(partner_id: PartnerId, external_id: str | None) -> Step[KnownCustomer | None]:
    """Reads a customer, beside whatever else is read; None for nobody, and for a stranger."""
    return store.read_known(partner_id, external_id)


async def enter_once(tx: Tx, partner_id: PartnerId, new: NewCustomer, *, now: datetime) -> Customer:
    """The customer with this external id, entered if there is none yet.

    Two that enter the same one at once find the same one. Raises `NoSuchCustomer` for one who
    is being removed at this moment.
    """
    customer = await store.insert_customer_once(tx, partner_id, new, now=now)
    if customer is None:
        raise NoSuchCustomer(external_id=new.external_id)
    return customer
