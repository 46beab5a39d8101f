"""Staff finds deliveries by what people call them, and reads all that is known of one."""

from typing import Final

from bezant.catalog import service as catalog
from bezant.delivery.model import promise_of
from bezant.kernel.db import Connection
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import at_once
from bezant.orders.model import NoSuchOrder
from bezant.trading import store
from bezant.trading.deliveries import DeliveryFile, DeliveryRow
from bezant.trading.queries import deliveries as queries

MAX_NAMESAKES: Final = 5


async def namesakes(
    connection: Connection, name: str, partner_id: PartnerId | None
) -> list[DeliveryRow]:
    """The deliveries with this code or guid or, of a partner that is given, with its own id."""
    return await queries.namesakes(connection, name, partner_id, limit=MAX_NAMESAKES)


async def read_file(connection: Connection, row: DeliveryRow) -> DeliveryFile:
    """All that is known of a delivery; on a snapshot, all of one moment. Raises `NoSuchOrder`."""
    (order,) = await at_once(connection, store.read_order(row.partner_id, guid=row.guid))
    if order is None or order.delivery is None:
        raise NoSuchOrder
    promised = promise_of(row.partner_id, row.guid)
    serials = await catalog.serials_of_order(connection, promised.partner_id, promised.order_id)
    return DeliveryFile(
        partner=row.partner,
        order=order,
        shipment=order.delivery,
        serials=serials.get(order.delivery.goods.product_id, ()),
    )


async def oldest(
    connection: Connection, partner_id: PartnerId | None, *, with_ended: bool, at_most: int
) -> list[DeliveryRow]:
    """Deliveries of all partners or one, the oldest first; only those under way unless told."""
    return await queries.oldest(connection, partner_id, with_ended=with_ended, limit=at_most)
