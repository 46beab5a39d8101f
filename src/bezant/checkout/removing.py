"""A customer is removed: never with an order that is still to be paid, sent or refunded, and
never with anything in an account.
"""

from datetime import datetime

from bezant.baskets import service as baskets
from bezant.checkout.model import CustomerHasBalance, CustomerHasOpenOrders
from bezant.checkout.queries import removing as queries
from bezant.customers import service as customers
from bezant.customers.model import Customer
from bezant.kernel.db import Tx
from bezant.kernel.ids import PartnerId
from bezant.ledger import service as ledger
from bezant.ledger.model import customer as owned_by
from bezant.orders import service as orders
from bezant.payments.service import cards, payers


async def remove_customer(
    tx: Tx, partner_id: PartnerId, external_id: str, *, now: datetime
) -> Customer:
    """Detaches a customer's external id, erases the person, drops open baskets and kept cards.

    The customer is locked first, so that an order or a posting that is being made is either
    seen here or not made. Orders that are over stay, with their figures and addresses; their
    charges no longer say who paid from where. Raises `NoSuchCustomer`,
    `CustomerHasOpenOrders`, `CustomerHasBalance`.
    """
    customer = await customers.lock_customer_to_remove(tx, partner_id, external_id)
    if await orders.has_open_orders(tx, partner_id, customer.customer_id):
        raise CustomerHasOpenOrders
    if await queries.has_unpaid_metal(tx, partner_id, customer.customer_id):
        raise CustomerHasOpenOrders
    owner = owned_by(customer.customer_id)
    if any(each.units for each in await ledger.balances_of(tx, partner_id, owner, now=now)):
        raise CustomerHasBalance
    await baskets.drop_open_baskets(tx, partner_id, customer.customer_id)
    await cards.forget_cards_of(tx, partner_id, customer.customer_id, now=now)
    await payers.forget_payer(tx, partner_id, customer.customer_id)
    await customers.erase_customer(tx, customer, now=now)
    return customer
