"""The verbs of knowing customers: what was found out, limits, and counting against them."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import structs

from bezant.customers.kyc import store
from bezant.customers.kyc.model import (
    NOTHING_KNOWN,
    DatedLimit,
    Intent,
    Kyc,
    Standing,
    require_within,
)
from bezant.customers.model import NoSuchCustomer
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.money import Currency
from bezant.kernel.steps import Step, at_once

Customer = tuple[PartnerId, CustomerId]
"""A customer as the room's keys name one."""


async def find_kyc(connection: Connection, customer: Customer) -> Kyc:
    """What is known of a customer, who exists."""
    return await store.select_kyc(connection, *customer) or NOTHING_KNOWN


async def store_kyc(
    connection: Connection, partner_id: PartnerId, external_id: str, kyc: Kyc, *, now: datetime
) -> Kyc:
    """Puts this in the place of what is known of a customer. Raises `NoSuchCustomer`."""
    known = await store_many(connection, partner_id, {external_id: kyc}, now=now)
    if external_id not in known:
        raise NoSuchCustomer(external_id=external_id)
    return structs.replace(kyc, updated_at=now)


async def store_many(
    connection: Connection, partner_id: PartnerId, found: Mapping[str, Kyc], *, now: datetime
) -> frozenset[str]:
    """The same for many customers, by one statement; the external ids of those who exist.

    Holds the customers, in the order of their ids, until it is done.
    """
    (known,) = await at_once(connection, store.store_kyc(partner_id, found, now=now))
    return known


async def forget_kyc(tx: Tx, customer: Customer) -> None:
    """Deletes what is known of a customer. What was counted stays: it says nothing of a person."""
    await store.delete_kyc(tx, *customer)


async def list_limits(connection: Connection) -> list[DatedLimit]:
    """Every setting of a limit, the newest of each first."""
    return await store.select_limits(connection)


async def set_limit(tx: Tx, new: DatedLimit, *, now: datetime) -> None:
    """Sets a limit from a day on; the one that was set for this day is replaced."""
    await store.upsert_limit(tx, new, now=now)


def told_standing(told: str | bytes, currency: Currency) -> Standing:
    """What a statement that reads it among other things has told."""
    return store.told_standing(told, currency)


def counting(customer: Customer, found: Standing, intent: Intent, *, day: date) -> Step[None]:
    """Counts an order that is within the limits; raises `KycLimitExceeded` for another.

    It is one of the steps that write the order. If more was counted since `found` was read, the
    statement fails as one that is to be tried again. What the person holds was read in the same
    statement as `found`, so that no other purchase came between: every purchase counts.
    """
    require_within(found, intent, day=day)
    return store.count(customer, found, intent.value, day=day)
