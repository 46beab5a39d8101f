"""Copies of what was accepted, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.texts import Language
from bezant.legal.model import DocumentType, RenderedDocument

INSERT_COPY: Final = """
    INSERT INTO legal_copy (sha256, media_type, body) VALUES ($1, $2, $3)
    ON CONFLICT (sha256) DO NOTHING
"""

SELECT_COPY: Final = """
    SELECT sha256, media_type, body FROM legal_copy WHERE sha256 = $1
"""

# Taking one in hand moves it on, so that nothing is locked while it is printed, and what a
# worker that died had in hand comes up again.
CLAIM_ACCEPTANCES: Final = """
    UPDATE legal_acceptance a SET copy_at = $2
      FROM (
        SELECT partner_id, order_id, type FROM legal_acceptance
         WHERE copy_at <= $1 ORDER BY copy_at LIMIT $3 FOR UPDATE SKIP LOCKED
      ) due
     WHERE a.partner_id = due.partner_id AND a.order_id = due.order_id AND a.type = due.type
    RETURNING a.partner_id, a.order_id, a.type, a.language, a.version
"""

UPDATE_KEPT: Final = """
    UPDATE legal_acceptance SET html_sha256 = $4, pdf_sha256 = $5, copy_at = NULL
     WHERE partner_id = $1 AND order_id = $2 AND type = $3 AND copy_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class DueCopy:
    """An accepted document that has no copies yet."""

    partner_id: PartnerId
    order_id: OrderId
    type: DocumentType
    language: Language
    version: int


async def insert_copy(tx: Tx, made: RenderedDocument) -> None:
    """Keeps a document; one that is kept already stays."""
    await tx.execute(INSERT_COPY, made.sha256, made.media_type, made.body)


async def select_copy(connection: Connection, sha256: str) -> RenderedDocument | None:
    """The document with this hash."""
    row = await connection.fetchrow(SELECT_COPY, sha256)
    return RenderedDocument(row["body"], row["media_type"], row["sha256"]) if row else None


async def claim_acceptances(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> Sequence[DueCopy]:
    """Takes some accepted documents in hand that have no copies; nobody else does `until` then."""
    rows = await connection.fetch(CLAIM_ACCEPTANCES, now, until, limit)
    return [
        DueCopy(
            PartnerId(row["partner_id"]),
            OrderId(row["order_id"]),
            DocumentType(row["type"]),
            Language(row["language"]),
            row["version"],
        )
        for row in rows
    ]


async def update_kept(tx: Tx, due: DueCopy, *, html: str, pdf: str) -> None:
    """Says by which hashes the copies are kept, unless somebody has said so already."""
    await tx.execute(UPDATE_KEPT, due.partner_id, due.order_id, due.type, html, pdf)
