"""Staff takes a delivery on: prepared, shipped, delivered, or cancelled.

Invariants: grams leave the account by the transaction in which the shipment is shipped; one that
is cancelled gives back grams, pieces and cash, all by one transaction; each of the two happens
once at most, and not both.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from bezant.catalog import service as catalog
from bezant.delivery import service as delivery
from bezant.delivery.model import Dispatch, ShipmentStatus, promise_of
from bezant.kernel.db import Tx
from bezant.kernel.ids import PartnerId, wire_guid
from bezant.kernel.steps import Step, at_once, deed
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount
from bezant.ledger.model import (
    HOUSE,
    Journal,
    JournalKind,
    Move,
    Reference,
    ReferenceKind,
    customer,
)
from bezant.orders.model import NoSuchOrder
from bezant.trading import store
from bezant.trading.announcing import news_of_delivery
from bezant.trading.delivering import blocked_as
from bezant.trading.model import DigitalOrder
from bezant.vault import service as vault
from bezant.webhooks.model import EventType

_EVENTS = {
    ShipmentStatus.DELIVERED: EventType.ORDER_COMPLETED,
    ShipmentStatus.CANCELLED: EventType.ORDER_CANCELLED,
}


async def advance(
    tx: Tx, partner_id: PartnerId, guid: UUID, dispatch: Dispatch, *, now: datetime
) -> tuple[DigitalOrder, DigitalOrder]:
    """Takes a delivery to another status, and tells its partner; as it was, and as it is.

    The order's row is locked. Raises `NoSuchOrder`, `NoWayForShipment`, and `Invalid` for who
    does it and for what it says of the parcel.
    """
    dispatch.require_sayable()
    await store.lock_order(tx, partner_id, guid)
    (before,) = await at_once(tx, store.read_order(partner_id, guid=guid))
    if before is None or before.delivery is None:
        raise NoSuchOrder
    shipment, step = delivery.advancing((partner_id, guid), before.delivery, dispatch, now=now)
    after = msgspec.structs.replace(before, status=dispatch.to.of_order, delivery=shipment)
    named = _EVENTS.get(dispatch.to)
    events = [EventType.ORDER_STATUS_CHANGED, *([named] if named else [])]
    await at_once(
        tx,
        store.advance_order(before, after.status),
        step,
        *_moving(after, dispatch.to, now=now),
        news_of_delivery(after, events, now=now),
    )
    if dispatch.to is ShipmentStatus.CANCELLED:
        await catalog.give_back(tx, promise_of(partner_id, guid), now=now)
    return before, after


def _moving(order: DigitalOrder, to: ShipmentStatus, *, now: datetime) -> Iterator[Step[None]]:
    """What grams, cash and pieces do when a delivery comes to a status."""
    is_minted = order.delivery is not None and order.delivery.minted
    if to is ShipmentStatus.SHIPPED:
        yield deed(ledger.posting(_shipping(order), now=now))
        if not is_minted:
            yield catalog.sell_reserved(promise_of(order.partner_id, order.guid), now=now)
        yield vault.bought_back([line.amount.weight for line in order.lines])
    if to is ShipmentStatus.CANCELLED:
        yield deed(ledger.releasing(order.partner_id, blocked_as(order), now=now))
        if order.total:
            yield deed(ledger.posting(_giving_back(order), now=now))


def _shipping(order: DigitalOrder) -> Journal:
    """The grams go to the house, which gives a piece of its stock for them."""
    assert order.customer_id is not None
    owner, held = customer(order.customer_id), blocked_as(order)
    return Journal(
        partner_id=order.partner_id,
        kind=JournalKind.DELIVERY,
        reference=held,
        moves=[Move(line.amount, owner, HOUSE) for line in order.lines],
        description=order.order_code,
        consumes=[held],
    )


def _giving_back(order: DigitalOrder) -> Journal:
    """What the delivery has cost goes back to where it was paid from."""
    assert order.customer_id is not None
    return Journal(
        partner_id=order.partner_id,
        kind=JournalKind.DELIVERY,
        reference=Reference(ReferenceKind.CANCELLATION, wire_guid(order.guid)),
        moves=[Move(Amount.of_money(order.total), HOUSE, customer(order.customer_id))],
        description=order.order_code,
    )
