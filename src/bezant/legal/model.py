"""Documents, what they are filled with, and what was accepted.

Money is exact; every time is aware, and a deal says in which zone its times are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from bezant.customers.model import Address
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Money
from bezant.kernel.texts import Language, Text

MAX_ACCEPTED: Final = 10
"""How many accepted documents one order may name."""


class DocumentType(StrEnum):
    """The documents of a shop, in the order in which a customer meets them."""

    PRELIMINARY_INFORMATION = "preliminary-information"
    DISTANCE_SALES = "distance-sales"
    PRIVACY = "privacy"
    COMMERCIAL_MESSAGES = "commercial-messages"
    DELIVERY_TERMS = "delivery-terms"


class Format(StrEnum):
    """As what a document is printed."""

    PDF = "pdf"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """The media type of what is printed, without parameters."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES: Final = {Format.PDF: "application/pdf", Format.HTML: "text/html"}


class NoSuchDocument(BezantError):
    """No text of this type and version is in force in this language."""

    kind = Kind.NOT_FOUND
    text = "legal.not_found"


class NoSuchCopy(BezantError):
    """Nothing with this hash was kept."""

    kind = Kind.NOT_FOUND
    text = "legal.no_such_copy"


class PricesNotHeld(BezantError):
    """The hold on the prices is over: a document would show what may no longer be charged."""

    kind = Kind.CONFLICT
    text = "legal.prices_not_held"


class NoSuchInvoice(BezantError):
    """The order has no invoice: it is not complete, or it was a sale, or it comes in a moment."""

    kind = Kind.NOT_FOUND
    text = "invoice.not_found"


class SeriesExhausted(BezantError):
    """The year's series of invoice numbers has come to its end."""

    kind = Kind.CONFLICT
    text = "legal.series_exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInForce:
    """A published text as it is listed. `sha256` is the text's, in hexadecimal."""

    type: DocumentType
    language: Language
    version: int
    name: str
    is_required: bool
    valid_from: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Document:
    """A published text with its body, in the markup of `bezant.legal.markup`."""

    listed: DocumentInForce
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that is to be published."""

    type: DocumentType
    language: Language
    name: str
    body: str
    is_required: bool
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class AcceptedDocument:
    """What a customer is said to have accepted."""

    type: DocumentType
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What a customer accepted with an order; the hashes of its copies once they are kept."""

    type: DocumentType
    language: Language
    version: int
    accepted_at: datetime
    html_sha256: str | None
    pdf_sha256: str | None

    def copy_in(self, format: Format) -> str | None:  # noqa: A002 - the wire's word.
        """The hash of the copy in this format, if it is kept yet."""
        return self.pdf_sha256 if format is Format.PDF else self.html_sha256


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A printed document and the hash of its bytes, in hexadecimal."""

    body: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the deployment and delivers the metal; empty texts are not given."""

    name: str
    address: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The customer; an empty text means unknown."""

    fullname: str
    email: str
    phone: str
    identity_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLine:
    """So many pieces of a product. The weight is a piece's, the tax the line's.

    Without `pieces` it is sold by weight: `weight_ug` is all of it, and the unit price is that
    of a gram. `tax_rate` is in basis points, `total` includes the tax.
    """

    sku: str
    name: str
    weight_ug: int
    pieces: int | None
    unit_price: Money
    tax_rate: int
    tax: Money
    total: Money
    serial_numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What a document is about: a basket at held prices, or an order.

    `seller` is the partner. `at` is when the basket's prices were fixed or the order was made,
    and `zone` is where it is told. `total` = `price` + `tax`, `paid_total` = `total` +
    `payment_cost`. Without `how_paid` it is not chosen yet.
    """

    seller: str
    operator: Operator
    number: str
    is_order: bool
    at: datetime
    zone: tzinfo
    language: Language
    buyer: Buyer
    shipping_address: Address | None
    billing_address: Address | None
    lines: Sequence[DealLine]
    price: Money
    tax: Money
    total: Money
    payment_cost: Money
    paid_total: Money
    how_paid: Text | None


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """How invoices are numbered: three capitals, and the zone in which a year begins."""

    series: str
    zone: tzinfo


class Sale(StrEnum):
    """Which orders a number of an order counts among: the shop's, or those of digital metal."""

    SHOP = "shop"
    DIGITAL = "digital"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice that was issued; the hash of its print once that is kept."""

    sale: Sale
    partner_id: PartnerId
    order_id: OrderId
    number: str
    issued_at: datetime
    pdf_sha256: str | None


LAST_OF_SERIES: Final = 999_999_999


def invoice_number(series: str, year: int, number: int) -> str:
    """`BZT2026000000001`: three letters, the year, nine digits. Raises `SeriesExhausted`."""
    if number > LAST_OF_SERIES:
        raise SeriesExhausted(series=series, year=year)
    return f"{series}{year:04d}{number:09d}"


COPY_AFTER: Final = timedelta(minutes=2)
"""For how long one worker has what it took in hand, before another may take it."""
