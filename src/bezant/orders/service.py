"""The verbs of orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CartToken, CustomerId, OrderId, PartnerId
from bezant.kernel.steps import Step, at_once, must
from bezant.orders import store
from bezant.orders.model import NewOrder, NoSuchOrder, Order, OrderStatus, StatusChange, require_way

OVERDUE_BATCH: Final = 100


def enter_order(new: NewOrder, *, cause: str, now: datetime) -> Step[None]:
    """Enters an order, beside the step that ends its basket. Raises `ExternalIdUsed`."""
    return store.enter_order(new, cause=cause, now=now)


async def lock_order(tx: Tx, partner_id: PartnerId, order_id: OrderId) -> Order:
    """The order, locked until this transaction ends. Raises `NoSuchOrder`."""
    order = await store.lock_order(tx, partner_id, order_id)
    if order is None:
        raise NoSuchOrder
    return order


async def lock_order_of_basket(tx: Tx, partner_id: PartnerId, token: CartToken) -> Order | None:
    """The order that a basket has become, locked; None while it is a basket, or unknown."""
    return await store.lock_order_by_token(tx, partner_id, token)


async def change_status(
    tx: Tx, order: Order, after: OrderStatus, *, cause: str, now: datetime
) -> StatusChange:
    """Takes a locked order to another status. Raises `NoWayThere`."""
    require_way(order.status, after)
    change = StatusChange(order.status, after, cause, now)
    await at_once(tx, must(store.change_status(order.partner_id, order.order_id, change)))
    return change


def confirm(partner_id: PartnerId, order_id: OrderId, *, cause: str, now: datetime) -> Step[None]:
    """A waiting order is paid; one that waits no longer is none for this."""
    change = StatusChange(OrderStatus.PENDING, OrderStatus.PAYMENT_CONFIRMED, cause, now)
    require_way(change.before, change.after)
    return must(store.change_status(partner_id, order_id, change))


async def ask_again(
    tx: Tx, order: Order, *, asked_mac: bytes, reserved_until: datetime, now: datetime
) -> None:
    """Notes another call that asked for a locked, waiting order to be paid."""
    await store.update_asked(tx, order, asked_mac=asked_mac, reserved_until=reserved_until, now=now)


async def keep_reserved(
    tx: Tx, partner_id: PartnerId, order_id: OrderId, *, until: datetime, now: datetime
) -> None:
    """Keeps a waiting order's pieces for it at least until then."""
    await store.keep_reserved(tx, partner_id, order_id, until=until, now=now)


async def overdue_orders(
    connection: Connection, *, now: datetime
) -> Sequence[tuple[PartnerId, OrderId]]:
    """Orders that have waited for their payment for too long; at most `OVERDUE_BATCH`."""
    return await store.select_overdue(connection, now=now, at_most=OVERDUE_BATCH)


async def orders_to_invoice(tx: Tx, at_most: int) -> Sequence[tuple[PartnerId, OrderId]]:
    """The oldest paid orders whose invoice is to be issued, locked; others skip them."""
    return await store.lock_to_invoice(tx, at_most=at_most)


async def mark_invoiced(tx: Tx, orders: Sequence[tuple[PartnerId, OrderId]]) -> None:
    """Notes that locked orders have their invoices."""
    await store.update_invoiced(tx, orders)


async def set_cargo(tx: Tx, order: Order, *, number: str, url: str, now: datetime) -> None:
    """Sets the number and the address by which a locked order's parcel is followed."""
    await store.update_cargo(tx, order, cargo=(number, url), now=now)


async def has_open_orders(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId
) -> bool:
    """Whether a customer has an order that is not over."""
    return await store.has_open_orders(connection, partner_id, customer_id)
