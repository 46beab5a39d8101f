"""Kept cards: one of each, at most twenty, one default, and forgotten at the acquirer too."""

import asyncio
from datetime import timedelta

import pytest

from bezant.customers import service as customers
from bezant.kernel.db import Database, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import at_once
from bezant.payments.acquirer import NewKeptCard
from bezant.payments.card import CardExpiry, CardFace, Secret
from bezant.payments.kept import (
    MAX_CARDS,
    CardDesk,
    CardOfAnotherAcquirer,
    CardOwner,
    CardToken,
    CardToRemember,
    NoSuchCard,
    NotRemembered,
    StoredCard,
)
from bezant.payments.model import CardBank, CardType
from bezant.payments.service import cards, instalments
from bezant.payments.vault import CardSealLost, CardVault, SealedToken
from tests.factories.acquirer import CardAtAcquirer, FakeAcquirer
from tests.factories.cards import a_customer, a_face, kept_card, the_vault
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in


async def listed(db: Database, owner: CardOwner) -> list[StoredCard]:
    """The customer's cards."""
    async with db.reading() as connection:
        return await cards.list_cards(connection, owner.partner_id, owner.customer_id)


async def to_forget(db: Database, owner: CardOwner) -> list[tuple[str, str]]:
    """Acquirers and opened tokens of the cards that are still to be forgotten."""
    async with db.reading() as connection:
        rows = await connection.fetch(
            "SELECT * FROM card_to_forget WHERE partner_id = $1 AND owner = $2"
            " ORDER BY forgetting_id",
            owner.partner_id,
            owner.name,
        )
    sealed = [
        SealedToken(owner.partner_id, row["label"], row["acquirer_token"], row["key_id"])
        for row in rows
    ]
    tokens = [the_vault().open(each).reveal() for each in sealed]
    return [(row["acquirer"], token) for row, token in zip(rows, tokens, strict=True)]


def new_card(owner: CardOwner, last_four: str, *, is_default: bool = False) -> CardToRemember:
    """A card that an acquirer has just kept."""
    kept = NewKeptCard(token=Secret(f"tok-{last_four}"), face=a_face(last_four))
    return CardToRemember(owner=owner, acquirer="fake", kept=kept, is_default=is_default)


async def remember(
    db: Database, clock: FakeClock, new: CardToRemember
) -> StoredCard | NotRemembered:
    """Keeps it."""
    return await db.write(lambda tx: cards.remember(tx, new, vault=the_vault(), now=clock.now()))


async def remove(db: Database, clock: FakeClock, card: StoredCard) -> StoredCard:
    """Removes a card, as the door does it."""

    async def work(tx: Tx) -> StoredCard:
        await customers.hold_customer(tx, card.owner.partner_id, card.owner.customer_id)
        return await cards.remove_card(tx, card.owner, card.token, now=clock.now())

    return await db.write(work)


async def test_a_kept_card_can_be_charged_and_the_database_does_not_tell_its_token(
    db: Database, owner: CardOwner
) -> None:
    await kept_card(db, owner, token="the acquirer's own token")

    (card,) = await listed(db, owner)
    charged = cards.kept_for_charge(card, the_vault(), Secret("973"), acquirer="fake")

    assert (charged.token, charged.cvv) == (Secret("the acquirer's own token"), Secret("973"))
    assert charged.owner == owner.name
    async with db.reading() as connection:
        row = await connection.fetchrow(
            "SELECT c::text AS shown, acquirer_token FROM stored_card c WHERE partner_id = $1",
            owner.partner_id,
        )
    assert row is not None
    assert b"acquirer" not in row["acquirer_token"]
    assert "the acquirer" not in row["shown"]
    assert b"the acquirer".hex() not in row["shown"]


async def test_a_sealed_token_put_into_another_row_does_not_open(
    db: Database, owner: CardOwner
) -> None:
    mine = await kept_card(db, owner)
    partner = PartnerId(owner.partner_id + 1)
    moved = [
        type(mine.sealed)(partner, mine.token, mine.sealed.sealed, mine.sealed.key_id),
        type(mine.sealed)(owner.partner_id, "x" * 32, mine.sealed.sealed, mine.sealed.key_id),
    ]

    for sealed in moved:
        with pytest.raises(CardSealLost):
            the_vault().open(sealed)


