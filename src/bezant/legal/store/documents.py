"""Published texts and what was accepted of them, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.steps import Step, nothing
from bezant.kernel.texts import Language
from bezant.legal.model import (
    Acceptance,
    Document,
    DocumentInForce,
    DocumentType,
    Draft,
)

if TYPE_CHECKING:
    from asyncpg import Record

_IN_FORCE: Final = msgspec.json.Decoder(list[DocumentInForce])

_LISTED: Final = "type, language, version, name, is_required, valid_from, sha256"

READ_IN_FORCE: Final = """
    SELECT documents_in_force($1, $2)
"""

SELECT_DOCUMENT: Final = f"""
    SELECT {_LISTED}, body
      FROM legal_document
     WHERE type = $1 AND language = $2 AND valid_from <= $3
       AND ($4::integer IS NULL OR version = $4)
     ORDER BY version DESC LIMIT 1
"""

SELECT_ALL: Final = f"""
    SELECT {_LISTED} FROM legal_document ORDER BY type, language, version
"""

# Whoever publishes next waits, so that two do not take the same version.
LOCK_DOCUMENTS: Final = """
    LOCK TABLE legal_document IN SHARE ROW EXCLUSIVE MODE
"""

SELECT_LAST: Final = f"""
    SELECT {_LISTED} FROM legal_document
     WHERE type = $1 AND language = $2 ORDER BY version DESC LIMIT 1
"""

INSERT_DOCUMENT: Final = """
    INSERT INTO legal_document
        (type, language, version, name, body, is_required, valid_from, sha256, published_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, encode(sha256(convert_to($5, 'UTF8')), 'hex'), $8)
    RETURNING sha256
"""

ACCEPT: Final = """
    SELECT accept_documents($1, $2, $3, $4)
"""

SELECT_ACCEPTED: Final = """
    SELECT type, language, version, accepted_at, html_sha256, pdf_sha256
      FROM legal_acceptance WHERE partner_id = $1 AND order_id = $2
"""


def read_in_force(language: Language, now: datetime) -> Step[list[DocumentInForce]]:
    """The newest text of each type that is in force."""
    return Step(
        READ_IN_FORCE,
        (language, now),
        lambda told: _IN_FORCE.decode(told or "[]"),
        only_reads=True,
    )


async def select_document(
    connection: Connection,
    type_: DocumentType,
    language: Language,
    *,
    version: int | None,
    now: datetime,
) -> Document | None:
    """A text that is or was in force; without a version the one that is."""
    row = await connection.fetchrow(SELECT_DOCUMENT, type_, language, now, version)
    return Document(_listed(row), row["body"]) if row else None


async def select_all(connection: Connection) -> list[DocumentInForce]:
    """Every text that was ever published."""
    return [_listed(row) for row in await connection.fetch(SELECT_ALL)]


async def lock_last(tx: Tx, type_: DocumentType, language: Language) -> DocumentInForce | None:
    """The last version of a text, nobody else publishing any until the end of `tx`."""
    await tx.execute(LOCK_DOCUMENTS)
    row = await tx.fetchrow(SELECT_LAST, type_, language)
    return _listed(row) if row else None


async def insert_document(tx: Tx, draft: Draft, *, version: int, now: datetime) -> str:
    """Publishes a text; the hash of its body."""
    sha256: str = await tx.fetchval(
        INSERT_DOCUMENT,
        draft.type,
        draft.language,
        version,
        draft.name,
        draft.body,
        draft.is_required,
        draft.valid_from,
        now,
    )
    return sha256


def accept(
    partner_id: PartnerId,
    order_id: OrderId,
    documents: Sequence[DocumentInForce],
    *,
    now: datetime,
) -> Step[None]:
    """Enters what was accepted with an order, its copies due at once."""
    accepted = msgspec.json.encode(documents).decode()
    return Step(ACCEPT, (partner_id, order_id, accepted, now), nothing)


async def select_accepted(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> list[Acceptance]:
    """What was accepted with an order."""
    rows = await connection.fetch(SELECT_ACCEPTED, partner_id, order_id)
    return [_acceptance(row) for row in rows]


def _listed(row: "Record") -> DocumentInForce:
    return DocumentInForce(
        type=DocumentType(row["type"]),
        language=Language(row["language"]),
        version=row["version"],
        name=row["name"],
        is_required=row["is_required"],
        valid_from=row["valid_from"],
        sha256=row["sha256"],
    )


def _acceptance(row: "Record") -> Acceptance:
    return Acceptance(
        type=DocumentType(row["type"]),
        language=Language(row["language"]),
        version=row["version"],
        accepted_at=row["accepted_at"],
        html_sha256=row["html_sha256"],
        pdf_sha256=row["pdf_sha256"],
    )
