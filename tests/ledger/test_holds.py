"""Holds: what is held cannot be spent, until it is used, given back, or its time is over."""

import asyncio

import pytest

from bezant.ledger import following
from bezant.ledger.assets import Asset
from bezant.ledger.model import (
    HOUSE,
    VAULT,
    HoldDiffers,
    HoldKind,
    InsufficientBalance,
    JournalKind,
    Move,
    NewHold,
    customer,
)
from tests.factories.cards import a_customer
from tests.ledger.books import Book, gold, lira


async def test_what_is_held_cannot_be_spent(book: Book) -> None:
    await book.give(gold(100))
    await book.hold(book.held(gold(60)))
    await book.hold(book.held(gold(30), kind=HoldKind.SOFT_BLOCKED))

    balance = await book.balance(Asset.GAU)
    assert (balance.units, balance.blocked_units, balance.soft_blocked_units) == (100, 60, 30)
    assert balance.available == gold(10)
    with pytest.raises(InsufficientBalance) as refused:
        await book.take(gold(11))
    assert (refused.value.available, refused.value.wanted) == (gold(10), gold(11))
    await book.take(gold(10))


async def test_no_more_is_held_than_there_is(book: Book) -> None:
    await book.give(gold(100))
    await book.hold(book.held(gold(60)))

    with pytest.raises(InsufficientBalance) as refused:
        await book.hold(book.held(gold(41)))

    assert refused.value.available == gold(40)
    with pytest.raises(InsufficientBalance):
        await book.hold(book.held(lira(1)))


async def test_what_is_given_back_can_be_spent(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(100))
    await book.hold(new)

    assert await book.release(new.reference) == 1
    assert await book.release(new.reference) == 0
    assert (await book.take(gold(100))).balance_of(book.owner, Asset.GAU) == gold(0)


async def test_a_hold_is_held_once(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(60))

    assert await book.hold(new) == await book.hold(new)
    assert (await book.balance(Asset.GAU)).blocked == gold(60)


async def test_a_reference_holds_nothing_else(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(60))
    await book.hold(new)

    for other in (
        book.held(gold(61), reference=new.reference),
        book.held(gold(60), reference=new.reference, kind=HoldKind.SOFT_BLOCKED),
    ):
        with pytest.raises(HoldDiffers):
            await book.hold(other)
    await book.release(new.reference)
    with pytest.raises(HoldDiffers):
        await book.hold(new)


async def test_a_reference_may_hold_on_several_accounts(book: Book) -> None:
    await book.give(gold(100))
    await book.give(lira(50))
    new = book.held(gold(60))
    await book.hold(new)
    await book.hold(book.held(lira(50), reference=new.reference))

    assert await book.release(new.reference) == 2
    assert [each.blocked_units for each in (await book.balances(book.owner)).values()] == [0, 0]


async def test_a_journal_uses_up_what_was_held_for_it(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(100))
    await book.hold(new)
    journal = book.journal(
        Move(gold(100), book.owner, VAULT), kind=JournalKind.DELIVERY, consumes=(new.reference,)
    )

    first = await book.post(journal)

    assert first.balance_of(book.owner, Asset.GAU) == gold(0)
    assert (await book.balance(Asset.GAU)).blocked == gold(0)
    assert await book.post(journal) == first
    assert await book.release(new.reference) == 0


async def test_what_a_journal_uses_less_of_is_free_again(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(80))
    await book.hold(new)

    await book.post(book.journal(Move(gold(50), book.owner, VAULT), consumes=(new.reference,)))

    assert (await book.balance(Asset.GAU)).available == gold(50)


async def test_a_journal_that_falls_short_leaves_its_holds(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(60))
    await book.hold(new)

    with pytest.raises(InsufficientBalance):
        await book.post(book.journal(Move(gold(101), book.owner, HOUSE), consumes=(new.reference,)))

    assert (await book.balance(Asset.GAU)).blocked == gold(60)


async def test_a_journal_may_use_up_a_hold_on_an_account_that_it_does_not_post_to(
    book: Book,
) -> None:
    await book.give(gold(100))
    await book.give(lira(100))
    new = book.held(lira(100))
    await book.hold(new)

    await book.post(book.journal(Move(gold(1), book.owner, HOUSE), consumes=(new.reference,)))

    assert (await book.balance(Asset.TRY)).available == lira(100)


