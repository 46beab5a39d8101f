"""Staff finds orders by what people call them, and reads all that happened to one."""

from bezant.catalog import service as catalog
from bezant.checkout import reading
from bezant.checkout.files import OrderFile, OrderName, OrderRow, OrdersWanted, SeveralOrders
from bezant.checkout.queries import staff as queries
from bezant.kernel.db import Connection
from bezant.kernel.ids import PartnerId
from bezant.kernel.texts import Language
from bezant.orders.model import NoSuchOrder


async def find_order(connection: Connection, name: str, partner_id: PartnerId | None) -> OrderName:
    """The order with this code or number or, of a partner that is given, with its own id.

    Raises `NoSuchOrder`, `SeveralOrders`.
    """
    found = await queries.namesakes(connection, name, partner_id)
    if not found:
        raise NoSuchOrder
    if len(found) > 1:
        orders = ", ".join(f"{each.increment_id} of {each.partner}" for each in found)
        raise SeveralOrders(name=name, orders=orders)
    return found[0]


async def newest_orders(connection: Connection, wanted: OrdersWanted) -> list[OrderRow]:
    """Orders of all partners or one, the newest first."""
    return await queries.newest(connection, wanted)


async def read_file(connection: Connection, name: OrderName, *, language: Language) -> OrderFile:
    """All that is known of an order; on a snapshot, all of one moment. Raises `NoSuchOrder`."""
    key = (name.partner_id, name.order_id)
    return OrderFile(
        name=name,
        view=await reading.show_order(connection, *key, language=language),
        serials=await catalog.serials_of_order(connection, *key),
        charges=await queries.charges_of(connection, *key),
        refunds=await queries.refunds_of(connection, *key),
        history=await queries.history_of(connection, *key),
    )
