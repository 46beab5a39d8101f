"""The audit finds each rule of metal paid for by card broken, and nothing on sound books."""

import pytest

from bezant.kernel.db import Tx
from bezant.trading.queries import card_audit as queries
from tests.factories.acquirer import Turn
from tests.factories.databases import undone
from tests.trading.counters import Counter

SUMS, TAKEN, BOOKED, UNBOOKED = queries.CHECKS
PRICE = "UPDATE digital_order SET price = price + 1 WHERE partner_id = $1"
OF_NOBODY = "UPDATE payment SET digital_order_id = -payment_id WHERE partner_id = $1"
CANCELLED = "UPDATE digital_order SET status_id = 4 WHERE partner_id = $1 AND status_id = 5"
COMPLETED = """
    UPDATE digital_order SET status_id = 5, waits_until = NULL
     WHERE partner_id = $1 AND status_id = 2
"""
GUID = "UPDATE digital_order SET guid = gen_random_uuid() WHERE partner_id = $1 AND status_id = 5"
NOT_TAKEN = """
    UPDATE payment SET state = 'failed', cost = 0, captured = 0
     WHERE partner_id = $1 AND state = 'success'
"""


async def broken(tx: Tx) -> set[str]:
    """The rules that are broken."""
    return {rule for rule in queries.CHECKS if await queries.breaks(tx, rule)}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (None, set()),
        (PRICE, {SUMS}),
        (OF_NOBODY, {SUMS, TAKEN, BOOKED}),
        (CANCELLED, {TAKEN}),
        (COMPLETED, {TAKEN}),
        (GUID, {BOOKED}),
        (NOT_TAKEN, {TAKEN, BOOKED, UNBOOKED}),
    ],
)
async def test_each_rule_is_found_broken(
    counter: Counter, change: str | None, rules: set[str]
) -> None:
    for turn in (Turn.CAPTURED, Turn.DECLINED, Turn.UNDECIDED):
        await counter.buy_with(turn)

    async with undone(counter.desk.db) as tx:
        if change is not None:
            await tx.execute(change, counter.desk.partner_id)
        found = await broken(tx)

    assert found == rules
