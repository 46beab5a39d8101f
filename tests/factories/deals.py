"""Deals for tests: round figures, and a customer with a Turkish name."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bezant.customers.model import Address, AddressDetails, AddressType, InvoiceType
from bezant.kernel.db import Tx
from bezant.kernel.ids import AddressId, OrderId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import at_once
from bezant.kernel.texts import Language, Text
from bezant.legal.model import (
    AcceptedDocument,
    Buyer,
    Deal,
    DealLine,
    DocumentInForce,
    Operator,
)
from bezant.legal.service import documents as legal

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Istanbul")


def lira(minor: int) -> Money:
    """So many kuruş."""
    return Money(minor, Currency.TRY)


def make_buyer(**changes: str) -> Buyer:
    """A customer."""
    known = {
        "fullname": "Şükrü Iğdır Çağlayan",
        "email": "sukru@example.com",
        "phone": "+905551112233",
        "identity_number": "10000000146",
    }
    return Buyer(**known | changes)


def make_line(
    *, pieces: int = 2, name: str = "Külçe Altın 1 g", serial_numbers: tuple[str, ...] = ()
) -> DealLine:
    """Pieces of a bar at 1.000,00 TL each, with 20 % of tax on 100,00 TL of it."""
    return DealLine(
        sku="MNT0001",
        name=name,
        weight_ug=1_010_000,
        pieces=pieces,
        unit_price=lira(100_000),
        tax_rate=2_000,
        tax=lira(2_000 * pieces),
        total=lira(102_000 * pieces),
        serial_numbers=serial_numbers,
    )


def make_address(type_: AddressType, **changes: str) -> Address:
    """An address in Ankara."""
    known = {
        "fullname": "Şükrü Iğdır Çağlayan",
        "phone": "+905551112233",
        "city": "Ankara",
        "county": "Çankaya",
        "district": "Kavaklıdere",
        "address": "Uzun Sokak No: 1/2",
    }
    invoice = InvoiceType.INDIVIDUAL if type_ is AddressType.BILLING else InvoiceType.NONE
    return Address(
        AddressId(1), AddressDetails(type=type_, invoice_type=invoice, **known | changes)
    )


def make_deal(
    *,
    language: Language = Language.TR,
    buyer: Buyer | None = None,
    lines: tuple[DealLine, ...] | None = None,
    seller: str = "Güneş Bankası A.Ş.",
    payment_cost: int = 0,
    how_paid: Text | None = None,
) -> Deal:
    """An order of bars."""
    lines = (make_line(),) if lines is None else lines
    total = sum((line.total for line in lines), lira(0))
    tax = sum((line.tax for line in lines), lira(0))
    return Deal(
        seller=seller,
        operator=Operator(
            "Darphane Kıymetli Madenler A.Ş.", "Kapalıçarşı, İstanbul", "0212 000 00 00"
        ),
        number="MC_66C7446E7F53E",
        is_order=True,
        at=AT,
        zone=ZONE,
        language=language,
        buyer=buyer or make_buyer(),
        shipping_address=make_address(AddressType.SHIPPING),
        billing_address=make_address(AddressType.BILLING, tax_number="10000000146"),
        lines=lines,
        price=total - tax,
        tax=tax,
        total=total,
        payment_cost=lira(payment_cost),
        paid_total=total + lira(payment_cost),
        how_paid=how_paid,
    )


async def accept(
    tx: Tx,
    order: tuple[PartnerId, OrderId],
    documents: Sequence[AcceptedDocument],
    *,
    now: datetime,
) -> None:
    """Enters what is accepted with an order in Turkish."""
    found = await accepted(tx, documents, language=Language.TR, now=now)
    await at_once(tx, legal.accept(order[0], order[1], found, now=now))


async def accepted(
    tx: Tx, documents: Sequence[AcceptedDocument], *, language: Language, now: datetime
) -> tuple[DocumentInForce, ...]:
    """The texts that are accepted by their versions. Raises `Invalid`."""
    (in_force,) = await at_once(tx, legal.in_force(language=language, now=now))
    return legal.require_accepted(documents, in_force)
