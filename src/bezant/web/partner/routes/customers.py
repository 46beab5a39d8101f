"""The customers' routes."""

from bezant.checkout import removing
from bezant.customers import service as customers
from bezant.kernel.db import Connection, Tx
from bezant.trading import balances
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.customers import (
    CustomerCreate,
    CustomerDetail,
    CustomerPath,
    CustomerRemoved,
    CustomerUpdate,
    CustomerWithWallets,
    changed_person,
    check_update,
    customer_detail,
    customer_with_wallets,
    new_customer,
    wallet,
)


async def create_customer(call: Call, sent: CustomerCreate) -> Answer:
    """Enters a customer."""
    rules = call.rules
    new = new_customer(sent, channel=call.channel, checks_numbers=rules.checks_identity_numbers)

    async def work(tx: Tx) -> CustomerDetail:
        customer = await customers.create_customer(tx, call.partner_id, new, now=call.now)
        return customer_detail(customer, rules.time_zone)

    return await call.write(work)


async def find_customer(call: Call, path: CustomerPath) -> Answer:
    """One customer."""

    async def work(connection: Connection) -> CustomerWithWallets:
        customer = await customers.find_customer(
            connection, call.partner_id, path.external_customer_id
        )
        found = await balances.wallets_of(connection, customer, now=call.now)
        wallets = [
            wallet(account_id, balance, customer.external_id) for account_id, balance in found
        ]
        return customer_with_wallets(customer, wallets)

    return await call.read(work)


async def update_customer(call: Call, path: CustomerPath, sent: CustomerUpdate) -> Answer:
    """Changes what is known of a customer."""
    rules = call.rules
    check_update(sent, checks_numbers=rules.checks_identity_numbers)

    async def work(tx: Tx) -> CustomerDetail:
        customer = await customers.update_customer(
            tx,
            call.partner_id,
            path.external_customer_id,
            change=lambda person: changed_person(person, sent),
            now=call.now,
        )
        return customer_detail(customer, rules.time_zone)

    return await call.write(work)


async def remove_customer(call: Call, path: CustomerPath) -> Answer:
    """Detaches a customer's external id, erases the person, drops the open baskets."""

    async def work(tx: Tx) -> CustomerRemoved:
        customer = await removing.remove_customer(
            tx, call.partner_id, path.external_customer_id, now=call.now
        )
        return CustomerRemoved(external_id=customer.external_id)

    return await call.write(work)
