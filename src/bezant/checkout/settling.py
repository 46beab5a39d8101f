"""What is heard of a charge becomes the order's fate, by whichever leg it comes.

Invariants: the order's row is taken first, then its payment's, then the charge is moved by one
compare-and-set; the acquirer is asked outside of any transaction.
"""

from datetime import datetime
from typing import Final

import structlog
from msgspec.structs import replace

from bezant.catalog import service as catalog
from bezant.catalog.model import OrderRef
from bezant.checkout import reading
from bezant.checkout.announcing import announce_order, events_of_status, news
from bezant.checkout.views import OrderView
from bezant.kernel.db import Connection, NotAtOnce, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Money
from bezant.kernel.steps import at_once
from bezant.kernel.texts import Language
from bezant.orders import service as orders
from bezant.orders.model import Order, OrderStatus
from bezant.payments.acquirer import ChargeState, Outcome
from bezant.payments.kept import CardOwner, CardToRemember
from bezant.payments.model import PaidFor, PaymentState, Verdict
from bezant.payments.service import cards, charges, legs
from bezant.payments.service.charges import Heard
from bezant.payments.till import ChargeNews, Till
from bezant.webhooks.model import EventType

_log: Final = structlog.get_logger("bezant.checkout")


async def hear(connection: Connection, till: Till, heard: ChargeNews) -> Verdict:
    """Writes down what was heard of a charge, and what follows for its order.

    To be run by `change_on`. The same thing heard twice, at once or later, changes nothing the
    second time.
    """
    if connection.is_in_transaction():
        return await _settle(connection, till, heard)
    return await _take(connection, till, heard)


async def release_overdue(till: Till) -> int:
    """Cancels orders that have waited for their payment for too long; how many.

    A charge that is still under way is asked about first; if the acquirer cannot say either,
    it is given up, and should it turn out to be captured, it goes back.
    """
    async with till.db.reading() as connection:
        overdue = await orders.overdue_orders(connection, now=till.clock.now())
    released = 0
    for partner_id, order_id in overdue:
        released += await _release(till, partner_id, order_id)
    return released


async def cancel_waiting(tx: Tx, order: Order, *, cause: str, now: datetime) -> None:
    """Cancels a locked order that waits for its payment, and gives its pieces back."""
    payment = await charges.lock_payment(tx, PaidFor.SHOP, order.partner_id, order.order_id)
    live = await charges.live_charge(tx, payment)
    if live is not None:
        await charges.give_up(tx, payment, live, now=now)
    await charges.close_payment(tx, payment, now=now)
    await orders.change_status(tx, order, OrderStatus.CANCELLED, cause=cause, now=now)
    await catalog.give_back(tx, OrderRef(order.partner_id, order.order_id), now=now)
    await announce_order(tx, order, events_of_status(OrderStatus.CANCELLED), now=now)


async def _take(connection: Connection, till: Till, heard: ChargeNews) -> Verdict:
    """The usual end, a waiting order that its live charge pays in full, by one statement.

    Every part of it is a compare-and-set, in the order of the locks that `_settle` takes.
    Whatever is not so is for that: raises `NotAtOnce`.
    """
    now = till.clock.now()
    charge, order_id, outcome = heard.charge, heard.order_id, heard.outcome
    if outcome.state is not ChargeState.CAPTURED:
        raise NotAtOnce
    is_whole = (outcome.captured or charge.whole) == charge.whole
    if charge.keeps_card or not charge.is_live or not is_whole:
        raise NotAtOnce
    view = await reading.show_order(connection, charge.partner_id, order_id, language=Language.TR)
    if view.payment.charge is None or view.status is not OrderStatus.PENDING:
        raise NotAtOnce
    status = OrderStatus.PAYMENT_CONFIRMED
    events = [EventType.PAYMENT_SUCCEEDED, *events_of_status(status)]
    await at_once(
        connection,
        orders.confirm(charge.partner_id, order_id, cause="payment", now=now),
        *charges.take(charge, outcome, heard.leg, now=now),
        catalog.sell_reserved(OrderRef(charge.partner_id, order_id), now=now),
        news(paid_view(view, outcome, cost=charge.cost), events, now=now),
    )
    return Verdict.PAID


def paid_view(view: OrderView, outcome: Outcome, *, cost: Money) -> OrderView:
    """A waiting order as it is read once its live charge has paid it."""
    charge = view.payment.charge
    assert charge is not None, "what pays is a charge"
    paid = replace(
        charge,
        is_live=False,
        auth_mode=outcome.auth_mode,
        transaction_id=outcome.transaction_id,
        order_reference=outcome.order_reference,
        reason=outcome.reason,
        explanation=outcome.explanation,
    )
    payment = replace(view.payment, state=PaymentState.SUCCESS, cost=cost.minor, charge=paid)
    return replace(view, status=OrderStatus.PAYMENT_CONFIRMED, payment=payment)


async def _settle(tx: Tx, till: Till, news_of: ChargeNews) -> Verdict:
    now = till.clock.now()
    charge, outcome = news_of.charge, news_of.outcome
    order_id = news_of.order_id
    order = await orders.lock_order(tx, charge.partner_id, order_id)
    payment = await charges.lock_payment(tx, PaidFor.SHOP, charge.partner_id, order_id)
    heard = Heard(outcome, news_of.leg, order_waits=order.waits)
    verdict = await charges.settle(tx, payment, charge, heard, now=now)
    match verdict:
        case Verdict.PAID:
            await _confirm(tx, order, now=now)
        case Verdict.DECLINED | Verdict.LAPSED:
            if order.waits:
                await announce_order(tx, order, [EventType.PAYMENT_FAILED], now=now)
        case Verdict.SURPLUS:
            _log.warning(
                "late capture goes back",
                reference=outcome.reference,
                order=order.increment_id,
                status=order.status.shown,
                leg=news_of.leg,
            )
        case Verdict.NOTHING:
            return verdict
    if charge.keeps_card and outcome.kept_card is not None:
        new = CardToRemember(
            owner=CardOwner(order.partner_id, order.customer_id),
            acquirer=charge.acquirer,
            kept=outcome.kept_card,
            is_default=False,
        )
        await cards.remember(tx, new, vault=till.vault, now=now)
    return verdict


async def _confirm(tx: Tx, order: Order, *, now: datetime) -> None:
    """The one way in which an order becomes paid by card."""
    status = OrderStatus.PAYMENT_CONFIRMED
    await orders.change_status(tx, order, status, cause="payment", now=now)
    await at_once(tx, catalog.sell_reserved(OrderRef(order.partner_id, order.order_id), now=now))
    events = [EventType.PAYMENT_SUCCEEDED, *events_of_status(status)]
    await announce_order(tx, order, events, now=now)


async def _release(till: Till, partner_id: PartnerId, order_id: OrderId) -> bool:
    async with till.db.transaction() as tx:
        order = await orders.lock_order(tx, partner_id, order_id)
        payment = await charges.lock_payment(tx, PaidFor.SHOP, partner_id, order_id)
        live = await charges.live_charge(tx, payment)
    if live is not None:
        await legs.ask(till, live)

    async def work(tx: Tx) -> bool:
        now = till.clock.now()
        order = await orders.lock_order(tx, partner_id, order_id)
        if order.reserved_until is None or order.reserved_until > now:
            return False
        await cancel_waiting(tx, order, cause="expiry", now=now)
        return True

    released = await till.db.write(work)
    if released:
        _log.info("order released", order=order.increment_id)
    return released
