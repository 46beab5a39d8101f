"""Money and metal go back: refunds asked for by staff, sent to the acquirer, and counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bezant.catalog import service as catalog
from bezant.catalog.model import OrderRef
from bezant.checkout.announcing import announce_order, events_of_status
from bezant.checkout.settling import cancel_waiting
from bezant.kernel.db import Tx
from bezant.kernel.errors import BezantError, Invalid, Kind
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Money
from bezant.orders import service as orders
from bezant.orders.model import CAUSE_LENGTH, NoWayThere, Order, OrderStatus, require_name
from bezant.payments.acquirer import RefundOutcome
from bezant.payments.model import DueRefund, PaidFor, RefundVerdict
from bezant.payments.service import charges, refunds
from bezant.payments.service.refunds import RefundWish
from bezant.payments.service.returning import send_refunds
from bezant.payments.till import Till
from bezant.webhooks.model import EventType

REASON_LENGTH: Final = 500

_NOT_SHIPPED: Final = frozenset(
    {
        OrderStatus.PAYMENT_CONFIRMED,
        OrderStatus.PROCESSING,
        OrderStatus.PREPARING,
        OrderStatus.PACKED,
    }
)
"""In these the pieces of an order are still in the house."""


_TAKEN_BACK: Final = frozenset({OrderStatus.REFUNDING, OrderStatus.REFUNDED})


class NothingToRestock(BezantError):
    """The order is not given back, or its pieces are in stock already."""

    kind = Kind.CONFLICT
    text = "order.nothing_to_restock"


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """What staff asks for: an amount or, without one, all that is left; who, and why.

    Raises `Invalid` for a name or a reason that cannot be kept.
    """

    amount: Money | None
    by: str
    reason: str

    def __post_init__(self) -> None:
        require_name(self.by)
        if not 1 <= len(self.reason.strip()) <= len(self.reason) <= REASON_LENGTH:
            raise Invalid.field("reason", "field.length", min=1, max=REASON_LENGTH)


async def refund_order(
    till: Till, partner_id: PartnerId, order_id: OrderId, asked: RefundAsked
) -> RefundVerdict:
    """Gives money of a paid order back; all of it takes the order to Refunding.

    Pieces that have not left the house go back into stock with the last of the money. A
    card's refund is sent by the worker, and right away if it can be. Raises `NoSuchOrder`,
    `NoWayThere`, `NotThatMuchToRefund`.
    """
    verdict = await till.db.write(
        lambda tx: _ask(tx, (partner_id, order_id), asked, now=till.clock.now())
    )
    await send_refunds(till)
    return verdict


async def cancel_order(
    till: Till, partner_id: PartnerId, order_id: OrderId, *, by: str, reason: str
) -> None:
    """Cancels an order that waits for its payment, or gives all back of a paid one.

    Raises `NoSuchOrder`, `NoWayThere` for one that is over already, and `Invalid`.
    """
    asked = RefundAsked(None, by, reason)
    # No refund keeps the reason of an order that nothing was paid for: its history has to.
    cause = f"{by}: {reason}"[:CAUSE_LENGTH]

    async def work(tx: Tx) -> bool:
        order = await orders.lock_order(tx, partner_id, order_id)
        if order.waits:
            await cancel_waiting(tx, order, cause=cause, now=till.clock.now())
        return order.waits

    if not await till.db.write(work):
        await refund_order(till, partner_id, order_id, asked)


async def restock_order(tx: Tx, partner_id: PartnerId, order_id: OrderId, *, now: datetime) -> int:
    """Puts the pieces of a refunded order that have come back into stock; how many.

    Raises `NoSuchOrder`, `NothingToRestock`.
    """
    order = await orders.lock_order(tx, partner_id, order_id)
    if order.status not in _TAKEN_BACK:
        raise NothingToRestock
    pieces = await catalog.give_back(tx, OrderRef(partner_id, order_id), now=now)
    if not pieces:
        raise NothingToRestock
    return pieces


async def hear_refund(till: Till, due: DueRefund, outcome: RefundOutcome) -> RefundVerdict:
    """Writes down what became of a refund, and what it means for its order."""

    async def work(tx: Tx) -> RefundVerdict:
        now = till.clock.now()
        order = await orders.lock_order(tx, due.refund.partner_id, due.order_id)
        payment = await charges.lock_payment(tx, PaidFor.SHOP, order.partner_id, order.order_id)
        verdict = await refunds.settle_refund(tx, payment, due, outcome, now=now)
        await _follow(tx, order, verdict, now=now)
        return verdict

    return await till.db.write(work)


async def _ask(
    tx: Tx, named: tuple[PartnerId, OrderId], asked: RefundAsked, *, now: datetime
) -> RefundVerdict:
    order = await orders.lock_order(tx, *named)
    payment = await charges.lock_payment(tx, PaidFor.SHOP, *named)
    left = Money(payment.captured, payment.currency) - await refunds.committed(tx, payment)
    amount = left if asked.amount is None else asked.amount
    if not payment.captured:
        raise NoWayThere(before=order.status.shown, after=OrderStatus.REFUNDING.shown)
    charge = await charges.captured_charge(tx, payment)
    wish = RefundWish(amount, asked.by, asked.reason)
    verdict = await refunds.ask_refund(tx, payment, charge, wish, now=now)
    if amount == left and order.status is not OrderStatus.REFUNDING:
        change = await orders.change_status(
            tx, order, OrderStatus.REFUNDING, cause=asked.by, now=now
        )
        if change.before in _NOT_SHIPPED:
            await catalog.give_back(tx, OrderRef(*named), now=now)
        await announce_order(tx, order, events_of_status(OrderStatus.REFUNDING), now=now)
        order = await orders.lock_order(tx, *named)
    await _follow(tx, order, verdict, now=now)
    return verdict


async def _follow(tx: Tx, order: Order, verdict: RefundVerdict, *, now: datetime) -> None:
    """What a refund that was done means for its order."""
    match verdict:
        case RefundVerdict.WHOLE if order.status is OrderStatus.REFUNDING:
            status = OrderStatus.REFUNDED
            await orders.change_status(tx, order, status, cause="refund", now=now)
            await announce_order(tx, order, events_of_status(status), now=now)
        case RefundVerdict.WHOLE | RefundVerdict.PART | RefundVerdict.SURPLUS:
            await announce_order(tx, order, [EventType.ORDER_REFUNDED], now=now)
        case RefundVerdict.REFUSED | RefundVerdict.NOTHING:
            pass
