"""Orders as they are read by a partner."""

from dataclasses import replace

from bezant.checkout.deals import Parties, deal_of_order
from bezant.checkout.queries import orders as queries
from bezant.checkout.views import OrderView
from bezant.kernel.db import Connection, Database
from bezant.kernel.ids import CartToken, OrderId, PartnerId
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language
from bezant.legal.model import Deal
from bezant.orders.model import NoSuchOrder, OrderFilter


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


async def deal_of(
    db: Database, partner_id: PartnerId, order_id: OrderId, *, parties: Parties
) -> Deal:
    """An order as its legal documents say it, in its own language. Raises `NoSuchOrder`."""
    async with db.reading() as connection:
        named = await queries.seller_and_language(connection, partner_id, order_id)
        if named is None:
            raise NoSuchOrder
        seller, language = named
        view = await show_order(connection, partner_id, order_id, language=language)
    return deal_of_order(view, replace(parties, seller=seller), language=language)
