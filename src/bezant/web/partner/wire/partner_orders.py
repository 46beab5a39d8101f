"""The list of orders of digital metal on the wire."""

from datetime import tzinfo
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from bezant.kernel.ids import PartnerId
from bezant.kernel.paging import Page
from bezant.orders.model import OrderSort
from bezant.trading.model import DigitalOrder, DigitalOrderFilter, TradeKind
from bezant.web.paging import Paginator, paginate
from bezant.web.partner.wire.baskets import FirstDay, LastDay, days_between
from bezant.web.partner.wire.digital_orders import (
    OrderShowing,
    WireDigitalOrder,
    digital_order,
)
from bezant.web.partner.wire.orders import OrderRows, SortType, StatusList, read_statuses
from bezant.web.partner.wire.values import CustomerRef, PageNumber

ListedSku = Annotated[
    str, Meta(min_length=3, max_length=21, description="An asset in the order.", examples=["GAU"])
]


class OrderType(StrEnum):
    """Which way the metal went."""

    BUY = "Buy"
    SELL = "Sell"
    DELIVERY = "Delivery"


_KINDS: Final = {
    OrderType.BUY: TradeKind.BUY,
    OrderType.SELL: TradeKind.SELL,
    OrderType.DELIVERY: TradeKind.DELIVERY,
}


class PartnerOrdersQuery(Struct, frozen=True, kw_only=True):
    """Which orders, and how they are sorted. The two dates come together or not at all."""

    page: PageNumber | None = None
    total: OrderRows | None = None
    type: OrderType | None = None
    customer_external_id: CustomerRef | None = None
    sku: ListedSku | None = None
    sort_by: OrderSort | None = field(default=None, name="sortBy")
    sort_type: SortType | None = field(default=None, name="sortType")
    status: StatusList | None = None
    start_date: FirstDay | None = field(default=None, name="startDate")
    end_date: LastDay | None = field(default=None, name="endDate")


def digital_order_filter(
    query: PartnerOrdersQuery, partner_id: PartnerId, zone: tzinfo
) -> DigitalOrderFilter:
    """What a list of orders is about. Raises `Invalid`."""
    return DigitalOrderFilter(
        partner_id=partner_id,
        external_customer_id=query.customer_external_id,
        sku=query.sku,
        statuses=read_statuses(query.status),
        days=days_between(query.start_date, query.end_date, zone),
        kind=None if query.type is None else _KINDS[query.type],
        sort=query.sort_by or OrderSort.CREATED_AT,
        descending=query.sort_type is not SortType.ASCENDING,
    )


def digital_orders_page(
    page: Page[DigitalOrder], showing: OrderShowing
) -> Paginator[WireDigitalOrder]:
    """A page of orders as it is answered, each as a single one is."""
    return paginate(page, lambda order: digital_order(order, showing))
