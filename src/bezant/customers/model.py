"""Customers, their addresses, and the rules of Turkish identity and tax numbers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import AddressId, CustomerId, PartnerId

RESERVED_IDS: Final = frozenset({"address", "kyc", "createmulti", "bulk"})
"""Words of the paths below `/partner/customer`; no customer may be called so."""

MAX_ADDRESSES: Final = 200
"""How many addresses one customer may keep."""


class AccountType(StrEnum):
    """A person, or a company (its name is kept as the first name)."""

    PERSON = "person"
    COMPANY = "company"


class Gender(StrEnum):
    """As on a Turkish identity card."""

    MALE = "M"
    FEMALE = "F"


class AddressType(StrEnum):
    """Where the goods go, or to whom the invoice is made out."""

    BILLING = "billing"
    SHIPPING = "shipping"


class InvoiceType(StrEnum):
    """To a person or to a company; a shipping address has none."""

    NONE = ""
    INDIVIDUAL = "Individual"
    CORPORATE = "Corporate"


class CustomerExists(BezantError):
    """The partner already has a customer with this external id."""

    kind = Kind.CONFLICT
    text = "customer.exists"


class NoSuchCustomer(BezantError):
    """The partner has no customer with this external id."""

    kind = Kind.NOT_FOUND
    text = "customer.not_found"


class NoSuchAddress(BezantError):
    """The customer has no address with this id."""

    kind = Kind.NOT_FOUND
    text = "address.not_found"


class TooManyAddresses(BezantError):
    """The customer keeps as many addresses as there may be."""

    kind = Kind.CONFLICT
    text = "address.too_many"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a customer; an empty text means unknown."""

    firstname: str = ""
    middlename: str = ""
    lastname: str = ""
    email: str = ""
    phone: str = ""
    gender: Gender | None = None
    identity_number: str = ""
    birthdate: date | None = None

    @property
    def fullname(self) -> str:
        """The names that are known, in order."""
        return " ".join(filter(None, (self.firstname, self.middlename, self.lastname)))


class CustomerView(msgspec.Struct, frozen=True):
    """A customer as a basket or an order shows it."""

    external_id: str
    person: Person


class KnownCustomer(msgspec.Struct, frozen=True, array_like=True):
    """A customer as it is read beside other things."""

    customer_id: CustomerId
    external_id: str
    person: Person

    @property
    def view(self) -> CustomerView:
        """As a basket or an order shows it."""
        return CustomerView(self.external_id, self.person)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer as a partner enters it."""

    external_id: str
    account_type: AccountType
    person: Person
    tax_office: str
    channel: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of one partner."""

    customer_id: CustomerId
    partner_id: PartnerId
    external_id: str
    account_type: AccountType
    person: Person
    tax_office: str
    created_at: datetime
    updated_at: datetime


class AddressDetails(msgspec.Struct, frozen=True, kw_only=True):
    """An address without a name of its own; an empty text means not given."""

    type: AddressType
    external_id: str = ""
    invoice_type: InvoiceType = InvoiceType.NONE
    company_name: str = ""
    tax_office: str = ""
    tax_number: str = ""
    fullname: str = ""
    phone: str = ""
    email: str = ""
    city: str = ""
    county: str = ""
    district: str = ""
    street: str = ""
    zipcode: str = ""
    address: str = ""


class Address(msgspec.Struct, frozen=True):
    """A stored address of a customer."""

    address_id: AddressId
    details: AddressDetails


@dataclass(frozen=True, slots=True)
class LoadedCustomer:
    """A customer who comes in whole, with addresses."""

    customer: Customer
    channel: str
    addresses: tuple[Address, ...]


def is_identity_number(number: str) -> bool:
    """Whether eleven digits pass the check of a Turkish identity number.

    The tenth digit is (7 × the sum of the odd places − the sum of the even ones) mod 10,
    the eleventh the sum of the first ten mod 10; the first is not zero.
    """
    if len(number) != _IDENTITY_LENGTH or not _all_digits(number) or number[0] == "0":
        return False
    digits = [int(digit) for digit in number]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def is_tax_number(number: str) -> bool:
    """Whether ten digits pass the check of a Turkish tax number."""
    if len(number) != _TAX_LENGTH or not _all_digits(number):
        return False
    total = 0
    for place, digit in enumerate(number[:9]):
        moved = (int(digit) + 9 - place) % 10
        total += 0 if moved == 0 else (moved * 2 ** (9 - place)) % 9 or 9
    return int(number[9]) == (10 - total % 10) % 10


def claims_but_fails(number: str) -> bool:
    """Whether a number has the form of an identity or tax number but not its check digits."""
    if not _all_digits(number):
        return False
    if len(number) == _IDENTITY_LENGTH:
        return not is_identity_number(number)
    return len(number) == _TAX_LENGTH and not is_tax_number(number)


_IDENTITY_LENGTH: Final = 11
_TAX_LENGTH: Final = 10


def _all_digits(number: str) -> bool:
    return number.isascii() and number.isdigit()
