"""Orders of digital metal on the wire: what asks for one, and the contract's Order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct, structs

from bezant.customers.model import AccountType, Gender, NewCustomer
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId, wire_guid
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language, Text
from bezant.ledger.assets import Asset
from bezant.orders.model import OrderStatus
from bezant.trading.model import (
    MAX_ITEMS,
    RESERVED_IDS,
    DigitalOrder,
    Trade,
    TradedLine,
    TradeKind,
    Wish,
)
from bezant.trading.reading import OrderName
from bezant.web.partner.wire.customers import (
    BasketCustomer,
    Birthdate,
    CustomerCreate,
    Email,
    IdentityNumber,
    Name,
    NewId,
    Phone,
    basket_customer,
    new_customer,
)
from bezant.web.partner.wire.delivery_sheet import (
    OrderAddress,
    WireDelivery,
    order_address,
    wire_delivery,
)
from bezant.web.partner.wire.digital_prices import product_id
from bezant.web.partner.wire.orders import ONE_TO_ONE, OrderRef
from bezant.web.partner.wire.payments import (
    CardPayment,
    PaymentWay,
    WirePayment,
    wire_payment,
)
from bezant.web.partner.wire.pricefix import (
    DigitalSku,
    PriceToken,
    read_asset,
    read_grams,
    read_money,
)
from bezant.web.partner.wire.values import (
    CustomerRef,
    GramNumber,
    Id,
    MoneyNumber,
    RateNumber,
    SpotNumber,
    local_seconds,
    minor,
    money,
    percent,
    spot,
)

NO_COST: Final = Decimal(0)


class CashOnly(StrEnum):
    """How it is paid."""

    CASH = "cash"


class DigitalItem(Struct, frozen=True, kw_only=True):
    """So many grams; without `amount`, what the total of the fix buys."""

    sku: DigitalSku
    amount: GramNumber | None = None


class DigitalBuyer(Struct, frozen=True, kw_only=True):
    """Who buys. One who is not known yet is entered; one who is stays as known."""

    external_id: NewId
    identity_number: IdentityNumber
    firstname: Name
    lastname: Name
    email: Email
    phone: Phone
    middlename: Name | None = None
    gender: Gender | None = None
    birthdate: Birthdate | None = None


class DigitalSeller(Struct, frozen=True, kw_only=True):
    """Who sells."""

    external_id: CustomerRef


class TopUp(Struct, frozen=True, kw_only=True):
    """Cash that the partner has collected: it is credited, and the order is paid from it."""

    price: MoneyNumber


Items = Annotated[list[DigitalItem], Meta(min_length=1, max_length=MAX_ITEMS)]


class DigitalBuy(Struct, frozen=True, kw_only=True):
    """What is bought at the prices of a fix. Without a customer the partner buys for itself."""

    price_token: PriceToken
    items: Items
    external_id: OrderRef | None = None
    currency_code: Currency | None = None
    customer: DigitalBuyer | None = None
    topup: TopUp | None = None
    payment_type: PaymentWay | None = None
    payment: CardPayment | None = None


class DigitalSell(Struct, frozen=True, kw_only=True):
    """What is sold at the prices of a fix. Without a customer the partner sells its own."""

    price_token: PriceToken
    items: Items
    external_id: OrderRef | None = None
    currency_code: Currency | None = None
    customer: DigitalSeller | None = None


class DigitalOrderPath(Struct, frozen=True):
    """The place of an order in a path."""

    external_order_id: OrderRef


class DigitalOrderGet(Struct, frozen=True, kw_only=True):
    """Which order; all that is sent must fit it. `push_hook` sends its webhooks again."""

    guid: UUID | None = None
    order_code: Annotated[str, Meta(pattern="^[A-Z0-9]{8}$")] | None = None
    external_id: OrderRef | None = None
    push_hook: bool | None = None


class DigitalOrderItem(Struct, frozen=True, kw_only=True):
    """A line: `price` is a gram's, `total` is what is paid.

    Of a delivery the metal costs nothing, and `total` is what delivering it costs.
    """

    sku: str
    product_id: int
    product_name: str
    spot_price: SpotNumber
    price: MoneyNumber
    tax_rate: RateNumber
    tax: MoneyNumber
    amount: GramNumber
    total: MoneyNumber


class WireDigitalOrder(Struct, frozen=True, kw_only=True):
    """An order of digital metal."""

    guid: str
    order_code: str
    external_id: str | None
    type: str
    price: MoneyNumber
    tax: MoneyNumber
    total: MoneyNumber
    payment_cost: MoneyNumber
    currency_code: str
    status_name: str
    order_at: str
    items: list[DigitalOrderItem]
    customer: BasketCustomer | None
    payment_type: str
    payment: WirePayment | None
    delivery: WireDelivery | None
    address: OrderAddress
    description: str
    id: Id
    channel: str
    tx_type: str
    price_token: str | None
    currency_rate: MoneyNumber
    currency_total: MoneyNumber
    status_id: int


class OrderResponse(Struct, frozen=True, kw_only=True):
    """What came of buying or selling."""

    order_code: list[str]
    guid: list[str]
    price: MoneyNumber
    tax: MoneyNumber
    total: MoneyNumber
    order_at: str
    orders: list[WireDigitalOrder]


class WireStatus(Struct, frozen=True, kw_only=True):
    """A status: `name` is never translated, `text` is in the request's language."""

    id: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderShowing:
    """How an order is told: in which language and time zone, and where our own pages are."""

    language: Language
    zone: tzinfo
    base_url: str


