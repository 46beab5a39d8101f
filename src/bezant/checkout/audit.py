"""The audit: recomputes from the database what must hold, and names what does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bezant.checkout.queries import audit as queries
from bezant.kernel.db import Database
from bezant.kernel.money import Currency

PATIENCE: Final = timedelta(minutes=15)
"""How long past its time something may be before it counts as forgotten."""
MAX_NOT_TAKEN: Final = 200
"""How many charges are looked through for one that was taken and not heard of."""
OVERDUE: Final = "nothing is left under way past its time"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that has to hold, and what breaks it."""

    rule: str
    breaks: Sequence[str]


@dataclass(frozen=True, slots=True)
class TakenAt:
    """What an acquirer took and gave back, in minor units of one currency."""

    captured: int
    refunded: int


async def audit(db: Database, *, now: datetime) -> list[Finding]:
    """Every rule with what breaks it; on sound books, none is broken.

    All of it is read in one snapshot, so what happens meanwhile does not look like a break.
    """
    async with db.snapshot() as connection:
        findings = [
            Finding(rule, await queries.breaks(connection, rule)) for rule in queries.CHECKS
        ]
        late = await queries.overdue(connection, before=now - PATIENCE)
    return [*findings, Finding(OVERDUE, late)]


async def taken_at(db: Database, acquirer: str) -> dict[Currency, TakenAt]:
    """What an acquirer took and gave back by our books, to be held against its own."""
    async with db.reading() as connection:
        found = await queries.taken(connection, acquirer)
    return {currency: TakenAt(*sums) for currency, sums in found.items()}


async def not_taken_at(db: Database, acquirer: str) -> list[str]:
    """References of charges that nothing was taken by, as far as we know; the newest first."""
    async with db.reading() as connection:
        return await queries.not_taken(connection, acquirer, at_most=MAX_NOT_TAKEN)
