"""The audit finds each rule of deliveries broken that it knows, and nothing on sound books."""

import pytest

from bezant.delivery.model import ShipmentStatus
from bezant.kernel.db import Tx
from bezant.trading.queries import delivery_audit as queries
from tests.factories.databases import undone
from tests.trading.deliveries import Shop, advance, ordered

SHIPMENTS, FIGURES, BLOCKED, MOVED, PROMISED = queries.CHECKS
ORDER = "UPDATE digital_order SET status_id = 3 WHERE partner_id = $1 AND kind = 'delivery'"
STATUS = "UPDATE shipment SET status = 'preparing' WHERE partner_id = $1 AND status = 'ordered'"
SENT = "UPDATE shipment SET status = 'shipped' WHERE partner_id = $1 AND status = 'preparing'"
KEPT = "UPDATE shipment SET status = 'preparing' WHERE partner_id = $1 AND status = 'cancelled'"
COST = "UPDATE shipment SET insurance = insurance + 1 WHERE partner_id = $1"
PIECES = "UPDATE shipment SET amount = amount + 1 WHERE partner_id = $1"
PRICE = "UPDATE digital_order SET price = price + 1 WHERE partner_id = $1 AND kind = 'delivery'"
GRAMS = "UPDATE digital_order_item SET amount = amount + 1 WHERE partner_id = $1 AND price = 0"
HOLD = """
    UPDATE ledger_hold SET state = 'released', ended_at = held_at
     WHERE partner_id = $1 AND state = 'live'
"""
NO_PROMISE = "DELETE FROM stock_reservation WHERE partner_id = $1"
LOOSE = "UPDATE stock_reservation SET order_id = order_id - 1 WHERE partner_id = $1"
GONE = "DELETE FROM digital_order_item WHERE partner_id = $1 AND price = 0"


async def broken(tx: Tx) -> set[str]:
    """The rules that are broken."""
    return {rule for rule in queries.CHECKS if await queries.breaks(tx, rule)}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (None, set()),
        (ORDER, {SHIPMENTS}),
        (STATUS, {SHIPMENTS}),
        (SENT, {SHIPMENTS, BLOCKED, MOVED, PROMISED}),
        (KEPT, {SHIPMENTS, BLOCKED, MOVED, PROMISED}),
        (COST, {FIGURES}),
        (PIECES, {FIGURES, PROMISED}),
        (PRICE, {FIGURES, MOVED}),
        (GRAMS, {FIGURES, BLOCKED, MOVED}),
        (HOLD, {BLOCKED}),
        (NO_PROMISE, {PROMISED}),
        (LOOSE, {PROMISED}),
        (GONE, {FIGURES}),
    ],
)
async def test_each_rule_is_found_broken(shop: Shop, change: str | None, rules: set[str]) -> None:
    for way in (
        (),
        (ShipmentStatus.PREPARING,),
        (ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED),
        (ShipmentStatus.CANCELLED,),
    ):
        delivery = await ordered(shop.desk, shop.bar.sku)
        for status in way:
            await advance(shop.desk, delivery, status)

    async with undone(shop.desk.db) as tx:
        if change is not None:
            await tx.execute(change, shop.desk.partner_id)
        found = await broken(tx)

    assert found == rules
