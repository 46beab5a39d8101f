"""Kept answers in the database."""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.partners.model import Reply, ReplyKey

# The lock's number is a hash: two keys that share one only make each other wait their turn.
TRY_LOCK: Final = """
    SELECT pg_try_advisory_xact_lock(hashtextextended($2, $1))
"""

SELECT_REPLY: Final = """
    SELECT request_mac, status, body FROM idempotent_reply
     WHERE partner_id = $1 AND credential_id = $2 AND key = $3 AND expires_at > $4
"""

UPSERT_REPLY: Final = """
    INSERT INTO idempotent_reply
        (partner_id, credential_id, key, request_mac, status, body, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (partner_id, credential_id, key) DO UPDATE
       SET request_mac = excluded.request_mac, status = excluded.status,
           body = excluded.body, expires_at = excluded.expires_at
"""

DELETE_EXPIRED_REPLIES: Final = """
    DELETE FROM idempotent_reply WHERE expires_at <= $1
"""


async def try_lock(tx: Tx, key: ReplyKey) -> bool:
    """Whether nobody else is working on this key; the lock ends with the transaction."""
    mine: bool = await tx.fetchval(TRY_LOCK, key.credential_id, key.key)
    return mine


async def select_reply(tx: Tx, key: ReplyKey, *, now: datetime) -> Reply | None:
    """The answer kept for this key, unless it has expired."""
    row = await tx.fetchrow(SELECT_REPLY, key.partner_id, key.credential_id, key.key, now)
    return Reply(row["request_mac"], row["status"], row["body"]) if row else None


async def upsert_reply(tx: Tx, key: ReplyKey, reply: Reply, *, expires_at: datetime) -> None:
    """Keeps an answer, in place of an expired one."""
    await tx.execute(
        UPSERT_REPLY,
        key.partner_id,
        key.credential_id,
        key.key,
        reply.request_mac,
        reply.status,
        reply.body,
        expires_at,
    )


async def delete_expired(connection: Connection, *, now: datetime) -> int:
    """Forgets answers that have expired; how many."""
    status: str = await connection.execute(DELETE_EXPIRED_REPLIES, now)
    return int(status.removeprefix("DELETE "))
