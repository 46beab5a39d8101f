"""What partners are told of an order of digital metal, in the statement that makes it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from bezant.delivery.model import Shipment, ShipmentStatus
from bezant.kernel.ids import wire_guid
from bezant.kernel.money import MINOR_UNITS_PLACES, Money, exact_decimal
from bezant.kernel.steps import Step
from bezant.trading.model import DigitalOrder, TradeKind
from bezant.webhooks.model import EventType, NewEvent, Stream
from bezant.webhooks.service import events as webhooks


class DigitalOrderNews(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of an order's events."""

    guid: str
    order_code: str
    external_id: str | None
    type: str
    customer_external_id: str | None
    status_id: int
    status_name: str
    currency_code: str
    price: Decimal
    tax: Decimal
    total: Decimal
    items: list["NewsItem"]


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of it."""

    sku: str
    amount: Decimal
    price: Decimal
    total: Decimal


class DeliveryNews(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of `delivery.status_changed`: how far the pieces are, and how to follow them."""

    guid: str
    order_code: str
    external_id: str | None
    customer_external_id: str | None
    status_id: int
    status_name: str
    carrier: str | None
    cargo_tracking_url: str | None
    cargo_tracking_number: str | None
    products: list["DeliveryNewsItem"]


class DeliveryNewsItem(msgspec.Struct, frozen=True):
    """So many pieces of a product."""

    product_id: int
    sku: str
    amount: int


class BalanceNews(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of `balance.changed`: by how much, and because of which order.

    Without a customer it is the partner's own; its cash is then its settlement's.
    """

    customer_external_id: str | None
    guid: str
    external_id: str | None
    changes: list["BalanceChange"]


class BalanceChange(msgspec.Struct, frozen=True, kw_only=True):
    """So much more of an asset, or less."""

    sku: str
    amount: Decimal


def order_stream(order: DigitalOrder) -> Stream:
    """The stream of an order."""
    return Stream(f"digital-order:{wire_guid(order.guid)}")


def news(order: DigitalOrder, *, now: datetime) -> Step[None]:
    """Tells the order and what it moved; comes after the step that locks the accounts."""
    told, stream = _order_news(order), order_stream(order)
    balances = Stream(f"balance:{order.customer_id or 'partner'}")
    events = [
        NewEvent(EventType.ORDER_CREATED, stream, told),
        NewEvent(EventType.ORDER_COMPLETED, stream, told),
        NewEvent(EventType.BALANCE_CHANGED, balances, _balance_news(order)),
    ]
    return webhooks.news(order.partner_id, events, now=now)


def news_of_card(order: DigitalOrder, types: Sequence[EventType], *, now: datetime) -> Step[None]:
    """Tells what has become of an order that a card is to pay, and of the metal if it did.

    Comes after the step that locks the accounts.
    """
    told, stream = _order_news(order), order_stream(order)
    events = [NewEvent(type_, stream, told) for type_ in types]
    if EventType.ORDER_COMPLETED in types:
        balances = Stream(f"balance:{order.customer_id}")
        events.append(NewEvent(EventType.BALANCE_CHANGED, balances, _balance_news(order)))
    return webhooks.news(order.partner_id, events, now=now)


def news_of_delivery(
    order: DigitalOrder, types: Sequence[EventType], *, now: datetime
) -> Step[None]:
    """Tells how far a delivery is, and what that moved; comes after what locks the accounts."""
    shipment, stream = order.delivery, order_stream(order)
    assert shipment is not None
    told = _order_news(order)
    events = [NewEvent(type_, stream, told) for type_ in types]
    events.append(
        NewEvent(EventType.DELIVERY_STATUS_CHANGED, stream, _delivery_news(order, shipment))
    )
    changes = list(_changes_of_delivery(order, shipment.status))
    if changes:
        balances = Stream(f"balance:{order.customer_id}")
        told_of = _changed(order, changes)
        events.append(NewEvent(EventType.BALANCE_CHANGED, balances, told_of))
    return webhooks.news(order.partner_id, events, now=now)


def _delivery_news(order: DigitalOrder, shipment: Shipment) -> DeliveryNews:
    goods, parcel = shipment.goods, shipment.parcel
    return DeliveryNews(
        guid=wire_guid(order.guid),
        order_code=order.order_code,
        external_id=order.external_id,
        customer_external_id=order.customer.external_id if order.customer else None,
        status_id=order.status,
        status_name=order.status.shown,
        carrier=parcel.carrier or None,
        cargo_tracking_url=parcel.tracking_url or None,
        cargo_tracking_number=parcel.tracking_number or None,
        products=[DeliveryNewsItem(goods.product_id, goods.sku, goods.amount)],
    )


def _changes_of_delivery(order: DigitalOrder, status: ShipmentStatus) -> Iterator[BalanceChange]:
    cash = Money.zero(order.currency)
    if status is ShipmentStatus.ORDERED:
        cash = order.topup - order.total
    elif status is ShipmentStatus.CANCELLED:
        cash = order.total
    elif status is ShipmentStatus.SHIPPED:
        for line in order.lines:
            yield BalanceChange(sku=line.asset.sku, amount=(-line.amount).decimal)
    if cash:
        yield BalanceChange(sku=order.currency, amount=_number(cash))


def _order_news(order: DigitalOrder) -> DigitalOrderNews:
    return DigitalOrderNews(
        guid=wire_guid(order.guid),
        order_code=order.order_code,
        external_id=order.external_id,
        type=order.kind.value.title(),
        customer_external_id=order.customer.external_id if order.customer else None,
        status_id=order.status,
        status_name=order.status.shown,
        currency_code=order.currency,
        price=_number(order.price),
        tax=_number(order.tax),
        total=_number(order.total),
        items=[
            NewsItem(
                sku=line.asset.sku,
                amount=line.amount.decimal,
                price=_number(line.price),
                total=_number(line.total),
            )
            for line in order.lines
        ],
    )


def _balance_news(order: DigitalOrder) -> BalanceNews:
    return _changed(order, list(_changes(order)))


def _changed(order: DigitalOrder, changes: list[BalanceChange]) -> BalanceNews:
    return BalanceNews(
        customer_external_id=order.customer.external_id if order.customer else None,
        guid=wire_guid(order.guid),
        external_id=order.external_id,
        changes=changes,
    )


def _changes(order: DigitalOrder) -> Iterator[BalanceChange]:
    buys = order.kind is TradeKind.BUY
    for line in order.lines:
        amount = line.amount if buys else -line.amount
        yield BalanceChange(sku=line.asset.sku, amount=amount.decimal)
    cash = order.topup - order.total if buys else order.total
    # What a card has paid was in no account here.
    if cash and order.payment is None:
        yield BalanceChange(sku=order.currency, amount=_number(cash))


def _number(amount: Money) -> Decimal:
    return exact_decimal(amount.minor, places=MINOR_UNITS_PLACES)
