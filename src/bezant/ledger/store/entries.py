"""Journals and holds, each written by one function of the database."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.errors import BezantError
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.steps import DatabaseRefusal, Step
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    Account,
    HoldDiffers,
    HoldId,
    InsufficientBalance,
    Journal,
    JournalDiffers,
    JournalId,
    Line,
    NewHold,
    Owner,
    OwnerKind,
    Posted,
    Reference,
)

POST: Final = """
    SELECT ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

HOLD: Final = """
    SELECT ledger_hold($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

RELEASE: Final = """
    SELECT ledger_release($1, $2, $3, $4)
"""

EXPIRE_DUE: Final = """
    SELECT ledger_expire_due($1, $2)
"""

FALLS_SHORT: Final = "BZ010"
ANOTHER_JOURNAL: Final = "BZ011"
ANOTHER_HOLD: Final = "BZ012"


def post(journal: Journal, *, now: datetime) -> Step[Posted]:
    """Posts it. Refused as `InsufficientBalance`, `JournalDiffers`, `HoldDiffers`."""
    lines = journal.lines()
    args = (
        journal.partner_id,
        journal.kind,
        journal.reference.kind,
        journal.reference.id,
        journal.description,
        [line.account.owner.kind for line in lines],
        [line.account.owner.customer_id for line in lines],
        [line.account.asset.name for line in lines],
        [line.units for line in lines],
        [each.kind for each in journal.consumes],
        [each.id for each in journal.consumes],
        _opened(journal),
        now,
    )
    return Step(POST, args, partial(_posted, lines), _fact)


def hold(partner_id: PartnerId, new: NewHold, *, now: datetime) -> Step[HoldId]:
    """Holds it. Refused as `InsufficientBalance`, `HoldDiffers`."""
    args = (
        partner_id,
        new.owner.kind,
        new.owner.customer_id,
        new.amount.asset.name,
        new.kind,
        new.amount.units,
        new.reference.kind,
        new.reference.id,
        new.expires_at,
        now,
    )
    return Step(HOLD, args, lambda held: HoldId(int(held or 0)), _fact)


def release(partner_id: PartnerId, reference: Reference, *, now: datetime) -> Step[int]:
    """Gives back what is held under a reference; how many holds that were."""
    args = (partner_id, reference.kind, reference.id, now)
    return Step(RELEASE, args, lambda released: int(released or 0))


async def expire_due(connection: Connection, *, limit: int, now: datetime) -> int:
    """Ends holds whose time is over, so many at most; how many they were."""
    ended: int = await connection.fetchval(EXPIRE_DUE, limit, now)
    return ended


_POSTED: Final = msgspec.json.Decoder(tuple[JournalId, datetime, list[int | None]])
_SHORT: Final = msgspec.json.Decoder(tuple[OwnerKind, CustomerId, str, int, int])


def _posted(lines: Sequence[Line], told: str | None) -> Posted:
    assert told is not None, "a journal is posted or refused"
    journal_id, posted_at, balances = _POSTED.decode(told)
    return Posted(
        journal_id,
        posted_at,
        tuple(
            (line.account, Amount(units, line.account.asset))
            for line, units in zip(lines, balances, strict=True)
            if units is not None
        ),
    )


def _opened(journal: Journal) -> str | None:
    if not journal.opens:
        return None
    return msgspec.json.encode(
        [
            (
                each.owner.kind,
                each.owner.customer_id,
                each.amount.asset.name,
                each.kind,
                each.amount.units,
                each.reference.kind,
                each.reference.id,
                each.expires_at,
            )
            for each in journal.opens
        ]
    ).decode()


def _fact(error: DatabaseRefusal) -> BezantError | None:
    """What the ledger refused, if it was the ledger."""
    if error.sqlstate == FALLS_SHORT:
        kind, holder, sku, available, wanted = _SHORT.decode(error.detail or "")
        asset = Asset[sku]
        return InsufficientBalance(
            Account(Owner(kind, holder), asset),
            available=Amount(available, asset),
            wanted=Amount(wanted, asset),
        )
    if error.sqlstate in (ANOTHER_JOURNAL, ANOTHER_HOLD):
        reference = " ".join(msgspec.json.decode(error.detail or "", type=tuple[str, str]))
        if error.sqlstate == ANOTHER_JOURNAL:
            return JournalDiffers(reference=reference)
        return HoldDiffers(reference=reference)
    return None
