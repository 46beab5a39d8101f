"""Kept cards, and those that an acquirer is still to forget, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.steps import Step, nothing
from bezant.payments.card import CardExpiry, CardFace
from bezant.payments.kept import CardForgetting, CardId, CardOwner, CardToken, StoredCard
from bezant.payments.model import CardType
from bezant.payments.vault import KeyId, SealedToken

if TYPE_CHECKING:
    from asyncpg import Record

_CARD: Final = """
    partner_id, card_id, customer_id, token, acquirer, acquirer_token, key_id, holder, bin,
    last_four, expiry, association, bank_name, card_type, is_default, created_at, last_used_at
"""

# The default one first, then the one that was of use last.
SELECT_CARDS: Final = f"""
    SELECT {_CARD} FROM stored_card WHERE partner_id = $1 AND customer_id = $2
     ORDER BY is_default DESC, coalesce(last_used_at, created_at) DESC, card_id DESC
"""

SELECT_CARD: Final = f"""
    SELECT {_CARD} FROM stored_card WHERE partner_id = $1 AND customer_id = $2 AND token = $3
"""

COUNT_CARDS: Final = """
    SELECT count(*) FROM stored_card WHERE partner_id = $1 AND customer_id = $2
"""

INSERT_CARD: Final = f"""
    INSERT INTO stored_card
        (partner_id, customer_id, token, acquirer, acquirer_token, key_id, holder, bin,
         last_four, expiry, association, bank_name, card_type, is_default, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    RETURNING {_CARD}
"""

REPLACE_CARD: Final = f"""
    UPDATE stored_card
       SET acquirer = $4, acquirer_token = $5, key_id = $6, holder = $7, bin = $8,
           last_four = $9, expiry = $10, association = $11, bank_name = $12, card_type = $13,
           is_default = $14
     WHERE partner_id = $1 AND customer_id = $2 AND token = $3
    RETURNING {_CARD}
"""

UNSET_DEFAULT: Final = """
    UPDATE stored_card SET is_default = false
     WHERE partner_id = $1 AND customer_id = $2 AND is_default AND token <> $3
"""

SET_DEFAULT: Final = """
    UPDATE stored_card SET is_default = true
     WHERE partner_id = $1 AND customer_id = $2 AND token = $3
"""

TOUCH_CARD: Final = """
    SELECT touch_card($1, $2, $3)
"""

DELETE_CARD: Final = f"""
    DELETE FROM stored_card WHERE partner_id = $1 AND customer_id = $2 AND token = $3
    RETURNING {_CARD}
"""

DELETE_CARDS: Final = f"""
    DELETE FROM stored_card WHERE partner_id = $1 AND customer_id = $2 RETURNING {_CARD}
"""

INSERT_FORGETTING: Final = """
    INSERT INTO card_to_forget
        (partner_id, acquirer, label, acquirer_token, key_id, owner, try_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

_FORGETTING: Final = """
    partner_id, forgetting_id, acquirer, label, acquirer_token, key_id, owner, tries
"""

SELECT_FORGETTINGS: Final = f"""
    SELECT {_FORGETTING} FROM card_to_forget
     WHERE partner_id = $1 AND owner = $2 AND acquirer = $3
"""

# Taken off the list while the acquirer is asked, so that two workers ask about different
# ones; a worker that dies in between leaves it for later.
TAKE_FORGETTINGS: Final = f"""
    WITH due AS (
        SELECT partner_id AS p, forgetting_id AS f FROM card_to_forget
         WHERE acquirer = $1 AND try_at <= $2 ORDER BY try_at LIMIT $3
           FOR UPDATE SKIP LOCKED
    )
    UPDATE card_to_forget SET try_at = $4, tries = tries + 1 FROM due
     WHERE partner_id = due.p AND forgetting_id = due.f
    RETURNING {_FORGETTING}
"""

FORGET_LATER: Final = """
    UPDATE card_to_forget SET try_at = $3 WHERE partner_id = $1 AND forgetting_id = $2
"""

DELETE_FORGETTING: Final = """
    DELETE FROM card_to_forget WHERE partner_id = $1 AND forgetting_id = $2
"""


async def select_cards(connection: Connection, owner: CardOwner) -> list[StoredCard]:
    """A customer's cards, the default one first, then by last use."""
    rows = await connection.fetch(SELECT_CARDS, owner.partner_id, owner.customer_id)
    return [_card(row) for row in rows]


async def select_card(
    connection: Connection, owner: CardOwner, token: CardToken
) -> StoredCard | None:
    """A customer's card."""
    row = await connection.fetchrow(SELECT_CARD, owner.partner_id, owner.customer_id, token)
    return _card(row) if row else None


async def count_cards(connection: Connection, owner: CardOwner) -> int:
    """How many cards a customer has."""
    count: int = await connection.fetchval(COUNT_CARDS, owner.partner_id, owner.customer_id)
    return count


async def insert_card(tx: Tx, card: StoredCard) -> StoredCard:
    """Enters a card; its own id is given."""
    (row,) = await tx.fetch(INSERT_CARD, *_values(card), card.created_at)
    return _card(row)


async def replace_card(tx: Tx, card: StoredCard) -> StoredCard:
    """Puts a card in place of the one with its token."""
    (row,) = await tx.fetch(REPLACE_CARD, *_values(card))
    return _card(row)


async def unset_default(tx: Tx, owner: CardOwner, *, but: CardToken) -> None:
    """Lets no card of a customer be the default one, but this."""
    await tx.execute(UNSET_DEFAULT, owner.partner_id, owner.customer_id, but)


async def set_default(tx: Tx, owner: CardOwner, token: CardToken) -> None:
    """Makes a card the default one; no other is."""
    await tx.execute(SET_DEFAULT, owner.partner_id, owner.customer_id, token)


def touch_card(partner_id: PartnerId, token: CardToken, *, now: datetime) -> Step[None]:
    """Notes that a card was charged."""
    return Step(TOUCH_CARD, (partner_id, token, now), nothing)


async def delete_card(tx: Tx, owner: CardOwner, token: CardToken) -> StoredCard | None:
    """Deletes a card; what it was."""
    row = await tx.fetchrow(DELETE_CARD, owner.partner_id, owner.customer_id, token)
    return _card(row) if row else None


async def delete_cards(tx: Tx, owner: CardOwner) -> list[StoredCard]:
    """Deletes all of a customer's cards; what they were."""
    rows = await tx.fetch(DELETE_CARDS, owner.partner_id, owner.customer_id)
    return [_card(row) for row in rows]


async def insert_forgettings(
    tx: Tx, owner: CardOwner, cards: Sequence[tuple[str, SealedToken]], *, now: datetime
) -> None:
    """Enters cards for acquirers to forget: each acquirer's name and its sealed token."""
    await tx.executemany(
        INSERT_FORGETTING,
        [
            (
                owner.partner_id,
                acquirer,
                sealed.label,
                sealed.sealed,
                sealed.key_id,
                owner.name,
                now,
            )
            for acquirer, sealed in cards
        ],
    )


async def select_forgettings(
    connection: Connection, owner: CardOwner, acquirer: str
) -> list[CardForgetting]:
    """A customer's cards that an acquirer is still to forget."""
    rows = await connection.fetch(SELECT_FORGETTINGS, owner.partner_id, owner.name, acquirer)
    return [_forgetting(row) for row in rows]


async def take_forgettings(
    tx: Tx, acquirer: str, *, now: datetime, at_most: int, again_at: datetime
) -> list[CardForgetting]:
    """Cards that an acquirer is to forget now, put off until `again_at`."""
    rows = await tx.fetch(TAKE_FORGETTINGS, acquirer, now, at_most, again_at)
    return [_forgetting(row) for row in rows]


async def forget_later(connection: Connection, card: CardForgetting, *, at: datetime) -> None:
    """Plans the next try to have a card forgotten."""
    await connection.execute(FORGET_LATER, card.sealed.partner_id, card.forgetting_id, at)


async def delete_forgetting(connection: Connection, card: CardForgetting) -> bool:
    """Takes a card off the list of those to be forgotten; whether it was on it."""
    status: str = await connection.execute(
        DELETE_FORGETTING, card.sealed.partner_id, card.forgetting_id
    )
    return status == "DELETE 1"


def _values(card: StoredCard) -> tuple[object, ...]:
    face = card.face
    return (
        card.owner.partner_id,
        card.owner.customer_id,
        card.token,
        card.acquirer,
        card.sealed.sealed,
        card.sealed.key_id,
        face.holder,
        face.bin,
        face.last_four,
        "" if face.expiry is None else str(face.expiry),
        face.association,
        card.bank_name,
        card.card_type,
        card.is_default,
    )


def _card(row: "Record") -> StoredCard:
    partner_id, token = PartnerId(row["partner_id"]), CardToken(row["token"])
    return StoredCard(
        card_id=CardId(row["card_id"]),
        owner=CardOwner(partner_id, CustomerId(row["customer_id"])),
        token=token,
        acquirer=row["acquirer"],
        sealed=SealedToken(partner_id, token, row["acquirer_token"], KeyId(row["key_id"])),
        face=CardFace(
            holder=row["holder"],
            bin=row["bin"],
            last_four=row["last_four"],
            expiry=CardExpiry.read(row["expiry"]),
            association=row["association"],
        ),
        bank_name=row["bank_name"],
        card_type=CardType(row["card_type"]) if row["card_type"] else None,
        is_default=row["is_default"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )


def _forgetting(row: "Record") -> CardForgetting:
    partner_id = PartnerId(row["partner_id"])
    return CardForgetting(
        forgetting_id=row["forgetting_id"],
        acquirer=row["acquirer"],
        sealed=SealedToken(partner_id, row["label"], row["acquirer_token"], KeyId(row["key_id"])),
        owner=row["owner"],
        tries=row["tries"],
    )
