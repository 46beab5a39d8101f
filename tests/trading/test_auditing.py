"""The audit finds each rule of trading broken that it knows, and nothing on sound books."""

import pytest

from bezant.kernel.db import Tx
from bezant.trading.queries import audit as queries
from tests.factories.databases import undone
from tests.trading.desk import Desk

LINES, JOURNALS, FIXES = queries.CHECKS
ORDER = "UPDATE digital_order SET price = price + 1 WHERE partner_id = $1"
ITEM = "UPDATE digital_order_item SET line = line + 1, tax = 0 WHERE partner_id = $1"
BOTH = (ORDER, ITEM)
GRAMS = "UPDATE digital_order_item SET amount = amount * 2 WHERE partner_id = $1"
GUID = "UPDATE digital_order SET guid = gen_random_uuid() WHERE partner_id = $1"
UNUSED = "UPDATE price_fix SET used_at = NULL WHERE partner_id = $1"
USED = "UPDATE price_fix SET used_at = fixed_at WHERE partner_id = $1"


async def broken(tx: Tx) -> set[str]:
    """The rules that are broken."""
    return {rule for rule in queries.CHECKS if await queries.breaks(tx, rule)}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ((), set()),
        ((ORDER,), {LINES, JOURNALS}),
        ((ITEM,), {LINES}),
        # They add up, but no line is its amount at its price.
        (BOTH, {LINES, JOURNALS}),
        ((GRAMS,), {LINES, JOURNALS}),
        ((GUID,), {JOURNALS}),
        ((UNUSED,), {FIXES}),
        ((USED,), {FIXES}),
    ],
)
async def test_each_rule_is_found_broken(
    desk: Desk, changes: tuple[str, ...], rules: set[str]
) -> None:
    assert (await desk.buy(1)).status == 200
    assert (await desk.sell(0.5)).status == 200
    await desk.fix()

    async with undone(desk.db) as tx:
        for change in changes:
            await tx.execute(change, desk.partner_id)
        found = await broken(tx)

    assert found == rules
