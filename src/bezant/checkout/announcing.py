"""What partners are told of an order, written in the transaction that makes it so."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from bezant.checkout import reading
from bezant.checkout.views import OrderView
from bezant.kernel.db import Tx
from bezant.kernel.ids import wire_guid
from bezant.kernel.money import MINOR_UNITS_PLACES, exact_decimal
from bezant.kernel.steps import Step, at_once
from bezant.orders.model import Order, OrderStatus
from bezant.payments.model import PaymentState
from bezant.webhooks.model import EventType, NewEvent, order_stream
from bezant.webhooks.service import events as webhooks


class OrderNews(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of an order's events, as it is when the event happens."""

    guid: str
    order_code: str
    external_id: str
    increment_id: str
    cart_token: str
    customer_external_id: str
    status_id: int
    status_name: str
    currency_code: str
    total: Decimal
    payment_cost: Decimal
    paid_total: Decimal
    payment_state: PaymentState
    refunded_amount: Decimal
    error_code: str
    error_message: str
    cargo_tracking_number: str
    cargo_tracking_url: str


_BY_STATUS = {
    OrderStatus.CANCELLED: EventType.ORDER_CANCELLED,
    OrderStatus.COMPLETED: EventType.ORDER_COMPLETED,
    OrderStatus.REFUNDED: EventType.ORDER_REFUNDED,
}


def events_of_status(status: OrderStatus) -> list[EventType]:
    """What a change to this status is announced as."""
    named = _BY_STATUS.get(status)
    return [EventType.ORDER_STATUS_CHANGED, *([named] if named else [])]


async def announce(tx: Tx, view: OrderView, types: Sequence[EventType], *, now: datetime) -> None:
    """Tells an order's partner what has just happened to it, in this order.

    The caller holds the order's lock.
    """
    await at_once(tx, news(view, types, now=now))


def news(view: OrderView, types: Sequence[EventType], *, now: datetime) -> Step[None]:
    """The same as a step of the statement that makes it happen."""
    told, stream = _news(view), order_stream(view.order_id)
    events = [NewEvent(type_, stream, told) for type_ in types]
    return webhooks.news(view.partner_id, events, now=now)


async def announce_order(
    tx: Tx, order: Order, types: Sequence[EventType], *, now: datetime
) -> None:
    """The same of a locked order, as it is read at this moment."""
    view = await reading.show_order(tx, order.partner_id, order.order_id, language=order.language)
    await announce(tx, view, types, now=now)


def _news(view: OrderView) -> OrderNews:
    total, cost, payment = view.figures.total, view.cost, view.payment
    return OrderNews(
        guid=wire_guid(view.guid),
        order_code=view.order_code,
        external_id=view.external_id,
        increment_id=view.increment_id,
        cart_token=view.token,
        customer_external_id=view.customer.external_id,
        status_id=view.status,
        status_name=view.status.shown,
        currency_code=view.currency,
        total=_number(total.minor),
        payment_cost=_number(cost.minor),
        paid_total=_number((total + cost).minor),
        payment_state=payment.state,
        refunded_amount=_number(payment.refunded),
        error_code=payment.charge.reason if payment.charge else "",
        error_message=payment.charge.explanation if payment.charge else "",
        cargo_tracking_number=view.cargo_number,
        cargo_tracking_url=view.cargo_url,
    )


def _number(minor: int) -> Decimal:
    return exact_decimal(minor, places=MINOR_UNITS_PLACES)
