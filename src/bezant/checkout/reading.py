"""Orders as they are read by a partner."""

from bezant.checkout import queries
from bezant.checkout.views import OrderFilter, OrderView
from bezant.kernel.db import Connection
from bezant.kernel.ids import CartToken, OrderId, PartnerId
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language
from bezant.orders.model import NoSuchOrder


async def show_order(
    connection: Connection, partner_id: PartnerId, order_id: OrderId, *, language: Language
) -> OrderView:
    """One order of a partner. Raises `NoSuchOrder`."""
    view = await queries.order_by_id(connection, partner_id, order_id, language=language)
    if view is None:
        raise NoSuchOrder
    return view


async def find_order_of_token(
    connection: Connection, named: tuple[PartnerId, str, CartToken], *, language: Language
) -> OrderView | None:
    """The order by `(partner, external customer id, token)`; None while it is a basket."""
    return await queries.order_of_token(connection, named, language=language)


async def find_order_of_code(
    connection: Connection, named: tuple[PartnerId, str, str], *, language: Language
) -> OrderView:
    """The order by `(partner, external customer id, order code)`. Raises `NoSuchOrder`."""
    view = await queries.order_of_code(connection, named, language=language)
    if view is None:
        raise NoSuchOrder
    return view


async def list_orders(
    connection: Connection, wanted: OrderFilter, *, page: PageRequest, language: Language
) -> Page[OrderView]:
    """One page of a partner's orders."""
    return await queries.list_orders(connection, wanted, page=page, language=language)
