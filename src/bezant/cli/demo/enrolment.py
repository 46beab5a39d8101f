"""From made-up people to customers in the database: the named ones, and newcomers in bulk.

Invariants: the place of a named customer says whose customer it is; whoever is there
already stays as the partner has made them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bezant.cli.demo.people import DemoBilling, DemoCustomer, DemoShipping
from bezant.customers import service as customers
from bezant.customers.model import (
    AccountType,
    Address,
    AddressDetails,
    AddressType,
    Customer,
    Gender,
    InvoiceType,
    LoadedCustomer,
    NewCustomer,
    NoSuchCustomer,
    Person,
)
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AddressId, CustomerId, PartnerId

CHANNEL: Final = "web"
# Before the published example's basket.
OPENED_AT: Final = datetime(2024, 7, 15, 8, 30, tzinfo=UTC)
_BETWEEN_TWO: Final = timedelta(minutes=47)


async def enrol(tx: Tx, people: Sequence[DemoCustomer], *, partners: Sequence[PartnerId]) -> None:
    """Enters those who are not there, spread over the partners by their place."""
    for place, person in enumerate(people):
        partner_id = partners[place % len(partners)]
        try:
            await customers.find_customer(tx, partner_id, person.external_id)
        except NoSuchCustomer:
            at = OPENED_AT + place * _BETWEEN_TWO
            await _enter(tx, partner_id, person, at=at)


async def addresses_of(
    connection: Connection, partner_id: PartnerId, external_id: str
) -> tuple[Address | None, Address | None]:
    """A customer's first address for parcels, and the first one for invoices."""
    found = await customers.list_addresses(connection, partner_id, external_id)
    shipping = (a for a in found if a.details.type is AddressType.SHIPPING)
    billing = (a for a in found if a.details.type is AddressType.BILLING)
    return next(shipping, None), next(billing, None)


def loaded_customer(
    person: DemoCustomer,
    partner_id: PartnerId,
    *,
    ids: tuple[CustomerId, AddressId, AddressId],
    at: datetime,
) -> LoadedCustomer:
    """A customer to be loaded, with the addresses for parcels and for invoices."""
    new = _new_customer(person)
    customer_id, shipping_id, billing_id = ids
    customer = Customer(
        customer_id=customer_id,
        partner_id=partner_id,
        external_id=new.external_id,
        account_type=new.account_type,
        person=new.person,
        tax_office=new.tax_office,
        created_at=at,
        updated_at=at,
    )
    addresses = (
        Address(shipping_id, _shipping(person.shipping)),
        Address(billing_id, _billing(person.billing)),
    )
    return LoadedCustomer(customer, CHANNEL, addresses)


async def _enter(tx: Tx, partner_id: PartnerId, person: DemoCustomer, *, at: datetime) -> None:
    await customers.create_customer(tx, partner_id, _new_customer(person), now=at)
    addresses = [_shipping(person.shipping), _billing(person.billing)]
    await customers.store_addresses(tx, partner_id, person.external_id, addresses=addresses, now=at)


def _new_customer(person: DemoCustomer) -> NewCustomer:
    return NewCustomer(
        external_id=person.external_id,
        account_type=AccountType.PERSON,
        person=Person(
            firstname=person.firstname,
            middlename=person.middlename,
            lastname=person.lastname,
            email=person.email,
            phone=person.phone,
            gender=Gender(person.gender),
            identity_number=person.identity_number,
            birthdate=person.birthdate,
        ),
        tax_office="",
        channel=CHANNEL,
    )


def _shipping(shipping: DemoShipping) -> AddressDetails:
    where = shipping.location
    return AddressDetails(
        type=AddressType.SHIPPING,
        external_id=shipping.external_id,
        tax_number=shipping.tax_number,
        fullname=shipping.fullname,
        phone=shipping.phone,
        city=where.city,
        county=where.county,
        district=where.district,
        street=where.street,
        zipcode=where.zipcode,
        address=where.address,
    )


def _billing(billing: DemoBilling) -> AddressDetails:
    where = billing.location
    return AddressDetails(
        type=AddressType.BILLING,
        external_id=billing.external_id,
        invoice_type=InvoiceType(billing.invoice_type),
        company_name=billing.company_name,
        tax_office=billing.tax_office,
        tax_number=billing.tax_number,
        fullname=billing.fullname,
        phone=billing.phone,
        email=billing.email,
        city=where.city,
        county=where.county,
        district=where.district,
        street=where.street,
        zipcode=where.zipcode,
        address=where.address,
    )
