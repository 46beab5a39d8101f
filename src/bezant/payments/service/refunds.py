"""Refunds: asked for in a transaction, sent outside of any, and settled once.

A refund has a reference of its own at the acquirer, so one whose result was not heard is
sent again and pays nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import reference
from bezant.kernel.money import MINOR_UNITS_PLACES, Money, exact_decimal
from bezant.payments import acquirer
from bezant.payments.model import (
    Attempt,
    DueRefund,
    NotThatMuchToRefund,
    Payment,
    PaymentMethod,
    RefundState,
    RefundVerdict,
)
from bezant.payments.store import refunds as store
from bezant.payments.store.refunds import NewRefund

BATCH: Final = 20
PAUSES: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
"""How long a refund waits after each try that got no answer; the last one again and again."""
LATE_CAPTURE: Final = "late-capture"
"""Who asks for a refund that nobody asked for: the capture came when nothing could take it."""


@dataclass(frozen=True, slots=True)
class RefundWish:
    """How much is to go back, who says so, and why."""

    amount: Money
    by: str
    reason: str


async def ask_refund(
    tx: Tx, payment: Payment, charge: Attempt | None, wish: RefundWish, *, now: datetime
) -> RefundVerdict:
    """Asks for money to go back of a locked payment; cash is the partner's to give back.

    `charge` is the one that was captured, None for cash, whose refund is done at once.
    Raises `NotThatMuchToRefund`.
    """
    left = Money(payment.captured, payment.currency) - await committed(tx, payment)
    if not Money.zero(payment.currency) < wish.amount <= left:
        places = MINOR_UNITS_PLACES
        raise NotThatMuchToRefund(
            left=str(exact_decimal(left.minor, places=places)), currency=left.currency
        )
    is_cash = payment.method is PaymentMethod.CASH
    new = NewRefund(
        attempt_id=None if charge is None else charge.attempt_id,
        reference=reference(),
        amount=wish.amount,
        state=RefundState.DONE if is_cash else RefundState.ASKED,
        asked_by=wish.by,
        reason=wish.reason,
    )
    await store.insert_refund(tx, payment, new, now=now)
    if not is_cash:
        return RefundVerdict.NOTHING
    return await _counted(tx, payment, wish.amount, now=now)


async def committed(connection: Connection, payment: Payment) -> Money:
    """What of a payment went back or is about to."""
    return Money(await store.select_committed(connection, payment), payment.currency)


async def ask_surplus_back(
    tx: Tx, payment: Payment, charge: Attempt, taken: Money, *, now: datetime
) -> None:
    """Asks for all of a capture to go back that its order could not take."""
    new = NewRefund(
        attempt_id=charge.attempt_id,
        reference=reference(),
        amount=taken,
        state=RefundState.ASKED,
        asked_by=LATE_CAPTURE,
        reason="",
    )
    await store.insert_refund(tx, payment, new, now=now)


async def refunds_to_send(tx: Tx, *, now: datetime) -> Sequence[DueRefund]:
    """Refunds that are to be sent now; nobody else is given them for a while."""
    return await store.take_due(tx, now=now, again_at=now + PAUSES[0], at_most=BATCH)


async def put_off(tx: Tx, due: DueRefund, *, now: datetime) -> None:
    """Plans the next try of a refund that got no answer."""
    pause = PAUSES[min(due.refund.tries, len(PAUSES)) - 1]
    await store.put_off(tx, due.refund.reference, until=now + pause)


def sent(due: DueRefund) -> acquirer.RefundAsked:
    """A refund as the acquirer is asked for it."""
    return acquirer.RefundAsked(
        reference=acquirer.RefundReference(due.refund.reference),
        charge=acquirer.ChargeReference(due.charge),
        amount=due.refund.amount,
        transaction_id=due.transaction_id,
        order_reference=due.order_reference,
    )


async def settle_refund(
    tx: Tx, payment: Payment, due: DueRefund, outcome: acquirer.RefundOutcome, *, now: datetime
) -> RefundVerdict:
    """Writes down what became of a refund, once. The caller holds the payment's lock."""
    is_done = outcome.state is acquirer.RefundState.DONE
    state = RefundState.DONE if is_done else RefundState.REFUSED
    words = (outcome.transaction_id, outcome.explanation)
    if not await store.settle_refund(tx, due.refund.reference, state, words=words, now=now):
        return RefundVerdict.NOTHING
    if not is_done:
        return RefundVerdict.REFUSED
    if await store.is_surplus(tx, due.refund):
        return RefundVerdict.SURPLUS
    return await _counted(tx, payment, due.refund.amount, now=now)


async def _counted(tx: Tx, payment: Payment, amount: Money, *, now: datetime) -> RefundVerdict:
    whole = await store.count_refunded(tx, payment, amount, now=now)
    return RefundVerdict.WHOLE if whole else RefundVerdict.PART
