"""Deliveries as staff looks for them, across partners; for a person and not for a request."""

from typing import TYPE_CHECKING, Final

import msgspec

from bezant.customers.model import AddressDetails
from bezant.delivery.model import ShipmentStatus
from bezant.kernel.db import Connection
from bezant.kernel.ids import PartnerId
from bezant.ledger.assets import Amount, Asset
from bezant.trading.deliveries import DeliveryRow

if TYPE_CHECKING:
    from asyncpg import Record

_ADDRESS: Final = msgspec.json.Decoder(AddressDetails)

_ROW: Final = """
    SELECT o.partner_id, o.guid, t.code AS partner, o.order_code, o.external_id, o.ordered_at,
           coalesce(c.external_id, '') AS customer, i.asset, i.amount AS grams, s.sku, s.amount,
           s.status, s.carrier, s.tracking_number, s.ship_to
      FROM digital_order o
      JOIN shipment s USING (partner_id, guid)
      JOIN digital_order_item i USING (partner_id, order_id)
      JOIN partner t USING (partner_id)
      JOIN customer c USING (partner_id, customer_id)
"""

# A partner's own id of an order is only a name beside the partner's.
SELECT_NAMESAKES: Final = f"""
    {_ROW}
     WHERE (o.order_code = upper($1) OR upper(o.guid::text) = upper($1)
            OR o.partner_id = $2::bigint AND o.external_id = $1)
       AND ($2::bigint IS NULL OR o.partner_id = $2)
     ORDER BY o.ordered_at DESC, o.order_id DESC LIMIT $3
"""

SELECT_OLDEST: Final = f"""
    {_ROW}
     WHERE ($1::bigint IS NULL OR o.partner_id = $1)
       AND (s.status IN ('ordered', 'preparing', 'shipped') OR $2)
     ORDER BY o.ordered_at, o.order_id LIMIT $3
"""


async def namesakes(
    connection: Connection, name: str, partner_id: PartnerId | None, *, limit: int
) -> list[DeliveryRow]:
    """The deliveries that are called so, the newest first."""
    rows = await connection.fetch(SELECT_NAMESAKES, name, partner_id, limit)
    return [_row(row) for row in rows]


async def oldest(
    connection: Connection, partner_id: PartnerId | None, *, with_ended: bool, limit: int
) -> list[DeliveryRow]:
    """Deliveries of all partners or one, the oldest first; those that have ended if wanted."""
    rows = await connection.fetch(SELECT_OLDEST, partner_id, with_ended, limit)
    return [_row(row) for row in rows]


def _row(row: "Record") -> DeliveryRow:
    return DeliveryRow(
        partner_id=PartnerId(row["partner_id"]),
        guid=row["guid"],
        partner=row["partner"],
        order_code=row["order_code"],
        external_id=row["external_id"],
        customer=row["customer"],
        ordered_at=row["ordered_at"],
        grams=Amount(row["grams"], Asset[row["asset"]]),
        sku=row["sku"],
        amount=row["amount"],
        status=ShipmentStatus(row["status"]),
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        ship_to=_ADDRESS.decode(row["ship_to"]),
    )
