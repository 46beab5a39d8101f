"""Customers and addresses in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

from bezant.customers.model import (
    MAX_ADDRESSES,
    AccountType,
    Address,
    AddressDetails,
    AddressType,
    Customer,
    CustomerExists,
    Gender,
    InvoiceType,
    KnownCustomer,
    LoadedCustomer,
    NewCustomer,
    Person,
    TooManyAddresses,
)
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AddressId, CustomerId, PartnerId
from bezant.kernel.steps import DatabaseRefusal, Step

if TYPE_CHECKING:
    from asyncpg import Record

MORE_ADDRESSES: Final = "BZ003"
"""The code of `store_addresses` when the customer would keep more than there may be."""
_IDS: Final = msgspec.json.Decoder(dict[AddressType, AddressId])

INSERT_CUSTOMER: Final = """
    INSERT INTO customer
        (partner_id, external_id, account_type, firstname, middlename, lastname, email, phone,
         gender, identity_number, birthdate, tax_office, channel, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
    RETURNING customer_id
"""

# Whoever comes second waits for the first, and then finds what it has entered.
INSERT_CUSTOMER_ONCE: Final = f"""
    {INSERT_CUSTOMER.replace("RETURNING customer_id", "ON CONFLICT DO NOTHING").strip()}
"""

READ_KNOWN: Final = """
    SELECT customer_known($1, $2)
"""

SELECT_CUSTOMER: Final = """
    SELECT * FROM customer WHERE partner_id = $1 AND external_id = $2
"""

# Held until the end of the transaction, so that a removal at the same time comes wholly
# before (and finds no customer here) or wholly after (and drops what was made).
SELECT_CUSTOMER_TO_REFER_TO: Final = """
    SELECT * FROM customer WHERE partner_id = $1 AND external_id = $2 FOR KEY SHARE
"""

# Not stronger than that: whoever makes an order of a basket refers to the customer while it
# holds the basket, and whoever sets an address takes the basket while it holds the customer.
SELECT_CUSTOMER_TO_CHANGE: Final = """
    SELECT * FROM customer WHERE partner_id = $1 AND external_id = $2 FOR NO KEY UPDATE
"""

SELECT_CUSTOMER_TO_REMOVE: Final = """
    SELECT * FROM customer WHERE partner_id = $1 AND external_id = $2 FOR UPDATE
"""

# Shuts out a removal and whoever else changes what the customer has, and nobody who only
# refers to the customer.
HOLD_CUSTOMER: Final = """
    SELECT * FROM customer WHERE partner_id = $1 AND customer_id = $2 AND erased_at IS NULL
       FOR NO KEY UPDATE
"""

UPDATE_CUSTOMER: Final = """
    UPDATE customer
       SET firstname = $3, middlename = $4, lastname = $5, email = $6, phone = $7, gender = $8,
           identity_number = $9, birthdate = $10, updated_at = $11
     WHERE partner_id = $1 AND customer_id = $2
"""

ERASE_CUSTOMER: Final = """
    UPDATE customer
       SET external_id = NULL, firstname = '', middlename = '', lastname = '', email = '',
           phone = '', gender = NULL, identity_number = '', birthdate = NULL, tax_office = '',
           updated_at = $3, erased_at = $3
     WHERE partner_id = $1 AND customer_id = $2
"""

DELETE_ADDRESSES: Final = """
    DELETE FROM customer_address WHERE partner_id = $1 AND customer_id = $2
"""

SELECT_ADDRESSES: Final = """
    SELECT a.* FROM customer_address a JOIN customer c USING (partner_id, customer_id)
     WHERE partner_id = $1 AND c.external_id = $2 AND ($3::text IS NULL OR a.type = $3)
     ORDER BY a.address_id
"""

SELECT_ADDRESS: Final = """
    SELECT a.* FROM customer_address a JOIN customer c USING (partner_id, customer_id)
     WHERE partner_id = $1 AND c.external_id = $2 AND a.address_id = $3 AND a.type = $4
"""

# An address that the partner has a name for is one address however often it is sent.
STORE_ADDRESSES: Final = """
    SELECT store_addresses($1, $2, $3, $4, $5)
"""

DELETE_ADDRESS: Final = """
    DELETE FROM customer_address a USING customer c
     WHERE a.partner_id = $1 AND c.partner_id = $1 AND c.customer_id = a.customer_id
       AND c.external_id = $2 AND a.address_id = $3
    RETURNING a.*
"""

TAKE_CUSTOMER_IDS: Final = """
    SELECT nextval(pg_get_serial_sequence('customer', 'customer_id')) AS customer_id
      FROM generate_series(1, $1::integer)
"""

TAKE_ADDRESS_IDS: Final = """
    SELECT nextval(pg_get_serial_sequence('customer_address', 'address_id')) AS address_id
      FROM generate_series(1, $1::integer)
"""

VACUUM_CUSTOMERS: Final = """
    VACUUM (ANALYZE) customer, customer_address
"""

_CUSTOMER_FIELDS: Final = (
    "partner_id", "customer_id", "external_id", "account_type", "firstname", "middlename",
    "lastname", "email", "phone", "gender", "identity_number", "birthdate", "tax_office",
    "channel", "created_at", "updated_at",
)  # fmt: skip
_ADDRESS_FIELDS: Final = (
    "partner_id", "address_id", "customer_id", "type", "external_id", "invoice_type",
    "company_name", "tax_office", "tax_number", "fullname", "phone", "email", "city", "county",
    "district", "street", "zipcode", "address", "updated_at",
)  # fmt: skip


_KNOWN: Final = msgspec.json.Decoder(KnownCustomer)


@dataclass(frozen=True, slots=True)
class Owner:
    """The customer that an address is written for."""

    partner_id: PartnerId
    customer_id: CustomerId


async def insert_customer(
    tx: Tx, partner_id: PartnerId, new: NewCustomer, *, now: datetime
) -> Customer:
    """Raises `CustomerExists`."""
    try:
        customer_id = await tx.fetchval(INSERT_CUSTOMER, *_written(partner_id, new, now))
    except asyncpg.UniqueViolationError:
        raise CustomerExists(external_id=new.external_id) from None
    return Customer(
        customer_id=CustomerId(customer_id),
        partner_id=partner_id,
        external_id=new.external_id,
        account_type=new.account_type,
        person=new.person,
        tax_office=new.tax_office,
        created_at=now,
        updated_at=now,
    )


async def insert_customer_once(
    tx: Tx, partner_id: PartnerId, new: NewCustomer, *, now: datetime
) -> Customer | None:
    """The customer, entered or found; None for one who was found and is being removed."""
    await tx.execute(INSERT_CUSTOMER_ONCE, *_written(partner_id, new, now))
    return await select_customer_to_refer_to(tx, partner_id, new.external_id)


def read_known(partner_id: PartnerId, external_id: str | None) -> Step[KnownCustomer | None]:
    """A customer with the person; None for nobody."""

    def read(told: str | None) -> KnownCustomer | None:
        return None if told is None else _KNOWN.decode(told)

    return Step(READ_KNOWN, (partner_id, external_id), read, only_reads=True)


async def select_customer(
    connection: Connection, partner_id: PartnerId, external_id: str
) -> Customer | None:
    """The customer, without a lock."""
    row = await connection.fetchrow(SELECT_CUSTOMER, partner_id, external_id)
    return _customer(row) if row else None


async def select_customer_to_refer_to(
    tx: Tx, partner_id: PartnerId, external_id: str
) -> Customer | None:
    """The customer, who cannot be removed before this transaction ends."""
    row = await tx.fetchrow(SELECT_CUSTOMER_TO_REFER_TO, partner_id, external_id)
    return _customer(row) if row else None


async def select_customer_to_change(
    tx: Tx, partner_id: PartnerId, external_id: str
) -> Customer | None:
    """The customer, locked against everybody else until this transaction ends."""
    row = await tx.fetchrow(SELECT_CUSTOMER_TO_CHANGE, partner_id, external_id)
    return _customer(row) if row else None


async def select_customer_to_remove(
    tx: Tx, partner_id: PartnerId, external_id: str
) -> Customer | None:
    """The customer, locked, nobody even referring to it until this transaction ends."""
    row = await tx.fetchrow(SELECT_CUSTOMER_TO_REMOVE, partner_id, external_id)
    return _customer(row) if row else None


async def hold_customer(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> Customer | None:
    """The customer, held until this transaction ends; None for one that was removed."""
    row = await tx.fetchrow(HOLD_CUSTOMER, partner_id, customer_id)
    return _customer(row) if row else None


async def update_person(tx: Tx, owner: Owner, person: Person, *, now: datetime) -> None:
    """Replaces what is known of a customer."""
    await tx.execute(
        UPDATE_CUSTOMER,
        owner.partner_id,
        owner.customer_id,
        person.firstname,
        person.middlename,
        person.lastname,
        person.email,
        person.phone,
        person.gender,
        person.identity_number,
        person.birthdate,
        now,
    )


async def erase_customer(tx: Tx, owner: Owner, *, now: datetime) -> None:
    """Empties the row of everything that tells of a person, and deletes the addresses."""
    await tx.execute(DELETE_ADDRESSES, owner.partner_id, owner.customer_id)
    await tx.execute(ERASE_CUSTOMER, owner.partner_id, owner.customer_id, now)


async def select_addresses(
    connection: Connection, partner_id: PartnerId, external_id: str, type_: AddressType | None
) -> list[Address]:
    """A customer's addresses, oldest first."""
    rows = await connection.fetch(SELECT_ADDRESSES, partner_id, external_id, type_)
    return [_address(row) for row in rows]


async def select_address(
    connection: Connection,
    partner_id: PartnerId,
    external_id: str,
    *,
    wanted: tuple[AddressId, AddressType],
) -> Address | None:
    """One address of a customer, of the wanted type."""
    row = await connection.fetchrow(SELECT_ADDRESS, partner_id, external_id, *wanted)
    return _address(row) if row else None


def store_addresses(
    partner_id: PartnerId, external_id: str, addresses: Sequence[AddressDetails], *, now: datetime
) -> Step[list[Address] | None]:
    """Stores addresses, one of each type at most, in place of those with the same external id.

    None when there is no such customer. Raises `TooManyAddresses`.
    """

    def read(told: str | None) -> list[Address] | None:
        return None if told is None else stored(addresses, told)

    sent = msgspec.json.encode(addresses).decode()
    args = (partner_id, external_id, sent, MAX_ADDRESSES, now)
    return Step(STORE_ADDRESSES, args, read, too_many)


def stored(addresses: Sequence[AddressDetails], told: str) -> list[Address]:
    """Addresses that were sent, with the ids that the function which stores them told."""
    ids = _IDS.decode(told)
    return [Address(ids[details.type], details) for details in addresses]


def too_many(error: DatabaseRefusal) -> TooManyAddresses | None:
    """The fact behind an error of the function that stores addresses."""
    return TooManyAddresses(limit=MAX_ADDRESSES) if error.sqlstate == MORE_ADDRESSES else None


async def delete_address(
    tx: Tx, partner_id: PartnerId, external_id: str, address_id: AddressId
) -> Address | None:
    """Deletes one address of a customer; what it was."""
    row = await tx.fetchrow(DELETE_ADDRESS, partner_id, external_id, address_id)
    return _address(row) if row else None


async def take_customer_ids(connection: Connection, count: int) -> list[CustomerId]:
    """So many ids that no other customer will have, in rising order."""
    rows = await connection.fetch(TAKE_CUSTOMER_IDS, count)
    return sorted(CustomerId(row["customer_id"]) for row in rows)


async def take_address_ids(connection: Connection, count: int) -> list[AddressId]:
    """So many ids that no other address will have, in rising order."""
    rows = await connection.fetch(TAKE_ADDRESS_IDS, count)
    return sorted(AddressId(row["address_id"]) for row in rows)


async def copy_customers(tx: Tx, loaded: Sequence[LoadedCustomer]) -> None:
    """Writes customers and their addresses by COPY."""
    await tx.copy_records_to_table(
        "customer", records=map(_customer_values, loaded), columns=_CUSTOMER_FIELDS
    )
    addresses = (
        _address_values(one.customer, address) for one in loaded for address in one.addresses
    )
    await tx.copy_records_to_table("customer_address", records=addresses, columns=_ADDRESS_FIELDS)


async def vacuum_customers(connection: Connection) -> None:
    """Lets the database see what was loaded; not inside a transaction."""
    await connection.execute(VACUUM_CUSTOMERS)


def _customer_values(loaded: LoadedCustomer) -> tuple[object, ...]:
    customer, person = loaded.customer, loaded.customer.person
    return (
        customer.partner_id,
        customer.customer_id,
        customer.external_id,
        customer.account_type,
        person.firstname,
        person.middlename,
        person.lastname,
        person.email,
        person.phone,
        person.gender,
        person.identity_number,
        person.birthdate,
        customer.tax_office,
        loaded.channel,
        customer.created_at,
        customer.updated_at,
    )


def _address_values(customer: Customer, address: Address) -> tuple[object, ...]:
    return (
        customer.partner_id,
        address.address_id,
        customer.customer_id,
        *_details_values(address.details),
        customer.updated_at,
    )


def _details_values(details: AddressDetails) -> tuple[str | None, ...]:
    return (
        details.type,
        details.external_id or None,
        details.invoice_type,
        details.company_name,
        details.tax_office,
        details.tax_number,
        details.fullname,
        details.phone,
        details.email,
        details.city,
        details.county,
        details.district,
        details.street,
        details.zipcode,
        details.address,
    )


def _written(partner_id: PartnerId, new: NewCustomer, now: datetime) -> tuple[object, ...]:
    """The values of a new customer's row, in the order of the statement."""
    person = new.person
    return (
        partner_id,
        new.external_id,
        new.account_type,
        person.firstname,
        person.middlename,
        person.lastname,
        person.email,
        person.phone,
        person.gender,
        person.identity_number,
        person.birthdate,
        new.tax_office,
        new.channel,
        now,
    )


def _customer(row: "Record") -> Customer:
    return Customer(
        customer_id=CustomerId(row["customer_id"]),
        partner_id=PartnerId(row["partner_id"]),
        external_id=row["external_id"],
        account_type=AccountType(row["account_type"]),
        person=Person(
            firstname=row["firstname"],
            middlename=row["middlename"],
            lastname=row["lastname"],
            email=row["email"],
            phone=row["phone"],
            gender=Gender(row["gender"]) if row["gender"] else None,
            identity_number=row["identity_number"],
            birthdate=row["birthdate"],
        ),
        tax_office=row["tax_office"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _address(row: "Record") -> Address:
    return Address(
        AddressId(row["address_id"]),
        AddressDetails(
            type=AddressType(row["type"]),
            external_id=row["external_id"] or "",
            invoice_type=InvoiceType(row["invoice_type"]),
            company_name=row["company_name"],
            tax_office=row["tax_office"],
            tax_number=row["tax_number"],
            fullname=row["fullname"],
            phone=row["phone"],
            email=row["email"],
            city=row["city"],
            county=row["county"],
            district=row["district"],
            street=row["street"],
            zipcode=row["zipcode"],
            address=row["address"],
        ),
    )
