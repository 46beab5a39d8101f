"""Changing the vault's key: everything is sealed anew, at any moment, and an old key can go."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bezant.kernel.db import Database, Tx
from bezant.kernel.steps import at_once
from bezant.payments.card import Secret
from bezant.payments.kept import CardOwner, StoredCard
from bezant.payments.service import cards, resealing
from bezant.payments.service.resealing import Resealed, reseal
from bezant.payments.vault import CardSealLost, CardVault, KeyId
from tests.factories.cards import a_customer, a_face, kept_card, the_vault
from tests.factories.clock import A_MORNING
from tests.factories.databases import cloned_database
from tests.factories.shop import SECRET_KEY

OLD, NEW = SECRET_KEY.encode(), b"the key that comes after the secret key"


@pytest.fixture(scope="module")
def own_database(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of a database of these tests' own: everything that is sealed there is theirs."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_vault") as url:
        yield url


@pytest_asyncio.fixture
async def db(own_database: str) -> AsyncIterator[Database]:
    """That database, with no card in it."""
    found = await Database.connect(own_database)
    async with found.reading() as connection:
        await connection.execute("TRUNCATE stored_card, card_to_forget")
    yield found
    await found.close()


async def have_cards(db: Database, owner: CardOwner, *, kept: int, to_forget: int) -> None:
    """Cards of many customers, sealed with the old key, of which some are to be forgotten."""
    for n in range(kept + to_forget):
        customer = await a_customer(db, owner.partner_id)
        one = CardOwner(owner.partner_id, customer.customer_id)
        card = await kept_card(db, one, face=a_face(f"{n:04d}"), token=f"t{n}")
        if n >= kept:
            await remove(db, card)


async def remove(db: Database, card: StoredCard) -> None:
    """Removes a card, which is then to be forgotten."""
    await db.write(lambda tx: cards.remove_card(tx, card.owner, card.token, now=A_MORNING))


async def keys_of(db: Database) -> dict[KeyId, int]:
    """How many tokens are sealed with which key."""
    async with db.reading() as connection:
        return dict(await resealing.tokens_by_key(connection))


async def run(db: Database, vault: CardVault) -> tuple[Resealed, int]:
    """What resealing did, and how many it told of on the way."""
    told: list[int] = []
    result = await reseal(db, vault, advance=told.append)
    return result, sum(told)


def test_a_vault_seals_with_the_first_key_and_opens_with_each(owner: CardOwner) -> None:
    before, rotated = CardVault([OLD]), CardVault([NEW, OLD])
    old = before.seal(Secret("t"), partner_id=owner.partner_id, label="x")

    new = rotated.sealed_anew(old)

    assert rotated.open(old) == rotated.open(new) == CardVault([NEW]).open(new) == Secret("t")
    assert (old.key_id, new.key_id) == (before.key_id, rotated.key_id)
    assert before.key_id != rotated.key_id
    with pytest.raises(CardSealLost):
        before.open(new)


def test_a_vault_has_a_key() -> None:
    with pytest.raises(ValueError, match="has a key"):
        CardVault([])


async def test_once_all_is_sealed_anew_the_old_key_can_go(
    db: Database, owner: CardOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 2)
    await have_cards(db, owner, kept=5, to_forget=4)
    vault = CardVault([NEW, OLD])

    result, told = await run(db, vault)

    assert (result, told) == (Resealed(9, {}, {}), 9)
    assert await keys_of(db) == {vault.key_id: 9}
    assert await opened(db, CardVault([NEW])) == {f"t{n}" for n in range(5)}
    assert await run(db, vault) == (Resealed(0, {}, {}), 0)


async def test_what_was_broken_off_is_taken_up_again(
    db: Database, owner: CardOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 2)
    await have_cards(db, owner, kept=5, to_forget=0)
    vault = CardVault([NEW, OLD])
    done = 0

    class BrokenOff(Exception):
        """The operator pressed Ctrl-C."""

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if done >= 4:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        await reseal(db, vault, advance=advance)
    between = await keys_of(db)
    result, _ = await run(db, vault)

    assert between == {vault.key_id: 4, the_vault().key_id: 1}
    assert result == Resealed(1, {}, {})


async def test_two_at_once_do_each_card_once(
    db: Database, owner: CardOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 2)
    await have_cards(db, owner, kept=8, to_forget=0)
    vault = CardVault([NEW, OLD])

    one, other = await asyncio.gather(run(db, vault), run(db, vault))

    assert one[0].done + other[0].done == 8
    assert await keys_of(db) == {vault.key_id: 8}


async def test_a_card_that_somebody_holds_is_told_of_and_left(
    db: Database, owner: CardOwner
) -> None:
    card = await kept_card(db, owner)
    await have_cards(db, owner, kept=2, to_forget=0)
    vault = CardVault([NEW, OLD])

    async with db.transaction() as tx:
        await hold(tx, card)
        held, _ = await run(db, vault)
    after, _ = await run(db, vault)

    assert held == Resealed(2, {the_vault().key_id: 1}, {})
    assert after == Resealed(1, {}, {})


async def test_what_does_not_open_is_counted_and_left_as_it_is(
    db: Database, owner: CardOwner
) -> None:
    await have_cards(db, owner, kept=2, to_forget=1)
    vault = CardVault([NEW])

    result, told = await run(db, vault)

    old = the_vault().key_id
    assert (result, told) == (Resealed(0, {old: 3}, {old: 3}), 0)
    assert await opened(db, the_vault()) == {"t0", "t1"}


async def hold(tx: Tx, card: StoredCard) -> None:
    """Locks a card as a change of it does."""
    await at_once(tx, cards.use(card.owner.partner_id, card.token, now=A_MORNING))


async def opened(db: Database, vault: CardVault) -> set[str]:
    """The acquirer's tokens of all kept cards."""
    async with db.reading() as connection:
        customers = await connection.fetch(
            "SELECT DISTINCT partner_id, customer_id FROM stored_card"
        )
        found = [
            card
            for row in customers
            for card in await cards.list_cards(connection, row["partner_id"], row["customer_id"])
        ]
    return {vault.open(card.sealed).reveal() for card in found}
