"""Customer addresses on the wire: sent as `shipping` and `billing`, answered by type."""

from typing import Annotated, Final

from msgspec import Meta, Struct, structs

from bezant.customers.model import (
    Address,
    AddressDetails,
    AddressType,
    InvoiceType,
    claims_but_fails,
)
from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Text
from bezant.web.partner.wire.customers import Email
from bezant.web.partner.wire.values import CustomerRef, Id

ExternalId = Annotated[
    str, Meta(min_length=1, max_length=110, examples=["66b3666fcc19b0487e691695"])
]
Line = Annotated[str, Meta(min_length=1, max_length=110)]
LongLine = Annotated[str, Meta(min_length=1, max_length=500, examples=["açık adres"])]
City = Annotated[str, Meta(min_length=1, max_length=110, examples=["Ankara"])]
County = Annotated[str, Meta(min_length=1, max_length=110, examples=["Çankaya"])]
ZipCode = Annotated[str, Meta(min_length=1, max_length=5, examples=["06420"])]
TaxNumber = Annotated[str, Meta(min_length=1, max_length=40, examples=["12313123312"])]
AddressPhone = Annotated[str, Meta(min_length=1, max_length=25, examples=["+905071112233"])]


class AddressQuery(Struct, frozen=True, kw_only=True):
    """Whose addresses, and of which type; without a type, both."""

    external_customer_id: CustomerRef
    type: AddressType | None = None


class AddressCreate(Struct, frozen=True, kw_only=True):
    """An address to store. Which fields are required depends on `type`.

    Shipping: `fullname`, `phone`. Billing: `invoice_type`, `tax_number`, and for
    `Corporate` also `company_name` and `tax_office`. Both: `city`, `county`, `address`.
    """

    external_customer_id: CustomerRef
    type: AddressType
    external_id: ExternalId | None = None
    invoice_type: InvoiceType | None = None
    company_name: Line | None = None
    tax_office: Line | None = None
    tax_number: TaxNumber | None = None
    fullname: Line | None = None
    phone: AddressPhone | None = None
    email: Email | None = None
    city: City | None = None
    county: County | None = None
    district: Line | None = None
    street: Line | None = None
    zipcode: ZipCode | None = None
    address: LongLine | None = None


class ShippingInput(Struct, frozen=True, kw_only=True):
    """A shipping address as a basket or a pair of addresses sends it."""

    tax_number: TaxNumber
    fullname: Line
    phone: AddressPhone
    city: City
    county: County
    district: Line
    address: LongLine
    external_id: ExternalId | None = None
    zipcode: ZipCode | None = None
    street: Line | None = None


class BillingInput(Struct, frozen=True, kw_only=True):
    """A billing address as a basket or a pair of addresses sends it.

    `Corporate` needs `company_name` and `tax_office`.
    """

    phone: AddressPhone
    city: City
    county: County
    district: Line
    address: LongLine
    tax_number: TaxNumber
    external_id: ExternalId | None = None
    invoice_type: InvoiceType | None = None
    fullname: Line | None = None
    company_name: Line | None = None
    email: Email | None = None
    zipcode: ZipCode | None = None
    street: Line | None = None
    tax_office: Line | None = None


class AddressPair(Struct, frozen=True, kw_only=True):
    """A shipping and a billing address, or one of them; stored together or not at all."""

    external_customer_id: CustomerRef
    shipping: ShippingInput | None = None
    billing: BillingInput | None = None


class AddressRemove(Struct, frozen=True, kw_only=True):
    """Which address of whom."""

    external_customer_id: CustomerRef
    id: Id


class ShippingAddress(Struct, frozen=True, kw_only=True):
    """A shipping address; what is not known is an empty text."""

    id: Id
    tax_number: str
    external_id: str
    fullname: str
    phone: str
    city: str
    county: str
    district: str
    street: str
    zipcode: str
    address: str


