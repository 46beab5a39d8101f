"""Legal documents on the wire."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Text
from bezant.legal.model import DocumentInForce, DocumentType, Format
from bezant.web.partner.wire.values import CartTokenText, CustomerRef, utc_micros

OrderCodeText = Annotated[
    str,
    Meta(
        pattern="^[A-Z0-9]{8}$",
        description="The order's `order_code`.",
        examples=["K7Q2M9XA"],
    ),
]
DocumentVersion = Annotated[
    int, Meta(ge=1, le=1_000_000, description="A text's version; without it the one in force.")
]


class LegalType(Struct, frozen=True, kw_only=True):
    """A document that is in force. `sha256` is its text's, before a deal fills it."""

    type: DocumentType
    name: str
    version: int
    required: bool
    valid_from: str
    sha256: str


class LegalRequest(Struct, frozen=True, kw_only=True):
    """Which document, and of what: a basket (`cart_token`) or an order (`order_code`).

    With both it is of the order. A basket that has become an order is still found by its token.
    """

    type: DocumentType
    external_customer_id: CustomerRef
    version: DocumentVersion | None = None
    cart_token: CartTokenText | None = None
    order_code: OrderCodeText | None = None
    format: Format = Format.PDF


def legal_types(documents: Sequence[DocumentInForce]) -> list[LegalType]:
    """The documents in force."""
    return [_legal_type(each) for each in documents]


def require_subject(sent: LegalRequest) -> None:
    """Raises `Invalid` when neither a basket nor an order is named."""
    if sent.cart_token is None and sent.order_code is None:
        either = Text("field.one_of", {"names": "cart_token, order_code"})
        raise Invalid({"cart_token": [either], "order_code": [either]})


def _legal_type(document: DocumentInForce) -> LegalType:
    return LegalType(
        type=document.type,
        name=document.name,
        version=document.version,
        required=document.is_required,
        valid_from=utc_micros(document.valid_from),
        sha256=document.sha256,
    )
