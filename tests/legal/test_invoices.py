"""Invoices: one for an order, numbered without gaps, in the order of their times."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bezant.kernel.db import Database, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.legal.model import (
    COPY_AFTER,
    LAST_OF_SERIES,
    Deal,
    Invoice,
    InvoiceTerms,
    Sale,
    SeriesExhausted,
    invoice_number,
)
from bezant.legal.service import copies, invoices
from tests.factories.clock import FakeClock
from tests.factories.deals import make_deal

ORDERS = itertools.count(1)
NOBODY = PartnerId(2_000_000_001)


@pytest.fixture
def terms() -> InvoiceTerms:
    """A series of this test's own."""
    letters = "".join(chr(ord("A") + byte % 26) for byte in uuid4().bytes[:3])
    return InvoiceTerms(letters, ZoneInfo("Europe/Istanbul"))


async def issue(
    db: Database, terms: InvoiceTerms, now: datetime, order: int | None = None
) -> Invoice:
    """An invoice for a new order, or for this one."""
    number = OrderId(next(ORDERS) if order is None else order)
    orders = [(NOBODY, number)]
    (made,) = await db.write(
        lambda tx: invoices.issue_invoices(tx, Sale.SHOP, orders, terms=terms, now=now)
    )
    return made


async def test_numbers_follow_one_another_whatever_is_rolled_back(
    db: Database, terms: InvoiceTerms, clock: FakeClock
) -> None:
    async def refuse(tx: Tx) -> None:
        orders = [(NOBODY, OrderId(next(ORDERS)))]
        await invoices.issue_invoices(tx, Sale.SHOP, orders, terms=terms, now=clock.now())
        raise LookupError

    first = await issue(db, terms, clock.now())
    with pytest.raises(LookupError):
        await db.write(refuse)
    second = await issue(db, terms, clock.now())

    assert first.number == f"{terms.series}2026000000001"
    assert second.number == f"{terms.series}2026000000002"


async def test_many_at_once_take_numbers_without_gaps_or_doubles(
    db: Database, terms: InvoiceTerms, clock: FakeClock
) -> None:
    made = await asyncio.gather(*(issue(db, terms, clock.now()) for _ in range(8)))

    assert sorted(each.number for each in made) == [
        invoice_number(terms.series, 2026, number) for number in range(1, 9)
    ]


async def test_an_order_has_one_invoice_whoever_issues_it(
    db: Database, terms: InvoiceTerms, clock: FakeClock
) -> None:
    order = next(ORDERS)
    made = await asyncio.gather(*(issue(db, terms, clock.now(), order) for _ in range(4)))
    after = await issue(db, terms, clock.now())

    assert len({each.number for each in made}) == 1
    assert after.number == invoice_number(terms.series, 2026, 2)


async def test_a_year_begins_at_its_midnight_in_the_zone(db: Database, terms: InvoiceTerms) -> None:
    midnight = datetime(2026, 12, 31, 21, 0, tzinfo=UTC)

    old = await issue(db, terms, midnight - timedelta(seconds=1))
    new = await issue(db, terms, midnight)

    assert (old.number[3:7], new.number[3:]) == ("2026", "2027000000001")


async def test_a_clock_that_is_behind_does_not_make_a_later_number_earlier(
    db: Database, terms: InvoiceTerms, clock: FakeClock
) -> None:
    first = await issue(db, terms, clock.now())
    second = await issue(db, terms, clock.now() - timedelta(seconds=5))

    assert second.issued_at == first.issued_at


def test_a_series_ends() -> None:
    assert invoice_number("BZT", 2026, LAST_OF_SERIES) == "BZT2026999999999"
    with pytest.raises(SeriesExhausted):
        invoice_number("BZT", 2026, LAST_OF_SERIES + 1)


async def test_an_invoice_is_printed_once_and_kept(
    db: Database, terms: InvoiceTerms, clock: FakeClock
) -> None:
    async def deal_of(partner_id: PartnerId, order_id: OrderId) -> Deal:
        return make_deal()

    while await invoices.keep_invoices(db, deal_of, now=datetime(2029, 1, 1, tzinfo=UTC)):
        pass
    made = await issue(db, terms, clock.now())

    assert await invoices.keep_invoices(db, deal_of, now=clock.now()) == 1
    assert await invoices.keep_invoices(db, deal_of, now=clock.now() + COPY_AFTER) == 0
    async with db.reading() as connection:
        kept = await invoices.find_invoice(connection, Sale.SHOP, NOBODY, made.order_id)
        assert kept is not None
        assert kept.pdf_sha256 is not None
        copy = await copies.copy(connection, kept.pdf_sha256)
    assert copy == await invoices.render_invoice(make_deal(), made.number, made.issued_at)
