"""The operations that list orders of digital metal, and show their invoices."""

from typing import Final

from bezant.legal.model import Format, NoSuchInvoice
from bezant.orders.model import NoSuchOrder
from bezant.partners.model import Scope
from bezant.web.operations import Group, Method, Operation
from bezant.web.paging import Paginator
from bezant.web.partner.routes import invoices, partner_orders
from bezant.web.partner.wire.digital_orders import DigitalOrderPath, WireDigitalOrder
from bezant.web.partner.wire.invoices import WireInvoice
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
    Operation(
        method=Method.GET,
        path="/partner/order/{external_order_id}/invoice",
        name="getInvoice",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="Get an order's invoice",
        text=(
            "The number of the invoice for a purchase, and where its PDF is. It is issued a "
            "moment after the order is complete; what is sold to the operator has none."
        ),
        path_shape=DigitalOrderPath,
        returns=WireInvoice,
        handler=invoices.get_invoice,
        refusals=(NoSuchOrder, NoSuchInvoice),
    ),
    Operation(
        method=Method.GET,
        path="/partner/order/{external_order_id}/invoice.pdf",
        name="printInvoice",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="Print an order's invoice",
        text=(
            "The PDF. The first request makes it, in its own language; every later one is "
            "answered with the same bytes."
        ),
        path_shape=DigitalOrderPath,
        returns=None,
        handler=invoices.print_invoice,
        refusals=(NoSuchOrder, NoSuchInvoice),
        documents=(Format.PDF.media_type,),
    ),
)
