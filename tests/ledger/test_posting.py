"""Journals in the database: what they leave, and what they are refused for."""

import asyncio

import pytest

from bezant.kernel.db import Database
from bezant.kernel.steps import at_once
from bezant.ledger import service as ledger
from bezant.ledger.assets import Asset
from bezant.ledger.model import (
    HOUSE,
    PARTNER,
    SETTLEMENT,
    VAULT,
    InsufficientBalance,
    JournalDiffers,
    JournalKind,
    Move,
    customer,
)
from tests.factories.cards import a_customer
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, gold, lira, open_book, order


async def test_a_purchase_moves_metal_one_way_and_cash_the_other(book: Book) -> None:
    await book.give(lira(200_000))

    posted = await book.post(
        book.journal(
            Move(gold(1_000_000), HOUSE, book.owner), Move(lira(188_973), book.owner, HOUSE)
        )
    )

    assert posted.posted_at == book.clock.now()
    assert posted.balance_of(book.owner, Asset.GAU) == gold(1_000_000)
    assert posted.balance_of(book.owner, Asset.TRY) == lira(11_027)
    assert (await book.balance(Asset.GAU)).balance == gold(1_000_000)
    assert (await book.balance(Asset.GAU, HOUSE)).balance == gold(-1_000_000)
    assert (await book.balance(Asset.TRY, HOUSE)).balance == lira(188_973)
    assert (await book.balance(Asset.TRY, SETTLEMENT)).balance == lira(-200_000)


async def test_an_account_cannot_be_overdrawn(book: Book) -> None:
    await book.give(gold(100))

    with pytest.raises(InsufficientBalance) as refused:
        await book.take(gold(101))

    assert refused.value.account.owner == book.owner
    assert (refused.value.available, refused.value.wanted) == (gold(100), gold(101))
    assert (await book.balance(Asset.GAU)).balance == gold(100)
    assert (await book.take(gold(100))).balance_of(book.owner, Asset.GAU) == gold(0)


async def test_what_is_short_in_one_asset_moves_nothing_in_another(book: Book) -> None:
    await book.give(lira(50))

    with pytest.raises(InsufficientBalance) as refused:
        await book.post(
            book.journal(Move(gold(9), HOUSE, book.owner), Move(lira(51), book.owner, HOUSE))
        )

    assert refused.value.account.asset is Asset.TRY
    assert list(await book.balances(book.owner)) == [Asset.TRY]


async def test_accounts_without_a_floor_go_below_zero(book: Book) -> None:
    await book.post(book.journal(Move(gold(10**15), VAULT, HOUSE), kind=JournalKind.VAULT))

    assert (await book.balance(Asset.GAU, VAULT)).balance == gold(-(10**15))


async def test_a_partner_trades_for_itself(book: Book) -> None:
    await book.post(
        book.journal(Move(gold(500), HOUSE, PARTNER), Move(lira(90), SETTLEMENT, HOUSE))
    )

    async with book.db.reading() as connection:
        found = await ledger.balances_of_partner(connection, book.partner_id, now=book.clock.now())
    assert {(each.account.owner, each.units) for each in found} == {
        (PARTNER, 500),
        (SETTLEMENT, -90),
    }
    with pytest.raises(InsufficientBalance):
        await book.post(book.journal(Move(gold(501), PARTNER, HOUSE)))


async def test_a_reference_posts_once(book: Book) -> None:
    journal = book.journal(Move(gold(100), HOUSE, book.owner))
    first = await book.post(journal)
    book.clock.advance(seconds=5)
    await book.take(gold(100))

    again = await book.post(journal)

    assert again == first
    assert (await book.balance(Asset.GAU)).balance == gold(0)


async def test_a_reference_does_not_post_something_else(book: Book) -> None:
    reference = book.name()
    move = Move(gold(100), HOUSE, book.owner)
    await book.post(book.journal(move, reference=reference))

    for other in (
        book.journal(Move(gold(101), HOUSE, book.owner), reference=reference),
        book.journal(Move(gold(100), VAULT, book.owner), reference=reference),
        book.journal(move, Move(lira(1), VAULT, HOUSE), reference=reference),
        book.journal(move, reference=reference, kind=JournalKind.CORRECTION),
    ):
        with pytest.raises(JournalDiffers) as refused:
            await book.post(other)
        assert refused.value.facts == {"reference": str(reference)}