async def test_a_journal_holds_what_it_brings(book: Book) -> None:
    new = book.held(gold(70))

    await book.post(book.journal(Move(gold(100), HOUSE, book.owner), opens=(new,)))

    assert (await book.balance(Asset.GAU)).available == gold(30)
    with pytest.raises(InsufficientBalance):
        await book.post(
            book.journal(Move(gold(1), HOUSE, book.owner), opens=(book.held(gold(32)),))
        )


async def test_a_hold_whose_time_is_over_counts_no_longer(book: Book) -> None:
    await book.give(gold(100))
    await book.hold(book.held(gold(60), seconds=240, kind=HoldKind.SOFT_BLOCKED))
    await book.hold(book.held(gold(40)))
    book.clock.advance(seconds=240)

    balance = await book.balance(Asset.GAU)

    assert (balance.soft_blocked, balance.blocked) == (gold(0), gold(40))
    assert balance.available == gold(60)


async def test_whoever_would_fall_short_finds_what_has_expired(book: Book) -> None:
    await book.give(gold(100))
    await book.hold(book.held(gold(60), seconds=240))
    with pytest.raises(InsufficientBalance):
        await book.take(gold(100))
    book.clock.advance(seconds=240)

    await book.hold(book.held(gold(90), seconds=10))
    book.clock.advance(seconds=10)

    assert (await book.take(gold(100))).balance_of(book.owner, Asset.GAU) == gold(0)


async def test_what_expired_and_is_short_all_the_same_is_said_without_it(book: Book) -> None:
    await book.give(gold(100))
    await book.hold(book.held(gold(60), seconds=240))
    book.clock.advance(seconds=240)

    with pytest.raises(InsufficientBalance) as refused:
        await book.take(gold(101))

    assert refused.value.available == gold(100)


async def test_an_expired_hold_is_no_answer_to_the_same_hold(book: Book) -> None:
    await book.give(gold(100))
    new = book.held(gold(60), seconds=240)
    await book.hold(new)
    book.clock.advance(seconds=240)

    with pytest.raises(HoldDiffers):
        await book.hold(new)


async def test_the_worker_ends_what_has_expired(book: Book) -> None:
    await book.give(gold(100))
    stays = book.held(gold(1), seconds=241)
    await book.hold(stays)
    for _ in range(3):
        await book.hold(book.held(gold(10), seconds=240))
    book.clock.advance(seconds=240)

    # What other tests left may come with it.
    assert await following.expire_holds(book.db, now=book.clock.now()) >= 3
    assert await following.expire_holds(book.db, now=book.clock.now()) == 0
    assert (await book.balance(Asset.GAU)).blocked == gold(1)
    assert await book.release(stays.reference) == 1


async def test_a_journal_consumes_a_hold_that_is_not_there(book: Book) -> None:
    await book.give(gold(5), reference=book.name())

    await book.post(book.journal(Move(gold(5), book.owner, HOUSE), consumes=(book.name(),)))

    assert (await book.balance(Asset.GAU)).units == 0


async def test_holds_and_journals_at_once_spend_nothing_twice(crowd: Book) -> None:
    other = customer((await a_customer(crowd.db, crowd.partner_id)).customer_id)
    await crowd.give(gold(100))
    await crowd.post(crowd.journal(Move(gold(100), HOUSE, other)))
    news = [crowd.held(gold(10)) for _ in range(20)]
    news += [NewHold(other, gold(10), HoldKind.BLOCKED, crowd.name()) for _ in range(20)]

    held = await asyncio.gather(*(crowd.hold(each) for each in news), return_exceptions=True)
    kept = [new for new, each in zip(news, held, strict=True) if isinstance(each, int)]
    assert len(kept) == 20

    journals = [
        crowd.journal(Move(gold(10), new.owner, HOUSE), consumes=(new.reference,)) for new in kept
    ]
    outcomes = await asyncio.gather(
        *(crowd.post(each) for each in journals),
        *(crowd.release(each.reference) for each in kept),
        return_exceptions=True,
    )

    assert not [each for each in outcomes if isinstance(each, BaseException)]
    for owner in (crowd.owner, other):
        balance = await crowd.balance(Asset.GAU, owner)
        assert (balance.units, balance.blocked_units) == (0, 0)
