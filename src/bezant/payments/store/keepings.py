"""Visits to give a card, in the database. Every change of a state is a compare-and-set."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Challenge
from bezant.payments.kept import (
    CardOwner,
    Keeping,
    KeepingFailed,
    KeepingState,
    KeepingToken,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from asyncpg import Record

INSERT_KEEPING: Final = """
    INSERT INTO card_keeping
        (partner_id, customer_id, token, state, is_default, language, created_at, lapses_at)
    VALUES ($1, $2, $3, 'new', $4, $5, $6, $7)
"""

_KEEPING: Final = """
    partner_id, customer_id, token, reference, acquirer, state, busy_until, tries, challenge,
    is_default, language, reason, explanation, lapses_at
"""

SELECT_KEEPING: Final = f"""
    SELECT {_KEEPING} FROM card_keeping WHERE token = $1
"""

LOCK_KEEPING: Final = f"""
    SELECT {_KEEPING} FROM card_keeping WHERE token = $1 FOR NO KEY UPDATE
"""

BEGIN_TRY: Final = """
    UPDATE card_keeping
       SET reference = $2, acquirer = $3, busy_until = $4, tries = tries + 1, reason = '',
           explanation = ''
     WHERE token = $1 AND state = 'new'
"""

CHALLENGE_KEEPING: Final = """
    UPDATE card_keeping
       SET state = 'challenged', challenge = $3, busy_until = NULL,
           lapses_at = greatest(lapses_at, $4)
     WHERE token = $1 AND reference = $2 AND state = 'new'
"""

# The compare-and-set of a try's end: of this try only, and from a state that it may move from.
SETTLE_KEEPING: Final = """
    UPDATE card_keeping
       SET state = $3, reason = $4, explanation = $5, busy_until = NULL, challenge = NULL
     WHERE token = $1 AND reference = $2 AND state = ANY ($6::text[])
"""

LAPSE_KEEPINGS_OF: Final = """
    UPDATE card_keeping SET state = 'lapsed', challenge = NULL, busy_until = NULL
     WHERE partner_id = $1 AND customer_id = $2 AND state IN ('new', 'challenged')
"""

LAPSE_KEEPINGS: Final = """
    UPDATE card_keeping SET state = 'lapsed', challenge = NULL, busy_until = NULL
     WHERE (partner_id, keeping_id) IN (
        SELECT partner_id, keeping_id FROM card_keeping
         WHERE state IN ('new', 'challenged') AND lapses_at <= $1
         ORDER BY lapses_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""

DELETE_KEEPINGS: Final = """
    DELETE FROM card_keeping
     WHERE (partner_id, keeping_id) IN (
        SELECT partner_id, keeping_id FROM card_keeping
         WHERE state NOT IN ('new', 'challenged') AND lapses_at <= $1
         ORDER BY lapses_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def insert_keeping(tx: Tx, keeping: Keeping, *, now: datetime) -> None:
    """Enters a visit on which no card was given yet."""
    await tx.execute(
        INSERT_KEEPING,
        keeping.owner.partner_id,
        keeping.owner.customer_id,
        keeping.token,
        keeping.is_default,
        keeping.language,
        now,
        keeping.lapses_at,
    )


async def select_keeping(connection: Connection, token: KeepingToken) -> Keeping | None:
    """The visit with this token."""
    row = await connection.fetchrow(SELECT_KEEPING, token)
    return _keeping(row) if row else None


async def lock_keeping(tx: Tx, token: KeepingToken) -> Keeping | None:
    """The visit with this token, locked until this transaction ends."""
    row = await tx.fetchrow(LOCK_KEEPING, token)
    return _keeping(row) if row else None


async def begin_try(
    tx: Tx, token: KeepingToken, *, reference: str, acquirer: str, busy_until: datetime
) -> None:
    """Notes on a locked visit that an acquirer is about to be asked to keep a card."""
    await tx.execute(BEGIN_TRY, token, reference, acquirer, busy_until)


async def challenge_keeping(
    tx: Tx, token: KeepingToken, *, reference: str, challenge: Challenge, until: datetime
) -> bool:
    """Notes where the customer has to go for 3-D; whether this try was still awaited."""
    text = msgspec.json.encode(challenge).decode()
    status: str = await tx.execute(CHALLENGE_KEEPING, token, reference, text, until)
    return status == "UPDATE 1"


async def settle_keeping(
    tx: Tx,
    keeping: Keeping,
    state: KeepingState,
    *,
    before: "Collection[KeepingState]",
    failed: KeepingFailed | None = None,
) -> bool:
    """Moves a visit to what came of its try; whether it was in a state to be moved from."""
    status: str = await tx.execute(
        SETTLE_KEEPING,
        keeping.token,
        keeping.reference,
        state,
        failed.reason if failed else "",
        failed.explanation if failed else "",
        sorted(before),
    )
    return status == "UPDATE 1"


async def lapse_keepings_of(tx: Tx, owner: CardOwner) -> None:
    """Ends a customer's open visits."""
    await tx.execute(LAPSE_KEEPINGS_OF, owner.partner_id, owner.customer_id)


async def lapse_keepings(connection: Connection, *, now: datetime, at_most: int) -> None:
    """Ends visits that took too long."""
    await connection.execute(LAPSE_KEEPINGS, now, at_most)


async def delete_keepings(connection: Connection, *, before: datetime, at_most: int) -> None:
    """Deletes visits that are over and ended before a moment."""
    await connection.execute(DELETE_KEEPINGS, before, at_most)


def _keeping(row: "Record") -> Keeping:
    return Keeping(
        owner=CardOwner(PartnerId(row["partner_id"]), CustomerId(row["customer_id"])),
        token=KeepingToken(row["token"]),
        reference=row["reference"],
        acquirer=row["acquirer"],
        state=KeepingState(row["state"]),
        busy_until=row["busy_until"],
        tries=row["tries"],
        challenge=_CHALLENGE.decode(row["challenge"]) if row["challenge"] else None,
        is_default=row["is_default"],
        language=Language(row["language"]),
        reason=row["reason"],
        explanation=row["explanation"],
        lapses_at=row["lapses_at"],
    )


_CHALLENGE = msgspec.json.Decoder(Challenge)
