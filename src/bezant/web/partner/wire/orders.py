"""Orders on the wire: the Ecom Order once it is one, and what asks for it."""

from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, field

from bezant.checkout.views import OrderView
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId, wire_guid
from bezant.kernel.paging import Page
from bezant.kernel.texts import Text
from bezant.legal.model import DocumentType
from bezant.orders.model import OrderFilter, OrderSort, OrderStatus
from bezant.web.paging import Paginator, paginate
from bezant.web.partner.wire.addresses import full_address, shipping_address
from bezant.web.partner.wire.baskets import (
    EcomOrder,
    FirstDay,
    LastDay,
    OrderDelivery,
    Showing,
    days_between,
    ecom_item,
)
from bezant.web.partner.wire.customers import basket_customer
from bezant.web.partner.wire.payments import CardPayment, PaymentWay, wire_payment
from bezant.web.partner.wire.values import (
    CartTokenText,
    CustomerRef,
    MoneyNumber,
    PageNumber,
    money,
    utc_micros,
)

CREATION_STATUS_ORDER: Final = "order"
DEFAULT_ROWS: Final = 10
ONE_TO_ONE: Final = Decimal(1)

OrderRef = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=110,
        description="The partner's own id of the order.",
        examples=["ORDER-2024-000123"],
    ),
]
OrderRows = Annotated[int, Meta(ge=5, le=30, description="Rows to a page; 10 unless given.")]
StatusList = Annotated[
    str,
    Meta(
        max_length=200,
        description="Ids or names of statuses, parted by commas.",
        examples=["Completed"],
    ),
]


OrderedSku = Annotated[
    str,
    Meta(min_length=3, max_length=21, description="A product in the order.", examples=["MNT0001"]),
]


class AcceptedLegal(Struct, frozen=True, kw_only=True):
    """A legal document that the customer has accepted."""

    type: DocumentType
    version: Annotated[int, Meta(ge=1, le=1_000_000)]


class BasketComplete(Struct, frozen=True, kw_only=True):
    """Which basket becomes an order, under which id, and how it is paid.

    `total`, if sent, is the sum that the customer was shown: an order at another is refused
    with 410 and the basket as it is.
    """

    external_customer_id: CustomerRef
    cart_token: CartTokenText
    external_id: OrderRef
    payment_type: PaymentWay
    payment: CardPayment | None = None
    legals: Annotated[list[AcceptedLegal], Meta(max_length=10)] = []
    note: Annotated[str, Meta(max_length=500)] | None = None
    total: MoneyNumber | None = None


class SortType(StrEnum):
    """Which way a list runs."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class OrdersQuery(Struct, frozen=True, kw_only=True):
    """Which orders, and how they are sorted. The two dates come together or not at all."""

    page: PageNumber | None = None
    total: OrderRows | None = None
    customer_external_id: CustomerRef | None = None
    sku: OrderedSku | None = None
    sort_by: OrderSort | None = field(default=None, name="sortBy")
    sort_type: SortType | None = field(default=None, name="sortType")
    status: StatusList | None = None
    start_date: FirstDay | None = field(default=None, name="startDate")
    end_date: LastDay | None = field(default=None, name="endDate")


class OrderGet(Struct, frozen=True, kw_only=True):
    """Which order, or basket, of whom."""

    customer_external_id: CustomerRef
    cart_token: CartTokenText


def order_filter(query: OrdersQuery, partner_id: PartnerId, zone: tzinfo) -> OrderFilter:
    """What a list of orders is about. Raises `Invalid`."""
    return OrderFilter(
        partner_id=partner_id,
        external_customer_id=query.customer_external_id,
        sku=query.sku,
        statuses=_statuses(query.status),
        days=days_between(query.start_date, query.end_date, zone),
        sort=query.sort_by or OrderSort.CREATED_AT,
        descending=query.sort_type is not SortType.ASCENDING,
    )


def ecom_orders_page(page: Page[OrderView], showing: Showing) -> Paginator[EcomOrder]:
    """A page of orders as it is answered."""
    return paginate(page, lambda view: ecom_order_of(view, showing))


def ecom_order_of(view: OrderView, showing: Showing) -> EcomOrder:
    """An order as it is answered."""
    figures, total, cost = view.figures, view.figures.total, view.cost
    return EcomOrder(
        pricefix=UNSET,
        id=view.order_id,
        guid=wire_guid(view.guid),
        order_creation_status=CREATION_STATUS_ORDER,
        external_id=view.external_id,
        increment_id=view.increment_id,
        token=view.token,
        price=money(figures.price),
        tax=money(figures.tax),
        delivery_price=money(figures.shipping),
        insurance_price=money(figures.insurance),
        market_commission=money(figures.commission),
        minted_markup_price=money(figures.minted_markup),
        silver_craftsmanship=money(figures.silver_craft),
        total=money(total),
        payment_cost=money(cost),
        paid_total=money(total + cost),
        currency_code=view.currency,
        status_id=int(view.status),
        status_name=view.status.shown,
        customer=basket_customer(view.customer.external_id, view.customer.person),
        shippingaddress=shipping_address(view.shipping_address),
        billingaddress=full_address(view.billing_address),
        payment=wire_payment(
            view.payment, showing.base_url, waits=view.status is OrderStatus.PENDING
        ),
        order_at=utc_micros(view.ordered_at),
        items=[ecom_item(item, showing) for item in view.items],
        currency_rate=ONE_TO_ONE,
        currency_total=money(total + cost),
        delivery=OrderDelivery(
            cargo_tracking_number=view.cargo_number or None,
            cargo_tracking_url=view.cargo_url or None,
        ),
    )


def _statuses(text: str | None) -> frozenset[OrderStatus] | None:
    """Statuses by id or name; none named is all. Raises `Invalid` for one that there is not."""
    if text is None:
        return None
    found = set()
    for part in filter(None, map(str.strip, text.split(","))):
        status = _STATUSES.get(part.casefold())
        if status is None:
            choices = ", ".join(each.shown for each in OrderStatus)
            raise Invalid({"status": [Text("field.choice", {"choices": choices})]})
        found.add(status)
    return frozenset(found) or None


_STATUSES: Final = {
    name: status for status in OrderStatus for name in (str(int(status)), status.shown.casefold())
}
