"""What is known of who a customer is, on the wire."""

from datetime import UTC, date, datetime, tzinfo
from typing import Annotated

from msgspec import Meta, Struct

from bezant.customers.kyc.model import (
    MAX_AT_ONCE,
    MAX_LEVEL,
    Kyc,
    KycDocument,
    KycStatus,
    Risk,
)
from bezant.kernel.errors import BezantError, Invalid
from bezant.kernel.texts import Language
from bezant.web.codes import code_of
from bezant.web.partner.wire.values import CustomerRef, iso_local, read_day

Level = Annotated[
    int, Meta(ge=0, le=MAX_LEVEL, description="How much is known of the customer.", examples=[2])
]
VerifiedAt = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=40,
        description="When it was verified: ISO 8601 with an offset.",
        examples=["2026-06-01T10:30:00+03:00"],
    ),
]
KycWord = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern="^[a-z0-9][a-z0-9_.-]*$",
        description="A word of the partner's own.",
        examples=["video-call"],
    ),
]
LastFour = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4,
        pattern="^[A-Za-z0-9]{1,4}$",
        description="The last characters of the document's number; the number is never sent.",
        examples=["4F21"],
    ),
]
Country = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=2,
        pattern="^[A-Z]{2}$",
        description="ISO 3166, two letters.",
        examples=["TR"],
    ),
]
ExpiryDay = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=10,
        description="YYYY-MM-DD, the last day on which it is valid.",
        examples=["2031-05-20"],
    ),
]


class DocumentSent(Struct, frozen=True, kw_only=True):
    """The document that the customer was known by."""

    type: KycWord
    number_last4: LastFour | None = None
    country: Country | None = None
    expires_at: ExpiryDay | None = None


class KycUpsert(Struct, frozen=True, kw_only=True):
    """What is known from now on; what is absent is not known."""

    level: Level
    status: KycStatus
    verified_at: VerifiedAt | None = None
    method: KycWord | None = None
    document: DocumentSent | None = None
    risk: Risk = Risk.LOW
    pep: bool = False


class KycOfOne(KycUpsert, frozen=True, kw_only=True):
    """What is known of one of many."""

    external_customer_id: CustomerRef


class KycBulk(Struct, frozen=True, kw_only=True):
    """What is known of many customers, each of whom is named once."""

    customers: Annotated[list[KycOfOne], Meta(max_length=MAX_AT_ONCE)]


class WireDocument(Struct, frozen=True, kw_only=True):
    """The document, as far as it is kept."""

    type: str
    number_last4: str
    country: str
    expires_at: str | None


class WireKyc(Struct, frozen=True, kw_only=True):
    """What is known of a customer, and what it allows today.

    `effective_level` is `level` while that is approved and the document is valid, else 0.
    """

    external_customer_id: str
    level: int
    effective_level: int
    status: KycStatus
    verified_at: str | None
    method: str
    document: WireDocument | None
    risk: Risk
    pep: bool
    updated_at: str | None


class KycResult(Struct, frozen=True, kw_only=True):
    """What came of one of many: `code` is 0, or that of a refusal as a call of its own has it."""

    external_customer_id: str
    success: bool
    code: int
    message: str


def kyc_of(sent: KycUpsert, *, now: datetime) -> Kyc:
    """What was sent, as the room takes it. Raises `Invalid`."""
    kyc = Kyc(
        level=sent.level,
        status=sent.status,
        verified_at=_moment(sent.verified_at) if sent.verified_at else None,
        method=sent.method or "",
        document=_document(sent.document) if sent.document else None,
        risk=sent.risk,
        pep=sent.pep,
    )
    if kyc.verified_at is None and kyc.level > 0 and kyc.status is KycStatus.APPROVED:
        raise Invalid.field("verified_at", "field.required")
    if kyc.verified_at is not None and kyc.verified_at > now:
        raise Invalid.field("verified_at", "kyc.verified_in_future")
    return kyc


def wire_kyc(external_id: str, kyc: Kyc, *, day: date, zone: tzinfo) -> WireKyc:
    """What is known of a customer, as it is answered."""
    document = kyc.document
    return WireKyc(
        external_customer_id=external_id,
        level=kyc.level,
        effective_level=kyc.level_on(day),
        status=kyc.status,
        verified_at=iso_local(kyc.verified_at, zone) if kyc.verified_at else None,
        method=kyc.method,
        document=None if document is None else _wire_document(document),
        risk=kyc.risk,
        pep=kyc.pep,
        updated_at=iso_local(kyc.updated_at, zone) if kyc.updated_at else None,
    )


def result_of(external_id: str, refused: BezantError | None, language: Language) -> KycResult:
    """What came of one of many, as it is answered."""
    if refused is None:
        return KycResult(external_customer_id=external_id, success=True, code=0, message="")
    return KycResult(
        external_customer_id=external_id,
        success=False,
        code=code_of(refused).code,
        message=_sentence(refused, language),
    )


def _sentence(refused: BezantError, language: Language) -> str:
    if not isinstance(refused, Invalid):
        return refused.message().into(language)
    return " ".join(
        f"{path}: {text.into(language)}" for path, texts in refused.fields.items() for text in texts
    )


def _document(sent: DocumentSent) -> KycDocument:
    expires_on = None
    if sent.expires_at:
        expires_on = read_day(sent.expires_at, "document.expires_at")
    return KycDocument(
        type=sent.type,
        number_last4=sent.number_last4 or "",
        country=sent.country or "",
        expires_on=expires_on,
    )


def _wire_document(document: KycDocument) -> WireDocument:
    expires_on = document.expires_on
    return WireDocument(
        type=document.type,
        number_last4=document.number_last4,
        country=document.country,
        expires_at=expires_on.isoformat() if expires_on else None,
    )


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.field("verified_at", "kyc.moment") from None
    if at.tzinfo is None:
        raise Invalid.field("verified_at", "kyc.moment")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Invalid.field("verified_at", "kyc.moment") from None
