"""The list of orders of digital metal on the wire."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from bezant.kernel.paging import Page
from bezant.trading.model import DigitalOrder, TradeKind
from bezant.web.paging import Paginator, paginate
from bezant.web.partner.wire.digital_orders import (
    OrderShowing,
    WireDigitalOrder,
    digital_order,
)
from bezant.web.partner.wire.orders import OrdersQuery

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


class PartnerOrdersQuery(OrdersQuery, frozen=True, kw_only=True):
    """Which orders, and how they are sorted. The two dates come together or not at all."""

    sku: ListedSku | None = None
    type: OrderType | None = None

    @property
    def kind(self) -> TradeKind | None:
        """The type, as trading says it."""
        return None if self.type is None else _KINDS[self.type]


def digital_orders_page(
    page: Page[DigitalOrder], showing: OrderShowing
) -> Paginator[WireDigitalOrder]:
    """A page of orders as it is answered, each as a single one is."""
    return paginate(page, lambda order: digital_order(order, showing))
