"""What is known of customers, limits, and what counts against them, in the database."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.customers.kyc.model import (
    NOTHING_KNOWN,
    DatedLimit,
    Kyc,
    KycDocument,
    KycStatus,
    Limit,
    LimitKind,
    Risk,
    Standing,
)
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import Step, nothing

if TYPE_CHECKING:
    from asyncpg import Record

SELECT_KYC: Final = """
    SELECT to_json(k)::text FROM customer_kyc k WHERE partner_id = $1 AND customer_id = $2
"""

STORE_KYC: Final = """
    SELECT kyc_store($1, $2, $3, $4)
"""

DELETE_KYC: Final = """
    DELETE FROM customer_kyc WHERE partner_id = $1 AND customer_id = $2
"""

SELECT_LIMITS: Final = """
    SELECT level, kind, unit, valid_from, amount FROM kyc_limit
     ORDER BY level, kind, unit, valid_from DESC
"""

UPSERT_LIMIT: Final = """
    INSERT INTO kyc_limit (level, kind, unit, valid_from, amount, set_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (level, kind, unit, valid_from) DO UPDATE
       SET amount = excluded.amount, set_at = excluded.set_at
"""

COUNT: Final = """
    SELECT kyc_count($1, $2, $3, $4, $5, $6, $7)
"""


class _KycRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of what is known, as the functions tell and take it."""

    level: int
    status: KycStatus
    verified_at: datetime | None
    method: str
    document_type: str
    document_last4: str
    document_country: str
    document_expires_on: date | None
    risk: Risk
    pep: bool
    updated_at: datetime | None = None


class _StandingRow(msgspec.Struct, frozen=True):
    kyc: _KycRow | None
    person: list[CustomerId]
    version: int
    today: int
    month: int
    limits: list[Limit]


_ROW: Final = msgspec.json.Decoder(_KycRow)
_STANDING: Final = msgspec.json.Decoder(_StandingRow)
_EXTERNAL_IDS: Final = msgspec.json.Decoder(list[str])


async def select_kyc(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId
) -> Kyc | None:
    """What is known of a customer."""
    told = await connection.fetchval(SELECT_KYC, partner_id, customer_id)
    return None if told is None else _kyc(_ROW.decode(told))


def store_kyc(
    partner_id: PartnerId, found: Mapping[str, Kyc], *, now: datetime
) -> Step[frozenset[str]]:
    """Puts these in the place of what is known; the external ids that there are."""

    def read(told: str | None) -> frozenset[str]:
        return frozenset(_EXTERNAL_IDS.decode(told or "[]"))

    sent = msgspec.json.encode([_row(kyc) for kyc in found.values()]).decode()
    return Step(STORE_KYC, (partner_id, list(found), sent, now), read)


async def delete_kyc(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> None:
    """Deletes what is known of a customer."""
    await tx.execute(DELETE_KYC, partner_id, customer_id)


async def select_limits(connection: Connection) -> list[DatedLimit]:
    """Every setting, the newest of each limit first."""
    return [_dated(row) for row in await connection.fetch(SELECT_LIMITS)]


async def upsert_limit(tx: Tx, new: DatedLimit, *, now: datetime) -> None:
    """Sets a limit from a day on."""
    limit = new.limit
    await tx.execute(
        UPSERT_LIMIT, limit.level, limit.kind, limit.unit, new.valid_from, limit.amount, now
    )


def told_standing(told: str | bytes, currency: Currency) -> Standing:
    """What the function that reads it has told."""
    row = _STANDING.decode(told)
    return Standing(
        kyc=_kyc(row.kyc) if row.kyc else NOTHING_KNOWN,
        person=row.person,
        version=row.version,
        today=Money(row.today, currency),
        month=Money(row.month, currency),
        limits=row.limits,
    )


def count(
    customer: tuple[PartnerId, CustomerId], found: Standing, value: Money, *, day: date
) -> Step[None]:
    """Adds to what was turned over, if nobody has since it was read."""
    first = found.person[0]
    args = (*customer, first, found.version, value.currency, value.minor, day)
    return Step(COUNT, args, nothing)


def _row(kyc: Kyc) -> _KycRow:
    document = kyc.document or KycDocument(type="")
    return _KycRow(
        level=kyc.level,
        status=kyc.status,
        verified_at=kyc.verified_at,
        method=kyc.method,
        document_type=document.type,
        document_last4=document.number_last4,
        document_country=document.country,
        document_expires_on=document.expires_on,
        risk=kyc.risk,
        pep=kyc.pep,
    )


def _kyc(row: _KycRow) -> Kyc:
    document = KycDocument(
        type=row.document_type,
        number_last4=row.document_last4,
        country=row.document_country,
        expires_on=row.document_expires_on,
    )
    return Kyc(
        level=row.level,
        status=row.status,
        verified_at=row.verified_at,
        method=row.method,
        document=document if document.type else None,
        risk=row.risk,
        pep=row.pep,
        updated_at=row.updated_at,
    )


def _dated(row: "Record") -> DatedLimit:
    limit = Limit(
        level=row["level"], kind=LimitKind(row["kind"]), unit=row["unit"], amount=row["amount"]
    )
    return DatedLimit(limit, row["valid_from"])