class FullAddress(Struct, frozen=True, kw_only=True):
    """An address of either type with every field; what is not known is an empty text."""

    id: Id
    type: str
    invoice_type: str
    company_name: str
    tax_office: str
    tax_number: str
    external_id: str
    fullname: str
    phone: str
    email: str
    city: str
    county: str
    district: str
    street: str
    zipcode: str
    address: str


class StoredPair(Struct, frozen=True, kw_only=True):
    """The addresses that were stored; null for the one that was not sent."""

    shipping: ShippingAddress | None
    billing: FullAddress | None


_REQUIRED: Final = {
    AddressType.SHIPPING: ("fullname", "phone", "city", "county", "address"),
    AddressType.BILLING: ("invoice_type", "tax_number", "city", "county", "address"),
}


def address_details(sent: AddressCreate, *, checks_numbers: bool) -> AddressDetails:
    """What was sent, as the customers room takes it. Raises `Invalid`."""
    missing = [name for name in _REQUIRED[sent.type] if getattr(sent, name) is None]
    if missing:
        raise Invalid({name: [Text("field.required")] for name in missing})
    invoice_type = sent.invoice_type if sent.type is AddressType.BILLING else None
    details = _details(sent, sent.type, invoice_type or InvoiceType.NONE)
    _check(details, path="", checks_numbers=checks_numbers)
    return details


def shipping_details(sent: ShippingInput, *, checks_numbers: bool) -> AddressDetails:
    """A shipping address as the customers room takes it. Raises `Invalid`."""
    details = _details(sent, AddressType.SHIPPING, InvoiceType.NONE)
    _check(details, path="shipping.", checks_numbers=checks_numbers)
    return details


def billing_details(sent: BillingInput, *, checks_numbers: bool) -> AddressDetails:
    """A billing address as the customers room takes it. Raises `Invalid`."""
    invoice_type = sent.invoice_type or InvoiceType.INDIVIDUAL
    details = _details(sent, AddressType.BILLING, invoice_type)
    _check(details, path="billing.", checks_numbers=checks_numbers)
    return details


def shipping_address(address: Address) -> ShippingAddress:
    """A shipping address as it is answered."""
    details = address.details
    return ShippingAddress(
        id=address.address_id,
        tax_number=details.tax_number,
        external_id=details.external_id,
        fullname=details.fullname,
        phone=details.phone,
        city=details.city,
        county=details.county,
        district=details.district,
        street=details.street,
        zipcode=details.zipcode,
        address=details.address,
    )


def full_address(address: Address) -> FullAddress:
    """A billing address, or a stored address of either type, as it is answered."""
    details = address.details
    return FullAddress(
        id=address.address_id,
        type=details.type,
        invoice_type=details.invoice_type,
        company_name=details.company_name,
        tax_office=details.tax_office,
        tax_number=details.tax_number,
        external_id=details.external_id,
        fullname=details.fullname,
        phone=details.phone,
        email=details.email,
        city=details.city,
        county=details.county,
        district=details.district,
        street=details.street,
        zipcode=details.zipcode,
        address=details.address,
    )


def _details(
    sent: AddressCreate | ShippingInput | BillingInput,
    type_: AddressType,
    invoice_type: InvoiceType,
) -> AddressDetails:
    """An address from a shape whose texts are called as the room calls them."""
    texts = {name: str(getattr(sent, name, None) or "") for name in _TEXTS}
    return AddressDetails(type=type_, invoice_type=invoice_type, **texts)


_TEXTS: Final = tuple(field.name for field in structs.fields(AddressDetails) if field.type is str)


def _check(details: AddressDetails, *, path: str, checks_numbers: bool) -> None:
    wrong: dict[str, list[Text]] = {}
    if details.invoice_type is InvoiceType.CORPORATE:
        for name, value in (
            ("company_name", details.company_name),
            ("tax_office", details.tax_office),
        ):
            if not value:
                wrong[f"{path}{name}"] = [Text("field.required")]
    if checks_numbers and claims_but_fails(details.tax_number):
        wrong[f"{path}tax_number"] = [Text("field.check_digits")]
    if wrong:
        raise Invalid(wrong)
