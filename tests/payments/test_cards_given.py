"""A card given on our page: kept at once, after 3-D, or not; and nothing of it left lying."""

import asyncio
import re
from datetime import timedelta
from typing import Final

import pytest
from structlog.testing import capture_logs

from bezant.customers import service as customers
from bezant.kernel.db import Database, Tx
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Challenge, ChargeReference
from bezant.payments.card import CardFace, CardInHand, Secret
from bezant.payments.kept import (
    MAX_CARDS,
    MAX_TRIES,
    VISIT_LIFE,
    CardAwaited,
    CardDesk,
    CardOwner,
    KeepingClosed,
    KeepingFailed,
    KeepingLapsed,
    KeepingToken,
    KeepingUnderWay,
    KeepingView,
    Kept,
    NoSuchKeeping,
    StoredCard,
    TooManyCards,
)
from bezant.payments.service import cards, keepings
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.cards import CVV, NUMBER, OTHER_NUMBER, a_card, a_face, kept_card
from tests.factories.clock import FakeClock

IP: Final = "203.0.113.7"


async def begun(desk: CardDesk, owner: CardOwner, *, is_default: bool = False) -> KeepingToken:
    """A visit, on which no card was given yet."""
    now = desk.clock.now()
    return await desk.db.write(
        lambda tx: keepings.begin_keeping(
            tx, owner, is_default=is_default, language=Language.EN, now=now
        )
    )


async def give(desk: CardDesk, token: KeepingToken, card: CardInHand | None = None) -> KeepingView:
    """Gives a card."""
    return await keepings.keep(desk, token, card or a_card(), ip=IP)


async def listed(desk: CardDesk, owner: CardOwner) -> list[StoredCard]:
    """The customer's cards."""
    async with desk.db.reading() as connection:
        return await cards.list_cards(connection, owner.partner_id, owner.customer_id)


def last_reference(acquirer: FakeAcquirer) -> ChargeReference:
    """By which name the acquirer was last asked to keep a card."""
    return list(acquirer.keepings)[-1]


