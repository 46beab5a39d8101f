"""Answers kept so that the repetition of a request gets the first one's answer.

The answer is stored in the transaction that did the work: either both are there or
neither, whatever is killed when. The claim on a key is a transaction's advisory lock, so
a claim never outlives the process that made it.
"""

from datetime import datetime

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import BezantError, Kind
from bezant.partners.model import REPLY_LIFE, Reply, ReplyKey
from bezant.partners.store import replies as store


class KeyUsedForAnotherRequest(BezantError):
    """The same idempotency key came with another request before."""

    kind = Kind.INVALID
    text = "idempotency.another_request"


class StillRunning(BezantError):
    """The first request with this idempotency key has not been answered yet."""

    kind = Kind.CONFLICT
    text = "idempotency.still_running"


async def claim(tx: Tx, key: ReplyKey, *, request_mac: bytes, now: datetime) -> Reply | None:
    """The kept answer to this request, or None when the caller is the first and is to work.

    Raises `StillRunning` and `KeyUsedForAnotherRequest`.
    """
    if not await store.try_lock(tx, key):
        raise StillRunning
    kept = await store.select_reply(tx, key, now=now)
    if kept is not None and kept.request_mac != request_mac:
        raise KeyUsedForAnotherRequest
    return kept


async def keep(tx: Tx, key: ReplyKey, reply: Reply, *, now: datetime) -> None:
    """Keeps an answer for 24 hours."""
    await store.upsert_reply(tx, key, reply, expires_at=now + REPLY_LIFE)


async def forget_expired(connection: Connection, *, now: datetime) -> int:
    """Forgets answers past their 24 hours; how many."""
    return await store.delete_expired(connection, now=now)
