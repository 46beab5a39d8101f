"""Baskets on the wire: the Ecom Order while it is not an order yet."""

from datetime import date, datetime, tzinfo
from functools import cache
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType, field

from bezant.baskets.model import MAX_AMOUNT, BasketView
from bezant.kernel.days import Days
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import wire_guid
from bezant.kernel.money import Money, exact_decimal
from bezant.kernel.paging import Page
from bezant.kernel.texts import Language, Text
from bezant.payments.model import InstalmentRate
from bezant.pricing.lines import ItemView
from bezant.pricing.model import PARTS_AS_SHOWN
from bezant.web.paging import Paginator, paginate
from bezant.web.partner.wire.addresses import (
    BillingInput,
    FullAddress,
    ShippingAddress,
    ShippingInput,
    full_address,
    shipping_address,
)
from bezant.web.partner.wire.catalog import picture_urls
from bezant.web.partner.wire.customers import BasketCustomer, basket_customer
from bezant.web.partner.wire.payments import WirePayment
from bezant.web.partner.wire.values import (
    WEIGHT_PLACES,
    CardBin,
    CartTokenText,
    CustomerRef,
    GramNumber,
    Id,
    MoneyNumber,
    PageNumber,
    RateNumber,
    Sku,
    iso_local,
    minor,
    money,
    percent,
    utc_micros,
)

DEFAULT_ROWS: Final = 10
MAX_ROWS: Final = 100
STATUS_CREATED: Final = (1, "Created")
CREATION_STATUS_BASKET: Final = "basket"

Rows = Annotated[int, Meta(ge=1, le=MAX_ROWS, description="Rows to a page; 10 unless given.")]
Amount = Annotated[int, Meta(ge=1, le=MAX_AMOUNT, description="Pieces.", examples=[1])]
FirstDay = Annotated[date, Meta(description="First day, `YYYY-MM-DD`.")]
LastDay = Annotated[date, Meta(description="Last day, `YYYY-MM-DD`, included.")]


class BasketsQuery(Struct, frozen=True, kw_only=True):
    """Whose incomplete baskets, of which days. The two dates come together or not at all."""

    customer_external_id: CustomerRef
    page: PageNumber | None = None
    total: Rows | None = None
    start_date: FirstDay | None = field(default=None, name="startDate")
    end_date: LastDay | None = field(default=None, name="endDate")
    card_bin: CardBin | None = None


class BasketQuery(Struct, frozen=True, kw_only=True):
    """Which basket of whom."""

    customer_external_id: CustomerRef
    cart_token: CartTokenText
    card_bin: CardBin | None = None


class BasketAdd(Struct, frozen=True, kw_only=True):
    """What to put into a basket; without `cart_token` a new basket is made."""

    external_customer_id: CustomerRef
    sku: Sku
    amount: Amount
    cart_token: CartTokenText | None = None
    card_bin: CardBin | None = None


class BasketUpdate(Struct, frozen=True, kw_only=True):
    """How many pieces of a product a basket is to hold; 0 removes it."""

    external_customer_id: CustomerRef
    cart_token: CartTokenText
    sku: Sku
    amount: Annotated[int, Meta(ge=0, le=MAX_AMOUNT, description="Pieces; 0 removes.")]
    card_bin: CardBin | None = None


class BasketRemove(Struct, frozen=True, kw_only=True):
    """Which product to take out of which basket."""

    external_customer_id: CustomerRef
    cart_token: CartTokenText
    sku: Sku


class BasketEmpty(Struct, frozen=True, kw_only=True):
    """Which basket to empty."""

    external_customer_id: CustomerRef
    cart_token: CartTokenText


class BasketSetAddress(Struct, frozen=True, kw_only=True):
    """Where a basket goes and to whom its invoice; stored addresses may be named by id."""

    external_customer_id: CustomerRef
    cart_token: CartTokenText
    shipping: ShippingInput | None = None
    billing: BillingInput | None = None
    shipping_id: Id | None = None
    billing_id: Id | None = None
    card_bin: CardBin | None = None


class PriceFix(Struct, frozen=True, kw_only=True):
    """The hold on a basket's prices. `remaining` is in seconds.

    `updated` says that a price moved since it was last shown.
    """

    remaining: int
    next_update: str = field(name="nextUpdate")
    updated: bool


class PricePart(Struct, frozen=True, kw_only=True):
    """A part of a piece's price above its metal value."""

    id: int
    name: str
    price: MoneyNumber


class EcomOrderItem(Struct, frozen=True, kw_only=True):
    """So many pieces of a product. `price` is that of one piece, `tax` that of all."""

    item_currency_id: Id
    item_currency_name: str
    product_id: Id
    sku: str
    product_name: str
    product_weight: GramNumber
    price: MoneyNumber
    tax_rate: RateNumber
    tax: MoneyNumber
    amount: int
    total: MoneyNumber
    product_images: tuple[str, ...]
    prices: list[PricePart]


class OrderDelivery(Struct, frozen=True, kw_only=True):
    """How the parcel of an order is followed; null until it is on its way."""

    cargo_tracking_number: str | None
    cargo_tracking_url: str | None