def order_response(order: DigitalOrder, showing: OrderShowing) -> OrderResponse:
    """An order that was made, as it is answered."""
    at = local_seconds(order.ordered_at, showing.zone)
    return OrderResponse(
        order_code=[order.order_code],
        guid=[wire_guid(order.guid)],
        price=money(order.price),
        tax=money(order.tax),
        total=money(order.total),
        order_at=at,
        orders=[_wire_order(order, at, showing)],
    )


def digital_order(order: DigitalOrder, showing: OrderShowing) -> WireDigitalOrder:
    """An order as it is read; its time has a form of its own here."""
    return _wire_order(order, _day_first(order.ordered_at, showing.zone), showing)


def order_items(order: DigitalOrder, language: Language) -> list[DigitalOrderItem]:
    """The lines of an order; metal that is delivered was bought before, so it has no price."""
    is_delivery = order.kind is TradeKind.DELIVERY
    return [
        _item(line, NO_COST if is_delivery else spot(line.spot), language) for line in order.lines
    ]


def order_statuses(language: Language) -> list[WireStatus]:
    """Every status that an order can have."""
    return [
        WireStatus(
            id=int(status),
            name=status.shown,
            text=Text(f"order.status.{status.name.lower()}").into(language),
        )
        for status in OrderStatus
    ]


def order_name(sent: DigitalOrderGet, partner_id: PartnerId) -> OrderName:
    """Which order is meant. Raises `Invalid` when nothing is named."""
    if sent.guid is None and sent.order_code is None and sent.external_id is None:
        names = ("guid", "order_code", "external_id")
        text = Text("field.one_of", {"names": ", ".join(names)})
        raise Invalid({name: [text] for name in names})
    return OrderName(
        partner_id=partner_id,
        guid=sent.guid,
        order_code=sent.order_code,
        external_id=sent.external_id,
    )


def order_external_id(text: str | None) -> str | None:
    """The partner's own id, which is no word of the paths. Raises `Invalid`."""
    if text is not None and text in RESERVED_IDS:
        raise Invalid.field("external_id", "field.reserved")
    return text


class Asked(Struct, frozen=True, kw_only=True):
    """Who asks for an order, and by which rules."""

    partner_id: PartnerId
    channel: str
    asked_mac: bytes
    checks_numbers: bool


def bought(sent: DigitalBuy, asked: Asked) -> Trade:
    """What was sent, as trading takes it. Raises `Invalid`."""
    topup = None
    if sent.payment_type is PaymentWay.CREDIT_CARD:
        _require_whole(sent)
    if sent.topup is not None:
        if sent.customer is None:
            raise Invalid.field("topup", "trading.topup_of_whom")
        currency = sent.currency_code or Currency.TRY
        topup = read_money(sent.topup.price, currency, field="topup.price")
    newcomer = None if sent.customer is None else _newcomer(sent.customer, asked)
    return Trade(
        partner_id=asked.partner_id,
        kind=TradeKind.BUY,
        token=sent.price_token,
        currency=sent.currency_code,
        external_id=order_external_id(sent.external_id),
        customer=None if newcomer is None else newcomer.external_id,
        newcomer=newcomer,
        wishes=_wishes(sent.items),
        topup=topup,
        channel=asked.channel,
        asked_mac=asked.asked_mac,
    )