async def test_another_partner_may_use_the_same_reference(
    db: Database, clock: FakeClock, book: Book
) -> None:
    other = await open_book(db, clock)

    first = await book.give(gold(1), reference=order("shared"))
    second = await other.give(gold(2), reference=order("shared"))

    assert first.journal_id != second.journal_id
    assert (await book.balance(Asset.GAU)).units == 1
    assert (await other.balance(Asset.GAU)).units == 2


async def test_a_customer_of_another_partner_has_no_account_here(
    db: Database, clock: FakeClock, book: Book
) -> None:
    other = await open_book(db, clock)

    with pytest.raises(Exception, match="foreign key"):
        await book.post(book.journal(Move(gold(1), HOUSE, other.owner)))


async def test_a_journal_that_is_undone_leaves_nothing(book: Book) -> None:
    journal = book.journal(Move(gold(100), HOUSE, book.owner))

    async def post_and_fail() -> None:
        async with book.db.transaction() as tx:
            await ledger.post(tx, journal, now=book.clock.now())
            raise LookupError

    with pytest.raises(LookupError):
        await post_and_fail()
    assert await book.balances(book.owner) == {}
    assert (await book.post(journal)).balance_of(book.owner, Asset.GAU) == gold(100)


async def test_journals_are_steps_of_one_statement(book: Book) -> None:
    first = book.journal(Move(gold(100), HOUSE, book.owner))
    second = book.journal(Move(gold(70), book.owner, HOUSE))
    now = book.clock.now()

    async with book.db.reading() as connection:
        one, two = await at_once(
            connection, ledger.posting(first, now=now), ledger.posting(second, now=now)
        )

    assert one.balance_of(book.owner, Asset.GAU) == gold(100)
    assert two.balance_of(book.owner, Asset.GAU) == gold(30)


async def test_of_a_hundred_that_take_everything_one_succeeds(crowd: Book) -> None:
    await crowd.give(gold(1_000))

    outcomes = await asyncio.gather(
        *(crowd.take(gold(1_000)) for _ in range(100)), return_exceptions=True
    )

    refused = [each for each in outcomes if isinstance(each, InsufficientBalance)]
    assert len(refused) == 99
    assert (await crowd.balance(Asset.GAU)).balance == gold(0)
    assert (await crowd.balance(Asset.GAU, HOUSE)).balance == gold(0)


async def test_one_reference_from_fifty_connections_is_one_journal(crowd: Book) -> None:
    await crowd.give(gold(1_000))
    journal = crowd.journal(Move(gold(1_000), crowd.owner, HOUSE))

    posted = await asyncio.gather(*(crowd.post(journal) for _ in range(50)))

    assert len(posted) == 50
    assert all(each == posted[0] for each in posted)
    assert (await crowd.balance(Asset.GAU)).balance == gold(0)


async def test_accounts_are_opened_once_by_whoever_comes_at_once(crowd: Book) -> None:
    await asyncio.gather(*(crowd.give(gold(1)) for _ in range(50)))

    assert (await crowd.balance(Asset.GAU)).balance == gold(50)
    assert (await crowd.balance(Asset.GAU, HOUSE)).balance == gold(-50)


async def test_transfers_in_a_circle_do_not_lock_each_other_out(crowd: Book, db: Database) -> None:
    others = [customer((await a_customer(db, crowd.partner_id)).customer_id) for _ in range(2)]
    ring = [crowd.owner, *others]
    for owner in ring:
        await crowd.post(crowd.journal(Move(gold(100), HOUSE, owner)))

    pairs = [(ring[i % 3], ring[(i + 1 + i % 2) % 3]) for i in range(60)]
    await asyncio.gather(*(crowd.post(crowd.journal(Move(gold(1), *pair))) for pair in pairs))

    held = [(await crowd.balance(Asset.GAU, owner)).units for owner in ring]
    assert sum(held) == 300
