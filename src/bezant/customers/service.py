"""The verbs of the customers room."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bezant.customers import store
from bezant.customers.kyc import service as kyc
from bezant.customers.model import (
    Address,
    AddressDetails,
    AddressType,
    Customer,
    NewCustomer,
    NoSuchAddress,
    NoSuchCustomer,
    Person,
    TooManyAddresses,
)
from bezant.customers.store import Owner
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AddressId, CustomerId, PartnerId
from bezant.kernel.steps import DatabaseRefusal, at_once


async def create_customer(
    tx: Tx, partner_id: PartnerId, new: NewCustomer, *, now: datetime
) -> Customer:
    """Enters a customer. Raises `CustomerExists`."""
    return await store.insert_customer(tx, partner_id, new, now=now)


async def find_customer(
    connection: Connection, partner_id: PartnerId, external_id: str
) -> Customer:
    """The customer. Raises `NoSuchCustomer`."""
    return _found(await store.select_customer(connection, partner_id, external_id), external_id)


async def refer_to_customer(tx: Tx, partner_id: PartnerId, external_id: str) -> Customer:
    """The customer, who stays until this transaction ends. Raises `NoSuchCustomer`."""
    customer = await store.select_customer_to_refer_to(tx, partner_id, external_id)
    return _found(customer, external_id)


async def update_customer(
    tx: Tx,
    partner_id: PartnerId,
    external_id: str,
    *,
    change: Callable[[Person], Person],
    now: datetime,
) -> Customer:
    """Replaces what is known of a customer by what `change` makes of it.

    The row is locked meanwhile, so two changes at once both count. Raises `NoSuchCustomer`.
    """
    customer = await lock_customer(tx, partner_id, external_id)
    owner = Owner(partner_id, customer.customer_id)
    await store.update_person(tx, owner, change(customer.person), now=now)
    return await find_customer(tx, partner_id, external_id)


async def lock_customer(tx: Tx, partner_id: PartnerId, external_id: str) -> Customer:
    """The customer, locked until this transaction ends. Raises `NoSuchCustomer`."""
    customer = await store.select_customer_to_change(tx, partner_id, external_id)
    return _found(customer, external_id)


async def lock_customer_to_remove(tx: Tx, partner_id: PartnerId, external_id: str) -> Customer:
    """The customer, locked; who refers to it meanwhile waits. Raises `NoSuchCustomer`."""
    customer = await store.select_customer_to_remove(tx, partner_id, external_id)
    return _found(customer, external_id)


async def hold_customer(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> Customer | None:
    """The customer by our own id, held until this transaction ends; None for one removed.

    Whoever changes what a customer has comes one after the other, and a removal wholly
    before or wholly after.
    """
    return await store.hold_customer(tx, partner_id, customer_id)


async def erase_customer(tx: Tx, customer: Customer, *, now: datetime) -> None:
    """Detaches a locked customer's external id and erases all that tells of a person.

    The external id may be used for another customer from then on. The caller has dropped
    what the customer had open.
    """
    await kyc.forget_kyc(tx, (customer.partner_id, customer.customer_id))
    await store.erase_customer(tx, Owner(customer.partner_id, customer.customer_id), now=now)


async def list_addresses(
    connection: Connection,
    partner_id: PartnerId,
    external_id: str,
    *,
    type_: AddressType | None = None,
) -> list[Address]:
    """A customer's addresses, oldest first. Raises `NoSuchCustomer`."""
    await find_customer(connection, partner_id, external_id)
    return await store.select_addresses(connection, partner_id, external_id, type_)


async def find_address(
    connection: Connection,
    partner_id: PartnerId,
    external_id: str,
    *,
    wanted: tuple[AddressId, AddressType],
) -> Address:
    """A stored address of the wanted type. Raises `NoSuchAddress`."""
    address = await store.select_address(connection, partner_id, external_id, wanted=wanted)
    if address is None:
        raise NoSuchAddress(id=wanted[0])
    return address


async def store_addresses(
    connection: Connection,
    partner_id: PartnerId,
    external_id: str,
    *,
    addresses: Sequence[AddressDetails],
    now: datetime,
) -> list[Address]:
    """Stores addresses, all or none; one whose external id is known replaces that one.

    The customer is locked meanwhile, so that what comes at once is counted one by one.
    One statement. Raises `NoSuchCustomer`, `TooManyAddresses`.
    """
    step = store.store_addresses(partner_id, external_id, addresses, now=now)
    (stored,) = await at_once(connection, step)
    if stored is None:
        raise NoSuchCustomer(external_id=external_id)
    return stored


def stored_addresses(addresses: Sequence[AddressDetails], told: str) -> list[Address]:
    """What a statement that stores addresses among others has told of them."""
    return store.stored(addresses, told)


def too_many_addresses(error: DatabaseRefusal) -> TooManyAddresses | None:
    """The fact behind an error of a statement that stores addresses among others."""
    return store.too_many(error)


async def remove_address(
    tx: Tx, partner_id: PartnerId, external_id: str, address_id: AddressId
) -> Address:
    """Deletes an address; orders and baskets keep their copies. Raises `NoSuchAddress`."""
    removed = await store.delete_address(tx, partner_id, external_id, address_id)
    if removed is None:
        raise NoSuchAddress(id=address_id)
    return removed


def _found(customer: Customer | None, external_id: str) -> Customer:
    if customer is None:
        raise NoSuchCustomer(external_id=external_id)
    return customer
