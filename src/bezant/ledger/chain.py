"""The chain: each journal of a book hashed together with the one before it.

Invariants: a hash is over a journal's whole content, its accounts' owners and assets included,
so nothing of it can be changed without changing every hash that follows; the first journal of a
book stands on 32 bytes of zero. Whoever keeps the last hash elsewhere can tell a book that was
written anew from its beginning.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec

from bezant.kernel.ids import PartnerId
from bezant.ledger.model import JournalId

GENESIS: Final = bytes(32)


class ChainedLine(msgspec.Struct, frozen=True, array_like=True):
    """A posting as it is hashed."""

    line: int
    owner_kind: str
    holder: int
    asset: str
    amount: int
    balance_after: int | None


class ChainedJournal(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A journal as it is hashed: an array in JSON, in this order of fields."""

    partner_id: PartnerId
    journal_id: JournalId
    kind: str
    reference_kind: str
    reference: str
    description: str
    posted_at: datetime
    lines: Sequence[ChainedLine]


def hash_of(journal: ChainedJournal, *, previous: bytes) -> bytes:
    """SHA-256 of the hash before and the journal in canonical JSON, its time in UTC."""
    told = msgspec.structs.replace(journal, posted_at=journal.posted_at.astimezone(UTC))
    return sha256(previous + msgspec.json.encode(told)).digest()
