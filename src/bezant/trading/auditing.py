"""The audit of trading: recomputes from the database what must hold, and names what does not."""

from collections.abc import Mapping, Sequence

from bezant.kernel.db import Database
from bezant.trading.queries import audit as queries
from bezant.trading.queries import card_audit as cards
from bezant.trading.queries import delivery_audit as deliveries


async def audit(db: Database) -> Mapping[str, Sequence[str]]:
    """Every rule with what breaks it, all of one snapshot; on sound books, nothing does."""
    async with db.snapshot() as connection:
        found = {rule: await queries.breaks(connection, rule) for rule in queries.CHECKS}
        for rule in deliveries.CHECKS:
            found[rule] = await deliveries.breaks(connection, rule)
        for rule in cards.CHECKS:
            found[rule] = await cards.breaks(connection, rule)
    return found