def sold(sent: DigitalSell, asked: Asked) -> Trade:
    """What was sent, as trading takes it. Raises `Invalid`."""
    return Trade(
        partner_id=asked.partner_id,
        kind=TradeKind.SELL,
        token=sent.price_token,
        currency=sent.currency_code,
        external_id=order_external_id(sent.external_id),
        customer=None if sent.customer is None else sent.customer.external_id,
        newcomer=None,
        wishes=_wishes(sent.items),
        topup=None,
        channel=asked.channel,
        asked_mac=asked.asked_mac,
    )


def _require_whole(sent: DigitalBuy) -> None:
    """A card is a customer's, and pays for all of it."""
    missing = {name for name in ("customer", "payment") if getattr(sent, name) is None}
    wrong = {name: [Text("field.required")] for name in sorted(missing)}
    if sent.topup is not None:
        wrong["topup"] = [Text("trading.topup_with_card")]
    if wrong:
        raise Invalid(wrong)


def _newcomer(sent: DigitalBuyer, asked: Asked) -> NewCustomer:
    create = CustomerCreate(**structs.asdict(sent), account_type=AccountType.PERSON)
    try:
        return new_customer(create, channel=asked.channel, checks_numbers=asked.checks_numbers)
    except Invalid as error:
        raise Invalid({f"customer.{path}": texts for path, texts in error.fields.items()}) from None


def _wishes(items: Sequence[DigitalItem]) -> list[Wish]:
    if not items:
        raise Invalid.field("items", "field.required")
    wishes: list[Wish] = []
    seen: set[Asset] = set()
    for place, item in enumerate(items):
        asset = read_asset(item.sku, field=f"items.{place}.sku")
        if asset in seen:
            raise Invalid.field(f"items.{place}.sku", "trading.sku_twice")
        seen.add(asset)
        amount = None
        if item.amount is not None:
            amount = read_grams(item.amount, asset, field=f"items.{place}.amount")
        wishes.append(Wish(asset, amount))
    return wishes


def _wire_order(order: DigitalOrder, at: str, showing: OrderShowing) -> WireDigitalOrder:
    customer, shipment, payment = order.customer, order.delivery, order.payment
    language = showing.language
    return WireDigitalOrder(
        guid=wire_guid(order.guid),
        order_code=order.order_code,
        external_id=order.external_id,
        type=order.kind.value.title(),
        price=money(order.price),
        tax=money(order.tax),
        total=money(order.total),
        payment_cost=NO_COST if payment is None else minor(payment.cost_so_far),
        currency_code=order.currency,
        status_name=order.status.shown,
        order_at=at,
        items=order_items(order, language),
        customer=None
        if customer is None
        else basket_customer(customer.external_id, customer.person),
        payment_type=PaymentWay.CASH if payment is None else PaymentWay.CREDIT_CARD,
        payment=None
        if payment is None
        else wire_payment(payment, showing.base_url, waits=order.waits),
        delivery=None if shipment is None else wire_delivery(shipment, language),
        address=OrderAddress() if shipment is None else order_address(shipment),
        description=", ".join(
            f"{line.amount.decimal:f}gr - #{line.asset.sku}" for line in order.lines
        ),
        id=order.order_id,
        channel=order.channel,
        tx_type=order.kind,
        price_token=order.token,
        currency_rate=ONE_TO_ONE,
        currency_total=money(order.total),
        status_id=int(order.status),
    )


def _item(line: TradedLine, spot_price: Decimal, language: Language) -> DigitalOrderItem:
    return DigitalOrderItem(
        sku=line.asset.sku,
        product_id=product_id(line.asset),
        product_name=Text(f"asset.{line.asset.sku.lower()}").into(language),
        spot_price=spot_price,
        price=money(line.price),
        tax_rate=percent(line.tax_rate),
        tax=money(line.tax),
        amount=line.amount.decimal,
        total=money(line.total),
    )


def _day_first(at: datetime, zone: tzinfo) -> str:
    """`05-08-2024 15:47`."""
    return at.astimezone(zone).strftime("%d-%m-%Y %H:%M")
