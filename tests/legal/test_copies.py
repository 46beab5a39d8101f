"""Keeping copies: each accepted document once, whoever dies on the way."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.errors import DatabaseAway
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.texts import Language
from bezant.legal.model import (
    COPY_AFTER,
    AcceptedDocument,
    Deal,
    DocumentType,
    Format,
    NoSuchCopy,
)
from bezant.legal.service import copies, documents
from tests.factories import deals
from tests.factories.clock import FakeClock
from tests.factories.deals import make_buyer, make_deal

ORDERS = itertools.count(1)
NOBODY = PartnerId(2_000_000_000)
BOTH = (
    AcceptedDocument(DocumentType.PRELIMINARY_INFORMATION, 1),
    AcceptedDocument(DocumentType.DISTANCE_SALES, 1),
)
PUT_OFF = "UPDATE legal_acceptance SET copy_at = $1 WHERE copy_at IS NOT NULL"
DealOf = Callable[[PartnerId, OrderId], Awaitable[Deal]]


@pytest_asyncio.fixture
async def now(db: Database, clock: FakeClock) -> datetime:
    """The time of this test, at which nothing else waits for its copies."""
    async with db.reading() as connection:
        await connection.execute(PUT_OFF, clock.now() + timedelta(days=36_500))
    return clock.now()


async def accept(db: Database, now: datetime) -> OrderId:
    """A new order with which two documents were accepted."""
    order = OrderId(next(ORDERS))
    async with db.transaction() as tx:
        await deals.accept(tx, (NOBODY, order), BOTH, now=now)
    return order


async def hashes(db: Database, order: OrderId) -> list[tuple[str | None, str | None]]:
    """The hashes of what is kept of an order."""
    async with db.reading() as connection:
        accepted = await documents.accepted_documents(connection, NOBODY, order)
    assert [each.type for each in accepted] == [each.type for each in BOTH]
    return [(each.html_sha256, each.pdf_sha256) for each in accepted]


def named(name: str) -> DealOf:
    """Says every order as one of a customer of this name."""

    async def deal_of(partner_id: PartnerId, order_id: OrderId) -> Deal:
        return make_deal(buyer=make_buyer(fullname=name))

    return deal_of


async def test_what_was_accepted_is_kept_byte_for_byte(db: Database, now: datetime) -> None:
    order = await accept(db, now)
    assert await hashes(db, order) == [(None, None)] * 2

    assert await copies.keep_accepted_copies(db, named("Ayşe"), now=now) == 2
    kept = await hashes(db, order)

    async with db.reading() as connection:
        document = await documents.find_document(
            connection, BOTH[0].type, version=1, language=Language.TR, now=now
        )
        deal = make_deal(buyer=make_buyer(fullname="Ayşe"))
        for sha256, format_ in zip(kept[0], (Format.HTML, Format.PDF), strict=True):
            assert sha256 is not None
            found = await copies.copy(connection, sha256)
            assert found == await copies.render(document, deal, format=format_)


async def test_what_is_kept_is_not_made_again(db: Database, now: datetime) -> None:
    order = await accept(db, now)
    await copies.keep_accepted_copies(db, named("Ayşe"), now=now)
    kept = await hashes(db, order)

    later = now + timedelta(days=1)
    assert await copies.keep_accepted_copies(db, named("Fatma"), now=later) == 0
    assert await hashes(db, order) == kept


async def test_what_a_worker_that_died_had_in_hand_comes_up_again(
    db: Database, now: datetime
) -> None:
    async def die(partner_id: PartnerId, order_id: OrderId) -> Deal:
        raise KeyboardInterrupt

    order = await accept(db, now)
    with pytest.raises(KeyboardInterrupt):
        await copies.keep_accepted_copies(db, die, now=now)

    assert await copies.keep_accepted_copies(db, named("Ayşe"), now=now) == 0
    assert await copies.keep_accepted_copies(db, named("Ayşe"), now=now + COPY_AFTER) == 2
    assert None not in (await hashes(db, order))[0]


async def test_an_order_that_cannot_be_said_does_not_keep_others_from_being_kept(
    db: Database, now: datetime
) -> None:
    bad, good = await accept(db, now), await accept(db, now)

    async def deal_of(partner_id: PartnerId, order_id: OrderId) -> Deal:
        if order_id == bad:
            raise DatabaseAway
        return make_deal()

    assert await copies.keep_accepted_copies(db, deal_of, now=now) == 2
    assert await hashes(db, bad) == [(None, None)] * 2
    assert None not in (await hashes(db, good))[0]


async def test_a_copy_that_nobody_kept_is_not_found(db: Database) -> None:
    async with db.reading() as connection:
        with pytest.raises(NoSuchCopy):
            await copies.copy(connection, "0" * 64)
