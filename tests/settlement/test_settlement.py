"""A settlement's figures are the sums of the ledger's postings, and what is paid is paid once."""

import asyncio
from datetime import date
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.errors import Invalid
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    HOUSE,
    SETTLEMENT,
    JournalDiffers,
    JournalKind,
    Move,
)
from bezant.settlement import service as settlement
from bezant.settlement.model import Account, Days, Paid, Payer, Payment
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, open_book

ISTANBUL = ZoneInfo("Europe/Istanbul")
JUNE = Days(date(2026, 6, 1), date(2026, 6, 30))
POSTED = """
    SELECT coalesce(sum(p.amount), 0)::bigint
      FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)
     WHERE p.partner_id = $1 AND a.kind = 'settlement' AND a.asset = $2
"""


def lira(minor: int) -> Money:
    """So many kuruş."""
    return Money(minor, Currency.TRY)


@pytest_asyncio.fixture
async def book(db: Database, clock: FakeClock) -> Book:
    """A partner's book with a customer."""
    return await open_book(db, clock)


async def top_up(book: Book, minor: int, asset: Asset = Asset.TRY) -> None:
    """The partner's customer gets cash, which the partner owes from then on."""
    move = Move(Amount(minor, asset), SETTLEMENT, book.owner)
    await book.post(book.journal(move, kind=JournalKind.TOP_UP))


async def told(book: Book, days: Days = JUNE) -> list[Account]:
    """The settlement of the book's partner."""
    async with book.db.snapshot() as connection:
        return await settlement.settlement(connection, book.partner_id, days, time_zone=ISTANBUL)


async def pay(book: Book, amount: Money, *, reference: str, payer: Payer = Payer.PARTNER) -> Paid:
    """Enters a payment."""
    payment = Payment(partner_id=book.partner_id, amount=amount, payer=payer, reference=reference)
    return await book.db.write(lambda tx: settlement.pay(tx, payment, now=book.clock.now()))


async def posted(book: Book, asset: Asset) -> int:
    """What all postings come to."""
    async with book.db.reading() as connection:
        return int(await connection.fetchval(POSTED, book.partner_id, asset.sku))


async def test_each_day_has_its_movements_by_kind_between_two_balances(
    book: Book, clock: FakeClock
) -> None:
    clock.advance(days=-1)
    await top_up(book, 500)
    clock.advance(days=1)
    await top_up(book, 1_000)
    await top_up(book, 200)
    await book.post(
        book.journal(Move(Amount(70, Asset.TRY), HOUSE, SETTLEMENT), kind=JournalKind.SELL)
    )
    # Two minutes after midnight in Istanbul, and still the first of June by UTC.
    clock.advance(seconds=12 * 3600 + 120)
    await pay(book, lira(1_500), reference=uuid4().hex)

    (account,) = await told(book)

    assert account.opening == lira(-500)
    assert [
        (each.day.day, each.kind, each.postings, each.credited.minor, each.debited.minor)
        for each in account.movements
    ] == [
        (1, "sell", 1, 70, 0),
        (1, "top_up", 2, 0, 1_200),
        (2, "settlement", 1, 1_500, 0),
    ]
    assert [after.minor for _, after in account.running()] == [-430, -1_630, -130]
    assert account.closing == lira(-130)
    assert account.closing.minor == await posted(book, Asset.TRY)


async def test_each_currency_is_settled_for_itself_and_metal_is_not(book: Book) -> None:
    await top_up(book, 100)
    await top_up(book, 9, Asset.EUR)
    async with book.db.reading() as connection:
        balances = await settlement.balances(connection, book.partner_id, now=book.clock.now())

    found = await told(book)

    assert [each.closing for each in found] == list(balances)
    assert list(balances) == [lira(-100), Money(-9, Currency.EUR)]


async def test_days_without_movements_open_and_close_alike(book: Book) -> None:
    await top_up(book, 100)

    before = await told(book, Days(date(2026, 5, 1), date(2026, 5, 31)))
    later = await told(book, Days(date(2026, 7, 1), date(2026, 7, 1)))

    assert [(each.opening, each.movements, each.closing) for each in (*before, *later)] == [
        (lira(0), [], lira(0)),
        (lira(-100), [], lira(-100)),
    ]


async def test_a_partner_that_never_settled_has_nothing_to_tell(book: Book) -> None:
    assert await told(book) == []


async def test_what_is_paid_twice_is_paid_once(book: Book, clock: FakeClock) -> None:
    await top_up(book, 1_000)
    clock.advance(seconds=1)
    first = await pay(book, lira(1_000), reference="B-1")
    clock.advance(seconds=1)
    again = await pay(book, lira(1_000), reference="B-1")

    assert (first.is_new, again.is_new) == (True, False)
    assert first.posted == again.posted
    assert await posted(book, Asset.TRY) == 0


async def test_of_twenty_who_enter_one_payment_one_does(book: Book) -> None:
    done = await asyncio.gather(*(pay(book, lira(7), reference="B-2") for _ in range(20)))

    assert len({each.posted.journal_id for each in done}) == 1
    assert await posted(book, Asset.TRY) == 7


@pytest.mark.parametrize(
    ("amount", "payer"),
    [(lira(8), Payer.PARTNER), (lira(7), Payer.OPERATOR), (Money(7, Currency.USD), Payer.PARTNER)],
)
async def test_a_reference_is_no_other_payment(book: Book, amount: Money, payer: Payer) -> None:
    await pay(book, lira(7), reference="B-3")

    with pytest.raises(JournalDiffers):
        await pay(book, amount, reference="B-3", payer=payer)

    assert await posted(book, Asset.TRY) == 7


async def test_the_operator_pays_what_it_owes(book: Book) -> None:
    await pay(book, lira(5), reference="B-4")
    await pay(book, lira(5), reference="B-5", payer=Payer.OPERATOR)

    assert await posted(book, Asset.TRY) == 0


@pytest.mark.parametrize(
    ("minor", "reference", "field"),
    [(0, "R", "amount"), (-1, "R", "amount"), (1, "", "reference"), (1, "a\nb", "reference")],
)
def test_what_is_no_payment_is_refused(book: Book, minor: int, reference: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Payment(
            partner_id=book.partner_id,
            amount=lira(minor),
            payer=Payer.PARTNER,
            reference=reference,
        )

    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("last", [date(2026, 5, 31), date(2028, 1, 1)])
def test_days_that_are_none_or_too_many_are_refused(last: date) -> None:
    with pytest.raises(Invalid):
        Days(date(2026, 6, 1), last)
