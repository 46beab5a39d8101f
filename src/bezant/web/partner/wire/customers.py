"""Customers on the wire."""

from datetime import tzinfo
from typing import Annotated

from msgspec import Meta, Struct, structs

from bezant.customers.model import (
    RESERVED_IDS,
    AccountType,
    Customer,
    Gender,
    NewCustomer,
    Person,
    claims_but_fails,
)
from bezant.kernel.errors import Invalid
from bezant.ledger.model import Balance
from bezant.web.partner.wire.values import CustomerRef, Id, MoneyNumber, local_seconds, read_day

NewId = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=40,
        pattern="^[A-Za-z0-9_-]{3,40}$",
        description="The partner's own id of the customer.",
        examples=["6551eeaf4455bb5959555302"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=40, examples=["John"])]
Email = Annotated[
    str,
    Meta(max_length=110, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", examples=["john.due@example.com"]),
]
Phone = Annotated[
    str,
    Meta(
        min_length=5,
        max_length=25,
        pattern=r"^\+?[0-9 ()\-]{4,24}$",
        description="Digits, with spaces if you like.",
        examples=["+905556242399"],
    ),
]
IdentityNumber = Annotated[str, Meta(min_length=3, max_length=40, examples=["96356247895"])]
Birthdate = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=10,
        description="YYYY-MM-DD; DD-MM-YYYY is understood too.",
        examples=["1981-06-10"],
    ),
]
TaxOffice = Annotated[str, Meta(min_length=3, max_length=40, examples=["Beyoğlu"])]


class CustomerPath(Struct, frozen=True):
    """The place of a customer in a path."""

    external_customer_id: CustomerRef


class CustomerCreate(Struct, frozen=True, kw_only=True):
    """A customer to enter. A company sends its name as `firstname`."""

    external_id: NewId
    firstname: Name | None = None
    middlename: Name | None = None
    lastname: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    gender: Gender | None = None
    identity_number: IdentityNumber | None = None
    birthdate: Birthdate | None = None
    account_type: AccountType | None = None
    tax_office: TaxOffice | None = None


class CustomerUpdate(Struct, frozen=True, kw_only=True):
    """What is to change; an optional field that is absent stays as it is."""

    firstname: Name
    lastname: Name
    phone: Phone
    identity_number: IdentityNumber
    middlename: Name | None = None
    email: Email | None = None
    gender: Gender | None = None
    birthdate: Birthdate | None = None


class CustomerDetail(Struct, frozen=True, kw_only=True):
    """A customer as entered or changed."""

    id: Id
    external_id: str
    company_id: Id
    user_id: Id
    firstname: str
    middlename: str
    lastname: str
    fullname: str
    email: str
    phone: str
    gender: str | None
    identity_number: str
    birthdate: str | None
    created_at: str
    updated_at: str
    account_type: str
    tax_office: str


class Wallet(Struct, frozen=True, kw_only=True):
    """One of a customer's accounts of metal or cash."""

    id: Id
    customer_external_id: str
    currency_id: int
    currency_code: str
    currency_symbol: str
    name: str
    is_cash: bool
    balance: MoneyNumber
    blocked: MoneyNumber
    real_balance: MoneyNumber


class BasketCustomer(Struct, frozen=True, kw_only=True):
    """A customer as a basket shows it; what is not known is an empty text or null."""

    external_id: str
    firstname: str
    middlename: str
    lastname: str
    fullname: str
    email: str
    phone: str
    gender: str | None
    identity_number: str
    birthdate: str | None


class CustomerWithWallets(BasketCustomer, frozen=True, kw_only=True):
    """A customer with its accounts."""

    wallets: list[Wallet]


class CustomerRemoved(Struct, frozen=True, kw_only=True):
    """The external id that is free again."""

    external_id: str


