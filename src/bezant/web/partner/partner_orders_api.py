"""The operations that list orders of digital metal; `api` puts these among all the others."""

from typing import Final

from bezant.partners.model import Scope
from bezant.web.operations import Group, Method, Operation
from bezant.web.paging import Paginator
from bezant.web.partner.routes import partner_orders
from bezant.web.partner.wire.digital_orders import WireDigitalOrder
from bezant.web.partner.wire.partner_orders import PartnerOrdersQuery

PARTNER_ORDERS: Final = (
    Operation(
        method=Method.GET,
        path="/partner/orders",
        name="listDigitalOrders",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="List orders of digital metal",
        text="One page of the partner's orders, newest first unless sorted otherwise.",
        query=PartnerOrdersQuery,
        returns=Paginator[WireDigitalOrder],
        handler=partner_orders.list_digital_orders,
    ),
)
