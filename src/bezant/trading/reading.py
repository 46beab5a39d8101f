"""Orders of digital metal, read again, and told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.steps import at_once
from bezant.orders.model import NoSuchOrder, OrderFilter
from bezant.trading import store
from bezant.trading.announcing import order_stream
from bezant.trading.model import DigitalOrder, TradeKind
from bezant.trading.queries import orders as queries
from bezant.webhooks.model import Resend
from bezant.webhooks.service import events as webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderName:
    """What an order is known by; all that is given must fit it."""

    partner_id: PartnerId
    guid: UUID | None = None
    order_code: str | None = None
    external_id: str | None = None


async def find_order(connection: Connection, name: OrderName) -> DigitalOrder:
    """The order. Raises `NoSuchOrder`."""
    (found,) = await at_once(
        connection,
        store.read_order(
            name.partner_id, guid=name.guid, code=name.order_code, external_id=name.external_id
        ),
    )
    if found is None:
        raise NoSuchOrder
    return found


async def orders_called(
    connection: Connection, name: str, partner_id: PartnerId
) -> Sequence[DigitalOrder]:
    """The orders of a partner with this code, or with this id of the partner's own."""
    by_code, by_id = await at_once(
        connection,
        store.read_order(partner_id, code=name.upper()),
        store.read_order(partner_id, external_id=name),
    )
    found = {each.order_id: each for each in (by_code, by_id) if each is not None}
    return list(found.values())


async def list_orders(
    connection: Connection, wanted: OrderFilter, *, kind: TradeKind | None, page: PageRequest
) -> Page[DigitalOrder]:
    """One page of a partner's orders, of one kind if it is given."""
    return await queries.list_orders(connection, wanted, kind=kind, page=page)


async def tell_again(tx: Tx, order: DigitalOrder, *, now: datetime) -> int:
    """Sends the events of an order again, under their old ids; how many they are."""
    wanted = Resend(partner_id=order.partner_id, stream=order_stream(order), undelivered_only=False)
    return await webhooks.resend(tx, wanted, now=now)
