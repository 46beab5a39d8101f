"""Kept cards: listed, remembered, removed, and forgotten at the acquirer as well.

Whatever changes a customer's cards holds the customer meanwhile, so that cards that come at
once are counted one by one, and none comes to a customer who is being removed. An acquirer
is never asked in here but by `forget_at_acquirer`, which holds nothing while it asks.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bezant.customers import service as customers
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CustomerId, PartnerId, random_token
from bezant.kernel.steps import Step
from bezant.payments.acquirer import AcquirerAway, KeptCard
from bezant.payments.card import Secret
from bezant.payments.kept import (
    MAX_CARDS,
    CardDesk,
    CardForgetting,
    CardId,
    CardOfAnotherAcquirer,
    CardOwner,
    CardToken,
    CardToRemember,
    NoSuchCard,
    NotRemembered,
    StoredCard,
    is_same_card,
    shown_face,
    with_bank,
)
from bezant.payments.service import instalments
from bezant.payments.store import cards as store
from bezant.payments.store import keepings
from bezant.payments.vault import CardSealLost, CardVault

FORGET_BATCH: Final = 20
FIRST_PAUSE: Final = timedelta(minutes=1)
"""After how long an acquirer is asked again to forget a card; longer than any call to it."""
LONGEST_PAUSE: Final = timedelta(days=1)
_DOUBLINGS: Final = 12

_log: Final = structlog.get_logger("bezant.payments")


async def list_cards(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId
) -> list[StoredCard]:
    """A customer's cards, the default one first, then by last use; at most `MAX_CARDS`."""
    return await store.select_cards(connection, CardOwner(partner_id, customer_id))


async def find_card(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId, token: CardToken
) -> StoredCard:
    """A customer's card. Raises `NoSuchCard`."""
    card = await store.select_card(connection, CardOwner(partner_id, customer_id), token)
    if card is None:
        raise NoSuchCard
    return card


def kept_for_charge(
    card: StoredCard, vault: CardVault, cvv: Secret | None, *, acquirer: str
) -> KeptCard:
    """A card as it goes into a charge at `acquirer`.

    Raises `CardOfAnotherAcquirer`, `CardSealLost`.
    """
    if card.acquirer != acquirer:
        raise CardOfAnotherAcquirer
    return KeptCard(token=vault.open(card.sealed), owner=card.owner.name, face=card.face, cvv=cvv)


async def remember(
    tx: Tx, new: CardToRemember, *, vault: CardVault, now: datetime
) -> StoredCard | NotRemembered:
    """Keeps a card that an acquirer has just kept; a card that is known is replaced.

    Holds the customer. It refuses nothing, because what the card was kept beside (a payment)
    has happened: a card that cannot be kept here is one that the acquirer is to forget. The
    first card of a customer is the default one.
    """
    owner = new.owner
    if await customers.hold_customer(tx, owner.partner_id, owner.customer_id) is None:
        await _disown(tx, new, vault=vault, now=now)
        return NotRemembered.CUSTOMER_GONE
    there = await store.select_cards(tx, owner)
    same = _same_as(new, there, vault)
    if same is None and len(there) >= MAX_CARDS:
        await _disown(tx, new, vault=vault, now=now)
        return NotRemembered.TOO_MANY
    card = await _card_of(tx, new, same, vault=vault, now=now)
    card = replace(card, is_default=card.is_default or not there)
    if card.is_default:
        await store.unset_default(tx, owner, but=card.token)
    await _keep_at_acquirer(tx, new, vault)
    if same is None:
        return await store.insert_card(tx, card)
    if same.acquirer != new.acquirer or not vault.holds(same.sealed, new.kept.token):
        await store.insert_forgettings(tx, owner, [(same.acquirer, same.sealed)], now=now)
    return await store.replace_card(tx, card)


async def remove_card(tx: Tx, owner: CardOwner, token: CardToken, *, now: datetime) -> StoredCard:
    """Removes a card, and leaves it to be forgotten by its acquirer; what it was.

    The caller holds the customer. When it was the default one, the card that was of use last
    becomes that. Raises `NoSuchCard`.
    """
    card = await store.delete_card(tx, owner, token)
    if card is None:
        raise NoSuchCard
    await store.insert_forgettings(tx, owner, [(card.acquirer, card.sealed)], now=now)
    left = await store.select_cards(tx, owner)
    if card.is_default and left:
        await store.set_default(tx, owner, left[0].token)
    return card


