"""What is heard of a charge becomes the fate of an order of digital metal.

Invariants: the order's row is taken first, then its payment's, then the charge is moved by one
compare-and-set; the journal is posted by what completes the order, and by nothing else. An order
whose charge fails is cancelled: its fix is used, and another card needs another order.
"""

from datetime import datetime
from typing import Final

import structlog
from msgspec.structs import replace

from bezant.kernel.db import Connection, NotAtOnce, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.steps import Step, at_once, deed, must
from bezant.ledger import service as ledger
from bezant.orders.model import OrderStatus
from bezant.payments.acquirer import ChargeState, RefundOutcome
from bezant.payments.kept import CardOwner, CardToRemember
from bezant.payments.model import DueRefund, PaidFor, Payment, RefundVerdict, Verdict
from bezant.payments.service import cards, charges, legs, refunds
from bezant.payments.service.charges import Heard
from bezant.payments.till import ChargeNews, Till
from bezant.trading import store
from bezant.trading.announcing import news_of_card
from bezant.trading.model import DigitalOrder
from bezant.trading.ordering import card_journal, covering
from bezant.vault.model import SalesFrozen
from bezant.webhooks.model import EventType

RELEASED_AT_ONCE: Final = 100
_PAID: Final = (
    EventType.PAYMENT_SUCCEEDED,
    EventType.ORDER_STATUS_CHANGED,
    EventType.ORDER_COMPLETED,
)
_FAILED: Final = (
    EventType.PAYMENT_FAILED,
    EventType.ORDER_STATUS_CHANGED,
    EventType.ORDER_CANCELLED,
)

_log: Final = structlog.get_logger("bezant.trading")


async def hear(connection: Connection, till: Till, heard: ChargeNews) -> Verdict:
    """Writes down what was heard of a charge, and what follows for its order.

    To be run by `change_on`. The same thing heard twice, at once or later, changes nothing the
    second time.
    """
    if connection.is_in_transaction():
        return await _settle(connection, till, heard)
    return await _take(connection, till, heard)


async def hear_refund(till: Till, due: DueRefund, outcome: RefundOutcome) -> RefundVerdict:
    """Writes down what became of a refund, and tells it."""

    async def work(tx: Tx) -> RefundVerdict:
        now = till.clock.now()
        order, payment = await _locked(tx, due.refund.partner_id, due.order_id)
        verdict = await refunds.settle_refund(tx, payment, due, outcome, now=now)
        if verdict not in (RefundVerdict.REFUSED, RefundVerdict.NOTHING):
            await at_once(tx, news_of_card(order, [EventType.ORDER_REFUNDED], now=now))
        return verdict

    return await till.db.write(work)


async def release_overdue(till: Till) -> int:
    """Cancels orders that have waited for their card for too long; how many.

    A charge that is still under way is asked about first; if the acquirer cannot say either,
    it is given up, and should it turn out to be captured, it goes back.
    """
    async with till.db.reading() as connection:
        overdue = await store.select_overdue(
            connection, now=till.clock.now(), at_most=RELEASED_AT_ONCE
        )
    released = 0
    for partner_id, order_id in overdue:
        released += await _release(till, partner_id, order_id)
    return released


async def cancel(tx: Tx, order: DigitalOrder, payment: Payment, *, now: datetime) -> None:
    """Cancels a locked order that waits for its card. A charge under way is given up."""
    live = await charges.live_charge(tx, payment)
    if live is not None:
        await charges.give_up(tx, payment, live, now=now)
    await charges.close_payment(tx, payment, now=now)
    cancelled = replace(order, status=OrderStatus.CANCELLED)
    await at_once(
        tx,
        must(store.end_wait(order, OrderStatus.CANCELLED)),
        news_of_card(cancelled, _FAILED, now=now),
    )


async def _take(connection: Connection, till: Till, heard: ChargeNews) -> Verdict:
    """The usual end, a waiting order that its live charge pays in full, by one statement.

    Every part of it is a compare-and-set, in the order of the locks that `_settle` takes.
    Whatever is not so is for that: raises `NotAtOnce`.
    """
    charge, outcome = heard.charge, heard.outcome
    is_whole = (outcome.captured or charge.whole) == charge.whole
    if outcome.state is not ChargeState.CAPTURED or not charge.is_live or not is_whole:
        raise NotAtOnce
    order = await store.select_order_of_number(connection, charge.partner_id, heard.order_id)
    if charge.keeps_card or order is None or not order.waits:
        raise NotAtOnce
    now = till.clock.now()
    took = charges.take(charge, outcome, heard.leg, now=now)
    try:
        await _complete(connection, order, took, now=now)
    except SalesFrozen:
        raise NotAtOnce from None
    return Verdict.PAID


async def _complete(
    connection: Connection, order: DigitalOrder, took: list[Step[None]], *, now: datetime
) -> None:
    """The one way in which an order is completed by a card. Raises `SalesFrozen`."""
    completed = replace(order, status=OrderStatus.COMPLETED)
    await at_once(
        connection,
        must(store.end_wait(order, OrderStatus.COMPLETED)),
        *took,
        deed(ledger.posting(card_journal(order), now=now)),
        news_of_card(completed, _PAID, now=now),
        covering(completed),
    )


async def _settle(tx: Tx, till: Till, news: ChargeNews) -> Verdict:
    charge, outcome, now = news.charge, news.outcome, till.clock.now()
    order, payment = await _locked(tx, charge.partner_id, news.order_id)
    heard = Heard(outcome, news.leg, order_waits=order.waits)
    try:
        # A savepoint: what the vault does not cover is not taken, and goes back.
        async with tx.transaction():
            verdict = await charges.settle(tx, payment, charge, heard, now=now)
            if verdict is Verdict.PAID:
                await _complete(tx, order, [], now=now)
    except SalesFrozen:
        heard = Heard(outcome, news.leg, order_waits=False)
        verdict = await charges.settle(tx, payment, charge, heard, now=now)
    if verdict is Verdict.SURPLUS:
        _log.warning(
            "capture goes back",
            reference=outcome.reference,
            order=order.order_code,
            status=order.status.shown,
            leg=news.leg,
        )
    if order.waits and verdict not in (Verdict.PAID, Verdict.NOTHING):
        await cancel(tx, order, payment, now=now)
    if verdict is not Verdict.NOTHING and charge.keeps_card and outcome.kept_card is not None:
        assert order.customer_id is not None, "a card is a customer's"
        new = CardToRemember(
            owner=CardOwner(order.partner_id, order.customer_id),
            acquirer=charge.acquirer,
            kept=outcome.kept_card,
            is_default=False,
        )
        await cards.remember(tx, new, vault=till.vault, now=now)
    return verdict


async def _release(till: Till, partner_id: PartnerId, order_id: OrderId) -> bool:
    async with till.db.transaction() as tx:
        _, payment = await _locked(tx, partner_id, order_id)
        live = await charges.live_charge(tx, payment)
    if live is not None:
        await legs.ask(till, live)

    async def work(tx: Tx) -> bool:
        order, locked = await _locked(tx, partner_id, order_id)
        if order.waits:
            await cancel(tx, order, locked, now=till.clock.now())
        return order.waits

    released = await till.db.write(work)
    if released:
        _log.info("order released", order=str(order_id))
    return released


async def _locked(tx: Tx, partner_id: PartnerId, order_id: OrderId) -> tuple[DigitalOrder, Payment]:
    order = await store.lock_order_of_number(tx, partner_id, order_id)
    assert order is not None, "a payment's order stays"
    return order, await charges.lock_payment(tx, PaidFor.DIGITAL, partner_id, order_id)