class EcomOrder(Struct, frozen=True, kw_only=True):
    """A basket or an order. `pricefix` is there when one basket is answered, not in a list.

    The last three fields are an order's.
    """

    pricefix: PriceFix | UnsetType = UNSET
    id: Id
    guid: str
    order_creation_status: str
    external_id: str | None
    increment_id: str
    token: str
    price: MoneyNumber
    tax: MoneyNumber
    delivery_price: MoneyNumber
    insurance_price: MoneyNumber
    market_commission: MoneyNumber
    minted_markup_price: MoneyNumber
    silver_craftsmanship: MoneyNumber
    total: MoneyNumber
    payment_cost: MoneyNumber
    paid_total: MoneyNumber
    currency_code: str
    status_id: int
    status_name: str
    customer: BasketCustomer
    shippingaddress: ShippingAddress | None
    billingaddress: FullAddress | None
    payment: WirePayment | None
    order_at: str
    items: list[EcomOrderItem]
    currency_rate: RateNumber | UnsetType = UNSET
    currency_total: MoneyNumber | UnsetType = UNSET
    delivery: OrderDelivery | UnsetType = UNSET


class Showing(Struct, frozen=True, kw_only=True):
    """How baskets are shown to a caller: language, addresses of pictures, and a card."""

    language: Language
    base_url: str
    card: InstalmentRate | None


def days_of(query: BasketsQuery, zone: tzinfo) -> Days | None:
    """The days that a list is about. Raises `Invalid` unless both dates or none came."""
    return days_between(query.start_date, query.end_date, zone)


def days_between(first: date | None, last: date | None, zone: tzinfo) -> Days | None:
    """The days between two dates. Raises `Invalid` unless both came or none."""
    if first is None and last is None:
        return None
    if first is None or last is None:
        missing = "startDate" if first is None else "endDate"
        raise Invalid({missing: [Text("field.dates_together")]})
    if last < first:
        raise Invalid({"endDate": [Text("field.end_before_start")]})
    return Days.between(first, last, zone=zone)


def price_fix(hold_expires_at: datetime, *, updated: bool, now: datetime, zone: tzinfo) -> PriceFix:
    """The hold as it is answered at `now`."""
    return PriceFix(
        remaining=int((hold_expires_at - now).total_seconds()),
        next_update=iso_local(hold_expires_at, zone),
        updated=updated,
    )


def ecom_orders(page: Page[BasketView], showing: Showing) -> Paginator[EcomOrder]:
    """A page of one customer's baskets as it is answered."""
    customer = _customer(page.rows[0]) if page.rows else None
    return paginate(page, lambda view: ecom_order(view, showing, customer=customer))


def ecom_order(
    view: BasketView,
    showing: Showing,
    *,
    pricefix: PriceFix | UnsetType = UNSET,
    customer: BasketCustomer | None = None,
) -> EcomOrder:
    """A basket as it is answered; `customer` is its customer if rendered already."""
    figures, shipping, billing = view.figures, view.shipping_address, view.billing_address
    total = figures.total
    cost = showing.card.cost(total) if showing.card else Money.zero(view.currency)
    status_id, status_name = STATUS_CREATED
    return EcomOrder(
        pricefix=pricefix,
        id=view.basket_id,
        guid=wire_guid(view.guid),
        order_creation_status=CREATION_STATUS_BASKET,
        external_id=None,
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
        status_id=status_id,
        status_name=status_name,
        customer=customer or _customer(view),
        shippingaddress=shipping_address(shipping) if shipping else None,
        billingaddress=full_address(billing) if billing else None,
        payment=None,
        order_at=utc_micros(view.ordered_at),
        items=[ecom_item(item, showing) for item in view.items],
    )


def _customer(view: BasketView) -> BasketCustomer:
    return basket_customer(view.customer.external_id, view.customer.person)


def ecom_item(item: ItemView, showing: Showing) -> EcomOrderItem:
    """A line as it is answered."""
    amounts = (item.minted_markup, item.insurance, item.shipping, item.commission)
    return EcomOrderItem(
        item_currency_id=item.asset_id,
        item_currency_name=item.asset_name,
        product_id=item.product_id,
        sku=item.sku,
        product_name=item.name,
        product_weight=exact_decimal(item.weight_ug, places=WEIGHT_PLACES),
        price=minor(item.price),
        tax_rate=percent(item.tax_rate),
        tax=minor(item.tax),
        amount=item.amount,
        total=minor(item.total),
        product_images=picture_urls(item.sku, showing.base_url),
        prices=[
            PricePart(id=number, name=name, price=minor(amount))
            for (number, name), amount in zip(parts_shown(showing.language), amounts, strict=True)
        ],
    )


@cache
def parts_shown(language: Language) -> tuple[tuple[int, str], ...]:
    """The number and name of each part of a price, in the order in which they are shown."""
    return tuple(
        (int(part), Text(f"part.{part.name.lower()}").into(language)) for part in PARTS_AS_SHOWN
    )