def use(partner_id: PartnerId, token: CardToken, *, now: datetime) -> Step[None]:
    """Notes that a card was charged."""
    return store.touch_card(partner_id, token, now=now)


async def forget_cards_of(
    tx: Tx, partner_id: PartnerId, customer_id: CustomerId, *, now: datetime
) -> None:
    """Removes all that a customer has kept, to be forgotten by the acquirers too.

    The caller holds the customer, who is being removed. Visits on which a card could still be
    given end; a card that an acquirer keeps on one of them after all is forgotten again.
    """
    owner = CardOwner(partner_id, customer_id)
    dropped = await store.delete_cards(tx, owner)
    found = [(card.acquirer, card.sealed) for card in dropped]
    await store.insert_forgettings(tx, owner, found, now=now)
    await keepings.lapse_keepings_of(tx, owner)


async def forget_at_acquirer(desk: CardDesk) -> int:
    """Has the acquirer forget what it is to forget; how many cards it has forgotten.

    One turn of the worker's duty. A card that the acquirer does not answer about is asked
    about again, ever more seldom and never given up; so is one whose key is lost, until the
    key is back.
    """
    now, name = desk.clock.now(), desk.acquirer.name
    taken = await desk.db.write(
        lambda tx: store.take_forgettings(
            tx, name, now=now, at_most=FORGET_BATCH, again_at=now + FIRST_PAUSE
        )
    )
    return sum([await _forget(desk, card) for card in taken])


async def _forget(desk: CardDesk, card: CardForgetting) -> bool:
    try:
        await desk.acquirer.forget_card(desk.vault.open(card.sealed), card.owner)
    except (AcquirerAway, CardSealLost) as error:
        _log.warning("a card is not forgotten yet", tries=card.tries, reason=type(error).__name__)
        pause = min(FIRST_PAUSE * 2 ** min(card.tries, _DOUBLINGS), LONGEST_PAUSE)
        async with desk.db.reading() as connection:
            await store.forget_later(connection, card, at=desk.clock.now() + pause)
        return False
    async with desk.db.reading() as connection:
        if not await store.delete_forgetting(connection, card):
            # It was kept again while the acquirer forgot it: to be given once more.
            _log.warning("a card was forgotten that is kept again", acquirer=card.acquirer)
    return True


def _same_as(
    new: CardToRemember, there: Sequence[StoredCard], vault: CardVault
) -> StoredCard | None:
    face = shown_face(new.kept.face)
    for card in there:
        if card.acquirer == new.acquirer and vault.holds(card.sealed, new.kept.token):
            return card
    return next((card for card in there if is_same_card(card.face, face)), None)


async def _card_of(
    tx: Tx, new: CardToRemember, same: StoredCard | None, *, vault: CardVault, now: datetime
) -> StoredCard:
    token = CardToken(random_token()) if same is None else same.token
    face = shown_face(new.kept.face)
    bank = (await instalments.card_terms(tx, face.bin)).bank if face.bin else None
    return StoredCard(
        card_id=CardId(0),
        owner=new.owner,
        token=token,
        acquirer=new.acquirer,
        sealed=vault.seal(new.kept.token, partner_id=new.owner.partner_id, label=token),
        face=with_bank(face, bank),
        bank_name=bank.bank if bank else "",
        card_type=bank.card_type if bank else None,
        is_default=new.is_default or (same is not None and same.is_default),
        created_at=now,
        last_used_at=None,
    )


async def _disown(tx: Tx, new: CardToRemember, *, vault: CardVault, now: datetime) -> None:
    """Leaves a card that is not kept here to be forgotten by its acquirer."""
    label = random_token()
    sealed = vault.seal(new.kept.token, partner_id=new.owner.partner_id, label=label)
    await store.insert_forgettings(tx, new.owner, [(new.acquirer, sealed)], now=now)


async def _keep_at_acquirer(tx: Tx, new: CardToRemember, vault: CardVault) -> None:
    """Takes a card that is kept again off the list of those to be forgotten."""
    for card in await store.select_forgettings(tx, new.owner, new.acquirer):
        if vault.holds(card.sealed, new.kept.token):
            await store.delete_forgetting(tx, card)