async def test_a_card_that_is_given_is_kept(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    token = await begun(desk, owner)
    before = await keepings.show_keeping(desk, token)

    after = await give(desk, token)

    assert before.step == CardAwaited()
    assert (before.seller, before.language) == ("A partner", Language.EN)
    assert before.until == clock.now() + VISIT_LIFE
    assert after.step == Kept()
    (card,) = await listed(desk, owner)
    assert card.acquirer == acquirer.name
    assert (card.face.holder, card.face.bin, card.face.last_four) == (
        "Ayşe Çınar",
        "45436012",
        "7890",
    )
    (asked,) = [each.keeping for each in acquirer.keepings.values()]
    assert asked.owner == owner.name
    assert (asked.buyer.name, asked.buyer.ip) == ("Ayşe Çınar", IP)
    assert asked.return_url == f"http://bezant.test/pay/cards/{token}/return"


async def test_a_card_that_needs_3d_is_kept_once_the_customer_is_back(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner, is_default=True)

    at_bank = await give(desk, token)
    shown = await keepings.show_keeping(desk, token)
    returned = acquirer.pass_3d(last_reference(acquirer))
    back = await keepings.came_back(desk, token, returned)
    again = await keepings.came_back(desk, token, returned)

    assert isinstance(at_bank.step, Challenge)
    assert shown.step == at_bank.step
    assert (back.step, again.step) == (Kept(), Kept())
    assert [card.is_default for card in await listed(desk, owner)] == [True]


async def test_a_return_that_comes_many_times_at_once_keeps_one_card(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner)
    await give(desk, token)
    returned = acquirer.pass_3d(last_reference(acquirer))

    views = await asyncio.gather(*(keepings.came_back(desk, token, returned) for _ in range(5)))

    assert {type(view.step) for view in views} == {Kept}
    assert len(await listed(desk, owner)) == 1


async def test_a_forged_return_changes_nothing(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner)
    await give(desk, token)
    acquirer.pass_3d(last_reference(acquirer))

    for forged in ({}, {"reference": last_reference(acquirer), "signature": "mine"}):
        view = await keepings.came_back(desk, token, forged)
        assert isinstance(view.step, Challenge)

    assert await listed(desk, owner) == []


async def test_who_does_not_pass_3d_may_give_another_card(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner)
    await give(desk, token)

    back = await keepings.came_back(desk, token, acquirer.fail_3d(last_reference(acquirer)))
    after = await give(desk, token, a_card(OTHER_NUMBER))

    assert back.step == CardAwaited(KeepingFailed("050", ""))
    assert after.step == Kept()
    assert [card.face.last_four for card in await listed(desk, owner)] == ["6783"]


@pytest.mark.parametrize(
    ("turn", "reason"),
    [(Turn.DECLINED, "096"), (Turn.NEVER_ARRIVED, "091"), (Turn.ANSWER_LOST, "091")],
)
async def test_after_a_card_that_is_not_kept_another_try_is_free(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, turn: Turn, reason: str
) -> None:
    acquirer.plans_keeping(turn)
    token = await begun(desk, owner)

    refused = await give(desk, token)
    after = await give(desk, token)

    assert refused.step == CardAwaited(KeepingFailed(reason, ""))
    assert after.step == Kept()
    assert len(await listed(desk, owner)) == 1


async def test_an_acquirer_away_on_the_return_is_asked_again(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner)
    await give(desk, token)
    returned = acquirer.pass_3d(last_reference(acquirer))

    acquirer.is_away = True
    waiting = await keepings.came_back(desk, token, returned)
    acquirer.is_away = False
    back = await keepings.came_back(desk, token, returned)

    assert isinstance(waiting.step, Challenge)
    assert back.step == Kept()


async def test_cards_are_not_tried_for_ever(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(*[Turn.DECLINED] * MAX_TRIES)
    token = await begun(desk, owner)

    views = [await give(desk, token) for _ in range(MAX_TRIES)]

    assert isinstance(views[-2].step, CardAwaited)
    assert views[-1].step == KeepingFailed("096", "")
    with pytest.raises(KeepingClosed):
        await give(desk, token)
    assert acquirer.calls.count("keep_card") == MAX_TRIES


async def test_of_two_cards_given_at_once_one_is_taken(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    token = await begun(desk, owner)
    seen: list[KeepingView] = []

    async def meanwhile(method: str) -> None:
        if method == "keep_card":
            seen.append(await keepings.show_keeping(desk, token))
            with pytest.raises(KeepingClosed):
                await give(desk, token, a_card(OTHER_NUMBER))

    acquirer.before_call = meanwhile
    after = await give(desk, token)

    assert [view.step for view in seen] == [KeepingUnderWay()]
    assert after.step == Kept()
    assert [card.face.last_four for card in await listed(desk, owner)] == ["7890"]


async def test_a_try_that_died_with_its_process_frees_the_page(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    token = await begun(desk, owner)

    async def die(_method: str) -> None:
        raise asyncio.CancelledError

    acquirer.before_call = die
    with pytest.raises(asyncio.CancelledError):
        await give(desk, token)
    acquirer.before_call = None
    busy = await keepings.show_keeping(desk, token)
    clock.advance(seconds=keepings.BUSY_FOR.total_seconds())

    assert busy.step == KeepingUnderWay()
    assert (await give(desk, token)).step == Kept()


async def test_a_page_whose_tries_all_died_takes_no_more(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    token = await begun(desk, owner)

    async def die(_method: str) -> None:
        raise asyncio.CancelledError

    acquirer.before_call = die
    for _ in range(MAX_TRIES):
        with pytest.raises(asyncio.CancelledError):
            await give(desk, token)
        clock.advance(seconds=keepings.BUSY_FOR.total_seconds())
    acquirer.before_call = None

    assert (await keepings.show_keeping(desk, token)).step == KeepingFailed("096", "")
    with pytest.raises(KeepingClosed):
        await give(desk, token)


async def test_a_visit_lapses(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    token = await begun(desk, owner)
    clock.advance(seconds=VISIT_LIFE.total_seconds())

    view = await keepings.show_keeping(desk, token)
    with pytest.raises(KeepingClosed):
        await give(desk, token)
    await tidy(db, clock)

    assert view.step == KeepingLapsed()
    assert (await keepings.show_keeping(desk, token)).step == KeepingLapsed()
    assert acquirer.calls == []


async def test_who_is_late_from_the_bank_has_the_card_kept_all_the_same(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner)
    await give(desk, token)
    clock.advance(seconds=VISIT_LIFE.total_seconds() * 2)
    await tidy(db, clock)
    late = await keepings.show_keeping(desk, token)

    back = await keepings.came_back(desk, token, acquirer.pass_3d(last_reference(acquirer)))

    assert late.step == KeepingLapsed()
    assert back.step == Kept()
    assert len(await listed(desk, owner)) == 1


async def test_visits_that_are_long_over_are_deleted(
    db: Database, desk: CardDesk, owner: CardOwner, clock: FakeClock
) -> None:
    kept, open_ = await begun(desk, owner), await begun(desk, owner)
    await give(desk, kept)
    clock.advance(seconds=(keepings.KEPT_FOR + timedelta(hours=1)).total_seconds())
    fresh = await begun(desk, owner)

    # One turn ends what took too long, and both are over for so long already.
    await tidy(db, clock)

    for token in (kept, open_):
        with pytest.raises(NoSuchKeeping):
            await keepings.show_keeping(desk, token)
    assert (await keepings.show_keeping(desk, fresh)).step == CardAwaited()
    assert len(await listed(desk, owner)) == 1


async def test_a_customer_with_as_many_cards_as_there_may_be_is_not_sent_to_give_one(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    token = await begun(desk, owner)
    for n in range(MAX_CARDS):
        await kept_card(db, owner, face=a_face(f"{n:04d}"))

    with pytest.raises(TooManyCards):
        await begun(desk, owner)
    # A page that was opened before says so once a card was given, which is forgotten again.
    view = await give(desk, token)

    assert view.step == KeepingFailed("096", "At most 20 cards can be kept")
    assert await cards.forget_at_acquirer(desk) == 1
    assert acquirer.kept == {}


async def test_a_customer_removed_while_at_the_bank_leaves_no_card_anywhere(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token, other = await begun(desk, owner), await begun(desk, owner)
    await give(desk, token)

    await erase(db, clock, owner)
    back = await keepings.came_back(desk, token, acquirer.pass_3d(last_reference(acquirer)))

    assert isinstance(back.step, KeepingFailed)
    with pytest.raises(KeepingClosed):
        await give(desk, other)
    assert await listed(desk, owner) == []
    assert await cards.forget_at_acquirer(desk) == 1
    assert acquirer.kept == {}


@pytest.mark.parametrize("turn", [Turn.CAPTURED, Turn.CHALLENGED, Turn.DECLINED])
async def test_a_customer_removed_while_the_acquirer_is_asked_leaves_no_card_anywhere(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, turn: Turn
) -> None:
    clock = FakeClock()
    acquirer.plans_keeping(turn)
    token = await begun(desk, owner)

    async def remove(method: str) -> None:
        if method == "keep_card":
            await erase(db, clock, owner)

    acquirer.before_call = remove
    view = await give(desk, token)
    await cards.forget_at_acquirer(desk)

    assert isinstance(view.step, KeepingFailed | KeepingLapsed)
    assert await listed(desk, owner) == []
    assert acquirer.kept == {}


async def test_a_return_to_a_deployment_with_another_acquirer_is_not_taken_there(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    token = await begun(desk, owner)
    await give(desk, token)
    other = FakeAcquirer(name="other")
    changed = CardDesk(db, clock, other, desk.vault, desk.base_url)

    view = await keepings.came_back(changed, token, acquirer.pass_3d(last_reference(acquirer)))

    assert isinstance(view.step, Challenge)
    assert other.calls == []


@pytest.mark.parametrize("turn", [Turn.CAPTURED, Turn.CHALLENGED, Turn.DECLINED])
async def test_nothing_is_held_while_the_acquirer_is_asked(
    narrow: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, turn: Turn
) -> None:
    acquirer.plans_keeping(turn)
    token = await begun(narrow, owner)

    await give(narrow, token)
    if turn is Turn.CHALLENGED:
        returned = acquirer.pass_3d(last_reference(acquirer))
        assert (await keepings.came_back(narrow, token, returned)).step == Kept()

    assert len(acquirer.calls) == (2 if turn is Turn.CHALLENGED else 1)


async def test_no_such_visit(desk: CardDesk) -> None:
    token = KeepingToken("0" * 128)

    for visit in (
        keepings.show_keeping(desk, token),
        give(desk, token),
        keepings.came_back(desk, token, {}),
    ):
        with pytest.raises(NoSuchKeeping):
            await visit


async def test_neither_number_nor_value_on_the_back_is_anywhere_after_a_card_was_kept(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.plans_keeping(Turn.ANSWER_LOST, Turn.DECLINED, Turn.CHALLENGED)
    typed_twice = a_card(holder=f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:12]} {NUMBER[12:]}")
    token = await begun(desk, owner)

    with capture_logs() as logs:
        for card in (a_card(), a_card(), typed_twice):
            await give(desk, token, card)
        await keepings.came_back(desk, token, {})
        returned = acquirer.pass_3d(last_reference(acquirer))
        view = await keepings.came_back(desk, token, returned)

    assert view.step == Kept()
    assert len(logs) == 2
    assert found_in(repr(logs) + repr(view)) == []
    # The search itself finds what is there.
    assert found_in(repr(NUMBER)) == ["number"]
    assert found_in(f'"cvv": "{CVV}"') == ["value on the back"]
    rows = await everything(db)
    assert any(token in row for row in rows)
    assert [row for row in rows if "number" in found_in(row)] == []
    mine = await everything(db, of_partner=owner.partner_id)
    assert mine
    assert [row for row in mine if found_in(row)] == []


def found_in(text: str) -> list[str]:
    """What of the card a text gives away, in plain digits or as bytes in hexadecimal."""
    gapless = re.sub(r"(?<=\d)[ -](?=\d)", "", text)
    hidden = {"number": NUMBER in gapless or NUMBER.encode().hex() in text}
    hidden["value on the back"] = re.search(rf"(?<![\w.+:-]){CVV}(?![\w.:-])", text) is not None
    return [name for name, is_there in hidden.items() if is_there]


async def everything(db: Database, *, of_partner: int | None = None) -> list[str]:
    """Every row of every table, or of one partner's, as JSON."""
    async with db.reading() as connection:
        tables = await connection.fetch(
            "SELECT table_name AS name FROM information_schema.tables t"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            "   AND ($1::bigint IS NULL OR EXISTS (SELECT FROM information_schema.columns c"
            "        WHERE c.table_name = t.table_name AND c.column_name = 'partner_id'))",
            of_partner,
        )
        rows: list[str] = []
        for table in tables:
            wanted = "true" if of_partner is None else f"partner_id = {of_partner}"
            found = await connection.fetch(
                f'SELECT to_json(t)::text AS row FROM "{table["name"]}" t WHERE {wanted}'
            )
            rows.extend(row["row"] for row in found)
    return rows


async def erase(db: Database, clock: FakeClock, owner: CardOwner) -> None:
    """Removes a customer, as checkout does it."""

    async def work(tx: Tx) -> None:
        customer = await customers.hold_customer(tx, owner.partner_id, owner.customer_id)
        assert customer is not None
        await cards.forget_cards_of(tx, owner.partner_id, owner.customer_id, now=clock.now())
        await customers.erase_customer(tx, customer, now=clock.now())

    await db.write(work)


async def tidy(db: Database, clock: FakeClock) -> None:
    """One turn of the worker."""
    async with db.reading() as connection:
        await keepings.tidy_keepings(connection, now=clock.now())


async def test_a_known_card_given_again_is_not_a_second_one(
    desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner
) -> None:
    acquirer.gives_new_tokens = True
    for _ in range(2):
        await give(desk, await begun(desk, owner))

    (card,) = await listed(desk, owner)
    assert len(acquirer.kept) == 2
    assert await cards.forget_at_acquirer(desk) == 1
    assert [Secret(token) for token in acquirer.kept] == [desk.vault.open(card.sealed)]
    assert isinstance(card.face, CardFace)