async def test_a_card_of_another_acquirer_or_of_a_lost_key_is_not_charged(
    db: Database, owner: CardOwner
) -> None:
    card = await kept_card(db, owner)

    with pytest.raises(CardOfAnotherAcquirer):
        cards.kept_for_charge(card, the_vault(), None, acquirer="another")
    with pytest.raises(CardSealLost):
        cards.kept_for_charge(card, CardVault([b"another key"]), None, acquirer="fake")


async def test_the_first_card_is_the_default_one_until_another_wants_to_be(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    await remember(db, clock, new_card(owner, "0001"))
    await remember(db, clock, new_card(owner, "0002"))
    before = [(card.face.last_four, card.is_default) for card in await listed(db, owner)]

    await remember(db, clock, new_card(owner, "0003", is_default=True))

    assert before == [("0001", True), ("0002", False)]
    assert [(card.face.last_four, card.is_default) for card in await listed(db, owner)] == [
        ("0003", True),
        ("0002", False),
        ("0001", False),
    ]


async def test_when_the_default_card_goes_the_one_of_use_last_becomes_it(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    first, used, _ = [await kept_card(db, owner, face=a_face(f"000{n}")) for n in range(3)]
    clock.advance(seconds=60)
    async with db.transaction() as tx:
        await at_once(tx, cards.use(owner.partner_id, used.token, now=clock.now()))

    removed = await remove(db, clock, first)

    assert removed.token == first.token
    assert removed.is_default
    left = await listed(db, owner)
    assert [card.is_default for card in left] == [True, False]
    assert left[0].token == used.token
    assert left[0].last_used_at == clock.now()


async def test_the_same_card_is_kept_once_and_stays_what_the_partner_calls_it(
    db: Database, owner: CardOwner
) -> None:
    card = await kept_card(db, owner, token="one")

    by_token = await kept_card(db, owner, token="one", face=a_face("1111"))
    by_face = await kept_card(db, owner, token="two", face=a_face("1111", holder="AYŞE  Çınar"))

    assert {card.token, by_token.token, by_face.token} == {card.token}
    assert [each.card_id for each in await listed(db, owner)] == [card.card_id]
    assert the_vault().open(by_face.sealed) == Secret("two")
    assert by_face.is_default
    # The acquirer has two of it now, and keeps the newer one.
    assert await to_forget(db, owner) == [("fake", "one")]


@pytest.mark.parametrize(
    "face",
    [
        a_face("7898"),
        a_face(holder="Mehmet Çınar"),
        CardFace(holder="Ayşe Çınar", bin="45436012", last_four="7897", expiry=CardExpiry(2031, 1)),
        CardFace(
            holder="Ayşe Çınar", bin="54006101", last_four="7897", expiry=CardExpiry(2030, 12)
        ),
    ],
)
async def test_another_card_is_another_card(db: Database, owner: CardOwner, face: CardFace) -> None:
    await kept_card(db, owner)

    await kept_card(db, owner, face=face)

    assert len(await listed(db, owner)) == 2


async def test_a_card_whose_key_is_lost_is_replaced_by_its_face(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    lost = await kept_card(db, owner, token="one")
    new = CardToRemember(
        owner=owner,
        acquirer="fake",
        kept=NewKeptCard(token=Secret("two"), face=a_face()),
        is_default=False,
    )
    vault = CardVault([b"a key that replaced a lost one"])

    card = await db.write(lambda tx: cards.remember(tx, new, vault=vault, now=clock.now()))

    assert isinstance(card, StoredCard)
    assert card.token == lost.token
    assert vault.open(card.sealed) == Secret("two")


async def test_the_bank_of_a_card_is_told_by_its_first_digits(
    db: Database, owner: CardOwner
) -> None:
    bank = CardBank("777001", "Kervan Bankası", "kervan", "TROY", CardType.PREPAID)
    async with db.transaction() as tx:
        await instalments.enter_card_banks(tx, [bank])

    known = await kept_card(db, owner, face=CardFace(holder="A", bin="77700199", last_four="0001"))
    unknown = await kept_card(db, owner, face=CardFace(holder="A", bin="", last_four=""))

    assert (known.bank_name, known.card_type, known.face.association) == (
        "Kervan Bankası",
        CardType.PREPAID,
        "TROY",
    )
    assert (unknown.bank_name, unknown.card_type, unknown.face.association) == ("", None, "")


async def test_a_number_in_the_place_of_a_name_is_not_kept(db: Database, owner: CardOwner) -> None:
    face = a_face(holder="4543 6012 3456 7897")

    card = await kept_card(db, owner, face=face)

    assert card.face.holder == ""


async def test_of_two_defaults_at_once_one_stays(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    wanted = [new_card(owner, f"{n:04d}", is_default=True) for n in range(8)]

    kept = await asyncio.gather(*(remember(db, clock, each) for each in wanted))

    assert all(isinstance(card, StoredCard) for card in kept)
    assert sorted(card.is_default for card in await listed(db, owner)) == [False] * 7 + [True]


async def test_the_same_card_kept_by_many_at_once_is_one_card(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    await asyncio.gather(*(remember(db, clock, new_card(owner, "0001")) for _ in range(8)))

    assert len(await listed(db, owner)) == 1
    assert await to_forget(db, owner) == []


async def test_of_many_cards_at_once_no_more_than_the_limit_are_kept(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    wanted = [new_card(owner, f"{n:04d}") for n in range(MAX_CARDS + 5)]

    kept = await asyncio.gather(*(remember(db, clock, each) for each in wanted))

    refused = [
        wanted[n].kept.token.reveal()
        for n, card in enumerate(kept)
        if card is NotRemembered.TOO_MANY
    ]
    assert len(refused) == 5
    assert len(await listed(db, owner)) == MAX_CARDS
    # What the acquirer has kept in vain it is to forget.
    assert sorted(token for _, token in await to_forget(db, owner)) == sorted(refused)


async def test_at_the_limit_a_known_card_is_still_replaced(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    for n in range(MAX_CARDS):
        await remember(db, clock, new_card(owner, f"{n:04d}"))

    again = await remember(db, clock, new_card(owner, "0007", is_default=True))

    assert isinstance(again, StoredCard)
    assert len(await listed(db, owner)) == MAX_CARDS


async def test_a_removed_card_is_forgotten_by_its_acquirer(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    acquirer.kept["one"] = CardAtAcquirer(owner.name, a_face())
    card = await kept_card(db, owner, acquirer=acquirer.name, token="one")

    await remove(db, clock, card)
    there = dict(acquirer.kept)
    forgotten = await cards.forget_at_acquirer(desk)

    assert "one" in there
    assert (forgotten, acquirer.kept, acquirer.forgotten) == (1, {}, [("one", owner.name)])
    assert await to_forget(db, owner) == []
    assert await cards.forget_at_acquirer(desk) == 0
    with pytest.raises(NoSuchCard):
        await remove(db, clock, card)


async def test_an_acquirer_that_is_away_is_asked_again_ever_more_seldom(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    await remove(db, clock, await kept_card(db, owner, acquirer=acquirer.name, token="one"))
    acquirer.is_away = True
    asked_after: list[timedelta] = []

    began = clock.now()
    while len(asked_after) < 4:
        before = len(acquirer.calls)
        await cards.forget_at_acquirer(desk)
        if len(acquirer.calls) > before:
            asked_after.append(clock.now() - began)
        clock.advance(seconds=60)
    acquirer.is_away = False
    clock.advance(days=2)

    assert await cards.forget_at_acquirer(desk) == 1
    minutes = [each // timedelta(minutes=1) for each in asked_after]
    assert minutes == [0, 2, 6, 14]
    assert acquirer.forgotten == [("one", owner.name)]


async def test_two_workers_have_different_cards_forgotten(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    for n in range(6):
        face, name = a_face(f"{n:04d}"), acquirer.name
        card = await kept_card(db, owner, acquirer=name, face=face, token=f"t{n}")
        await remove(db, clock, card)

    counts = await asyncio.gather(*(cards.forget_at_acquirer(desk) for _ in range(3)))

    assert sum(counts) == 6
    assert sorted(token for token, _ in acquirer.forgotten) == [f"t{n}" for n in range(6)]


async def test_nothing_is_held_while_the_acquirer_is_asked_to_forget(
    db: Database, narrow: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    await remove(db, clock, await kept_card(db, owner, acquirer=acquirer.name))

    assert await cards.forget_at_acquirer(narrow) == 1


async def test_a_card_whose_key_is_lost_waits_for_the_key(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    await remove(db, clock, await kept_card(db, owner, acquirer=acquirer.name, token="one"))
    without = CardDesk(db, clock, acquirer, CardVault([b"another key"]), desk.base_url)

    assert await cards.forget_at_acquirer(without) == 0
    clock.advance(days=1)

    assert await cards.forget_at_acquirer(desk) == 1


async def test_a_card_that_is_kept_again_is_not_forgotten(
    db: Database, desk: CardDesk, acquirer: FakeAcquirer, owner: CardOwner, clock: FakeClock
) -> None:
    await remove(db, clock, await kept_card(db, owner, acquirer=acquirer.name, token="one"))

    await kept_card(db, owner, acquirer=acquirer.name, token="one")

    assert await cards.forget_at_acquirer(desk) == 0
    assert acquirer.forgotten == []
    assert len(await listed(db, owner)) == 1


async def test_all_that_a_removed_customer_had_kept_goes(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    for n in range(3):
        await remember(db, clock, new_card(owner, f"{n:04d}"))
    beside = await a_customer(db, owner.partner_id)
    other = CardOwner(owner.partner_id, beside.customer_id)
    await remember(db, clock, new_card(other, "0001"))

    await erase(db, clock, owner)

    assert await listed(db, owner) == []
    assert [token for _, token in await to_forget(db, owner)] == [
        "tok-0000",
        "tok-0001",
        "tok-0002",
    ]
    assert len(await listed(db, other)) == 1


async def test_a_removed_customer_gets_no_card_any_more(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    await erase(db, clock, owner)

    kept = await remember(db, clock, new_card(owner, "0001"))

    assert kept is NotRemembered.CUSTOMER_GONE
    assert await listed(db, owner) == []
    assert await to_forget(db, owner) == [("fake", "tok-0001")]


async def test_whatever_comes_while_a_customer_is_removed_nothing_is_left(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    coming = [remember(db, clock, new_card(owner, f"{n:04d}")) for n in range(6)]

    await asyncio.gather(*coming[:3], erase(db, clock, owner), *coming[3:])

    assert await listed(db, owner) == []
    assert len(await to_forget(db, owner)) == 6


async def test_another_customers_card_is_not_found(
    db: Database, owner: CardOwner, clock: FakeClock
) -> None:
    beside = await a_customer(db, owner.partner_id)
    partner = (await make_sign_in(db, now=clock.now())).partner
    card = await kept_card(db, owner)

    async with db.reading() as connection:
        for partner_id, customer_id in (
            (owner.partner_id, beside.customer_id),
            (partner.partner_id, owner.customer_id),
        ):
            with pytest.raises(NoSuchCard):
                await cards.find_card(connection, partner_id, customer_id, card.token)
        found = await cards.find_card(
            connection, owner.partner_id, owner.customer_id, CardToken(card.token)
        )
    assert found.card_id == card.card_id


def test_an_acquirer_is_told_an_opaque_and_lasting_name_of_the_customer(owner: CardOwner) -> None:
    again = CardOwner(owner.partner_id, owner.customer_id)

    assert owner.name == again.name
    assert len(owner.name) == 32
    assert owner.name != CardOwner(owner.partner_id, type(owner.customer_id)(1)).name


async def erase(db: Database, clock: FakeClock, owner: CardOwner) -> None:
    """Removes a customer, as checkout does it."""

    async def work(tx: Tx) -> None:
        customer = await customers.hold_customer(tx, owner.partner_id, owner.customer_id)
        assert customer is not None
        await cards.forget_cards_of(tx, owner.partner_id, owner.customer_id, now=clock.now())
        await customers.erase_customer(tx, customer, now=clock.now())

    await db.write(work)
