"""The verbs of copies: printing a document, and keeping what was accepted byte for byte."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import structlog

from bezant.kernel.db import Connection, Database
from bezant.kernel.errors import BezantError
from bezant.kernel.ids import OrderId, PartnerId
from bezant.legal import filling, press
from bezant.legal.model import (
    COPY_AFTER,
    Deal,
    Document,
    Format,
    NoSuchCopy,
    RenderedDocument,
)
from bezant.legal.service.documents import find_document
from bezant.legal.store import copies as store

DealOf = Callable[[PartnerId, OrderId], Awaitable[Deal]]
"""Says an order as a deal; the rooms above know how."""

COPIES_A_TURN: Final = 4
"""How many accepted documents a worker takes in hand at once; it may be told to stop between."""

_log: Final = structlog.get_logger("bezant.legal")


async def render(
    document: Document,
    deal: Deal,
    *,
    format: Format,  # noqa: A002 - the wire's word.
) -> RenderedDocument:
    """A document filled with a deal's figures; the same two always give the same bytes."""
    return await press.printed(filling.fill(document, deal), format=format)


async def copy(connection: Connection, sha256: str) -> RenderedDocument:
    """The kept document with this hash. Raises `NoSuchCopy`."""
    found = await store.select_copy(connection, sha256)
    if found is None:
        raise NoSuchCopy
    return found


async def keep_accepted_copies(db: Database, deal_of: DealOf, *, now: datetime) -> int:
    """Prints and keeps some accepted documents that have no copies; how many are kept now.

    Nothing is locked while it prints. What could not be said as a deal, and what a worker
    that died had in hand, comes up again after `COPY_AFTER`; to print twice does no harm.
    """
    async with db.reading() as connection:
        taken = await store.claim_acceptances(
            connection, now=now, until=now + COPY_AFTER, limit=COPIES_A_TURN
        )
    kept = 0
    for due in taken:
        try:
            await _keep(db, due, await deal_of(due.partner_id, due.order_id), now=now)
        except BezantError as error:
            # One order that cannot be said must not keep the others from being kept.
            _log.warning("no copy", order=due.order_id, type=due.type, reason=str(error))
            continue
        kept += 1
    return kept


async def _keep(db: Database, due: store.DueCopy, deal: Deal, *, now: datetime) -> None:
    async with db.reading() as connection:
        document = await find_document(
            connection, due.type, version=due.version, language=due.language, now=now
        )
    html = await render(document, deal, format=Format.HTML)
    pdf = await render(document, deal, format=Format.PDF)
    async with db.transaction() as tx:
        await store.insert_copy(tx, html)
        await store.insert_copy(tx, pdf)
        await store.update_kept(tx, due, html=html.sha256, pdf=pdf.sha256)