def new_customer(sent: CustomerCreate, *, channel: str, checks_numbers: bool) -> NewCustomer:
    """What was sent, as the customers room takes it. Raises `Invalid`."""
    if sent.external_id.lower() in RESERVED_IDS:
        raise Invalid.field("external_id", "field.reserved")
    account_type = sent.account_type or AccountType.PERSON
    if account_type is AccountType.COMPANY and not sent.tax_office:
        raise Invalid.field("tax_office", "field.required")
    _check_number(sent.identity_number, checks_numbers=checks_numbers)
    person = Person(
        firstname=sent.firstname or "",
        middlename=sent.middlename or "",
        lastname=sent.lastname or "",
        email=sent.email or "",
        phone=sent.phone or "",
        gender=sent.gender,
        identity_number=sent.identity_number or "",
        birthdate=read_day(sent.birthdate, "birthdate") if sent.birthdate else None,
    )
    return NewCustomer(sent.external_id, account_type, person, sent.tax_office or "", channel)


def changed_person(person: Person, sent: CustomerUpdate) -> Person:
    """A person with what was sent put in place. Raises `Invalid`."""
    return Person(
        firstname=sent.firstname,
        middlename=sent.middlename or person.middlename,
        lastname=sent.lastname,
        email=sent.email or person.email,
        phone=sent.phone,
        gender=sent.gender or person.gender,
        identity_number=sent.identity_number,
        birthdate=read_day(sent.birthdate, "birthdate") if sent.birthdate else person.birthdate,
    )


def check_update(sent: CustomerUpdate, *, checks_numbers: bool) -> None:
    """Raises `Invalid` for an identity number that fails its check digits."""
    _check_number(sent.identity_number, checks_numbers=checks_numbers)


def customer_detail(customer: Customer, zone: tzinfo) -> CustomerDetail:
    """A customer as entered or changed."""
    person = customer.person
    return CustomerDetail(
        id=customer.customer_id,
        external_id=customer.external_id,
        company_id=customer.partner_id,
        user_id=customer.customer_id,
        firstname=person.firstname,
        middlename=person.middlename,
        lastname=person.lastname,
        fullname=person.fullname,
        email=person.email,
        phone=person.phone,
        gender=person.gender,
        identity_number=person.identity_number,
        birthdate=person.birthdate.isoformat() if person.birthdate else None,
        created_at=local_seconds(customer.created_at, zone),
        updated_at=local_seconds(customer.updated_at, zone),
        account_type=customer.account_type,
        tax_office=customer.tax_office,
    )


def basket_customer(external_id: str, person: Person) -> BasketCustomer:
    """A customer as a basket shows it."""
    return BasketCustomer(
        external_id=external_id,
        firstname=person.firstname,
        middlename=person.middlename,
        lastname=person.lastname,
        fullname=person.fullname,
        email=person.email,
        phone=person.phone,
        gender=person.gender,
        identity_number=person.identity_number,
        birthdate=person.birthdate.isoformat() if person.birthdate else None,
    )


def wallet(account_id: int, balance: Balance, external_id: str) -> Wallet:
    """One of a customer's accounts as it is answered."""
    asset = balance.account.asset
    return Wallet(
        id=account_id,
        customer_external_id=external_id,
        currency_id=asset.facts.currency_id,
        currency_code=asset.sku,
        currency_symbol=asset.facts.symbol,
        name=asset.facts.name,
        is_cash=asset.is_cash,
        balance=balance.balance.decimal,
        blocked=balance.blocked.decimal,
        real_balance=balance.available.decimal,
    )


def customer_with_wallets(customer: Customer, wallets: list[Wallet]) -> CustomerWithWallets:
    """A customer with its accounts."""
    shown = basket_customer(customer.external_id, customer.person)
    return CustomerWithWallets(**structs.asdict(shown), wallets=wallets)


def _check_number(number: str | None, *, checks_numbers: bool) -> None:
    if checks_numbers and number and claims_but_fails(number):
        raise Invalid.field("identity_number", "field.check_digits")
