"""Staff finds deliveries by what people call them, and sees which are under way."""

from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.ids import PartnerId
from bezant.trading.deliveries import DeliveryRow
from bezant.trading.queries import deliveries as queries

MAX_NAMESAKES: Final = 5


async def namesakes(
    connection: Connection, name: str, partner_id: PartnerId | None
) -> list[DeliveryRow]:
    """The deliveries with this code or guid or, of a partner that is given, with its own id."""
    return await queries.namesakes(connection, name, partner_id, limit=MAX_NAMESAKES)


async def oldest(
    connection: Connection, partner_id: PartnerId | None, *, with_ended: bool, at_most: int
) -> list[DeliveryRow]:
    """Deliveries of all partners or one, the oldest first; only those under way unless told."""
    return await queries.oldest(connection, partner_id, with_ended=with_ended, limit=at_most)
