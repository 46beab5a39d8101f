"""Customers that come in by the thousand: taken over from elsewhere, or made for a demo.

Invariants: no id is given out twice; a load is whole or nothing, as its transaction is.
"""

from collections.abc import Sequence

from bezant.customers import store
from bezant.customers.model import LoadedCustomer
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AddressId, CustomerId


async def take_customer_ids(connection: Connection, count: int) -> list[CustomerId]:
    """So many ids for customers to be loaded, in rising order; what is not used is lost."""
    return await store.take_customer_ids(connection, count)


async def take_address_ids(connection: Connection, count: int) -> list[AddressId]:
    """So many ids for addresses to be loaded, in rising order; what is not used is lost."""
    return await store.take_address_ids(connection, count)


async def load_customers(tx: Tx, loaded: Sequence[LoadedCustomer]) -> None:
    """Writes customers with their addresses. No external id of theirs is taken yet."""
    await store.copy_customers(tx, loaded)


async def settle_customers(connection: Connection) -> None:
    """After a load: the planner knows how much there is. Not inside a transaction."""
    await store.vacuum_customers(connection)
