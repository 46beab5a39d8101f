"""The routes of the list of orders of digital metal."""

from bezant.kernel.db import Connection
from bezant.kernel.paging import PageRequest
from bezant.trading import reading
from bezant.web.call import Answer, Call
from bezant.web.paging import Paginator
from bezant.web.partner.wire.digital_orders import OrderShowing, WireDigitalOrder
from bezant.web.partner.wire.orders import DEFAULT_ROWS, order_filter
from bezant.web.partner.wire.partner_orders import (
    PartnerOrdersQuery,
    digital_orders_page,
)


async def list_digital_orders(call: Call, query: PartnerOrdersQuery) -> Answer:
    """One page of the partner's orders of digital metal."""
    zone = call.rules.time_zone
    wanted = order_filter(query, call.partner_id, zone)
    page = PageRequest(query.page or 1, query.total or DEFAULT_ROWS)

    async def work(connection: Connection) -> Paginator[WireDigitalOrder]:
        found = await reading.list_orders(connection, wanted, kind=query.kind, page=page)
        return digital_orders_page(found, OrderShowing(call.language, zone, call.rules.base_url))

    return await call.read(work)
