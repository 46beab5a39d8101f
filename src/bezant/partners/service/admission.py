"""Admission: a request whose digest is right is let in once, and within its allowance."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.steps import Step
from bezant.partners.model import Admission, Credential, NonceUse, RequestKind
from bezant.partners.store import admission as store

EPOCH_BYTES: Final = 16
_SWEEP_ROWS: Final = 20_000


async def current_epoch(connection: Connection) -> bytes:
    """The epoch that nonces are issued under; a new one after the database crashed."""
    return await store.insert_epoch(connection, os.urandom(EPOCH_BYTES))


def admit(
    credential: Credential,
    use: NonceUse,
    read: Callable[[Admission], None],
    *,
    kind: RequestKind,
    now: datetime,
) -> Step[None]:
    """Marks the nonce use and takes one request from the allowance, or says why not.

    `read` is given the verdict, and may refuse. The statement is a transaction of its own: a
    use stays used whatever the request does later. Two requests with the same (nonce, nc)
    pair: one is admitted, the other `STALE`.
    """
    return store.admit(credential, use, read, kind=kind, now=now)


async def forget_old_nonces(connection: Connection, *, before: bytes) -> int:
    """Forgets the uses of nonces issued before the time that `before` encodes; how many.

    Works in short statements, so that admission never waits long behind it.
    """
    forgotten = 0
    while True:
        gone = await store.delete_old_nonces(connection, before=before, at_most=_SWEEP_ROWS)
        forgotten += gone
        if gone < _SWEEP_ROWS:
            return forgotten
