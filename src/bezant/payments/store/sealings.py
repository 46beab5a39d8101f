"""Sealed tokens of kept cards, for sealing them anew, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.payments.vault import KeyId, SealedToken


class Shelf(StrEnum):
    """Where sealed tokens stand."""

    CARDS = "cards"
    TO_FORGET = "to forget"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where on a shelf: partner and row. Places are walked in order."""

    partner_id: int
    row_id: int


START: Final = Place(0, 0)

# One row of each key that is in use, with how often: tables without rows have none.
COUNT_KEYS: Final = """
    SELECT key_id, sum(count)::bigint AS count FROM (
        SELECT key_id, count(*) FROM stored_card GROUP BY key_id
         UNION ALL
        SELECT key_id, count(*) FROM card_to_forget GROUP BY key_id) k
     GROUP BY key_id ORDER BY key_id
"""

# Rows that another one holds are left for the next round: nobody waits.
TAKE_SEALED: Final = {
    Shelf.CARDS: """
        SELECT partner_id, card_id AS row_id, token AS label, acquirer_token, key_id
          FROM stored_card
         WHERE (partner_id, card_id) > ($1, $2) AND key_id <> $3
         ORDER BY partner_id, card_id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
    """,
    Shelf.TO_FORGET: """
        SELECT partner_id, forgetting_id AS row_id, label, acquirer_token, key_id
          FROM card_to_forget
         WHERE (partner_id, forgetting_id) > ($1, $2) AND key_id <> $3
         ORDER BY partner_id, forgetting_id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
    """,
}

UPDATE_SEALED: Final = {
    Shelf.CARDS: """
        UPDATE stored_card SET acquirer_token = $3, key_id = $4
         WHERE partner_id = $1 AND card_id = $2
    """,
    Shelf.TO_FORGET: """
        UPDATE card_to_forget SET acquirer_token = $3, key_id = $4
         WHERE partner_id = $1 AND forgetting_id = $2
    """,
}


async def count_keys(connection: Connection) -> dict[KeyId, int]:
    """How many tokens are sealed with each key."""
    return {KeyId(row["key_id"]): row["count"] for row in await connection.fetch(COUNT_KEYS)}


async def take_sealed(
    tx: Tx, shelf: Shelf, *, after: Place, but: KeyId, at_most: int
) -> list[tuple[Place, SealedToken]]:
    """Tokens beyond a place that are sealed with another key, locked, in order."""
    rows = await tx.fetch(TAKE_SEALED[shelf], after.partner_id, after.row_id, but, at_most)
    return [
        (
            Place(row["partner_id"], row["row_id"]),
            SealedToken(
                PartnerId(row["partner_id"]),
                row["label"],
                row["acquirer_token"],
                KeyId(row["key_id"]),
            ),
        )
        for row in rows
    ]


async def update_sealed(tx: Tx, shelf: Shelf, sealed: Sequence[tuple[Place, SealedToken]]) -> None:
    """Puts tokens in the place of those that stand there."""
    await tx.executemany(
        UPDATE_SEALED[shelf],
        [(place.partner_id, place.row_id, token.sealed, token.key_id) for place, token in sealed],
    )
