"""Payments and their charges: begun, settled once, given up, and asked about again.

Whatever is heard of a charge, by whichever leg, comes to `settle`; what it decides is written
by one compare-and-set, so the second to hear the same thing changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import (
    OrderId,
    PartnerId,
    PaymentId,
    PaymentToken,
    payment_token,
    reference,
)
from bezant.kernel.money import Money
from bezant.kernel.steps import Step, at_once, must
from bezant.payments.acquirer import Challenge, ChargeReference, ChargeState, Outcome
from bezant.payments.card import CardFace
from bezant.payments.model import (
    LIVE,
    MAX_ATTEMPTS,
    Attempt,
    AttemptState,
    InstalmentRate,
    Leg,
    PaidFor,
    Payment,
    PaymentMethod,
    PaymentState,
    TooManyCharges,
    Verdict,
)
from bezant.payments.service import refunds
from bezant.payments.store import charges as store
from bezant.payments.store.charges import NewAttempt, Settling

SWEEP_BATCH: Final = 50
FIRST_QUESTION: Final = timedelta(seconds=30)
"""How long after its beginning a charge is asked about at the earliest: longer than any call
to an acquirer, so that one that is unheard of by then has been lost on the way."""
SHORTEST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=1)
ASKED_FOR: Final = timedelta(hours=24)
"""How long a charge that was given up is still asked about: its customer may be late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """How a new order is to be paid, and how much."""

    partner_id: PartnerId
    paid_for: PaidFor
    order_id: OrderId
    method: PaymentMethod
    is_hosted: bool
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeTerms:
    """How a charge is to be made. `lapses_at` is when it is given up if nothing is heard."""

    acquirer: str
    face: CardFace
    rate: InstalmentRate
    is_3d: bool
    customer_ip: str
    keeps_card: bool
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a charge, by which leg, and whether its order still takes a payment."""

    outcome: Outcome
    leg: Leg
    order_waits: bool


def new_payment(new: NewPayment) -> Payment:
    """The payment of a new order; cash is money that the partner has collected already.

    It has no number of its own yet.
    """
    is_cash = new.method is PaymentMethod.CASH
    return Payment(
        partner_id=new.partner_id,
        payment_id=PaymentId(0),
        paid_for=new.paid_for,
        order_id=new.order_id,
        token=payment_token(),
        method=new.method,
        is_hosted=new.is_hosted,
        state=PaymentState.SUCCESS if is_cash else PaymentState.NEW,
        currency=new.total.currency,
        amount=new.total.minor,
        cost=0,
        captured=new.total.minor if is_cash else 0,
        refunded=0,
    )


def open_payment(payment: Payment, *, now: datetime) -> Step[None]:
    """Enters the payment of a new order."""
    return store.open_payment(payment, now=now)


async def lock_payment(
    tx: Tx, paid_for: PaidFor, partner_id: PartnerId, order_id: OrderId
) -> Payment:
    """An order's payment, locked. The caller holds the order's lock."""
    payment = await store.lock_payment(tx, paid_for, partner_id, order_id)
    assert payment is not None, "every order has its payment"
    return payment


async def find_payment(connection: Connection, token: PaymentToken) -> Payment | None:
    """The payment with this token."""
    return await store.select_payment_by_token(connection, token)


async def require_another(connection: Connection, payment: Payment) -> None:
    """Raises `TooManyCharges` for a payment that has been tried as often as it may be."""
    if await store.count_attempts(connection, payment) >= MAX_ATTEMPTS:
        raise TooManyCharges(limit=MAX_ATTEMPTS)


def begin_charge(
    payment: Payment, terms: ChargeTerms, *, now: datetime
) -> tuple[ChargeReference, Step[None]]:
    """Enters a charge that is about to be sent; our reference of it.

    Raises `ChargeUnderWay` while another charge of the payment is live.
    """
    name = ChargeReference(reference())
    new = NewAttempt(
        reference=name,
        acquirer=terms.acquirer,
        is_3d=terms.is_3d,
        instalment=terms.rate.instalment,
        cost=terms.rate.cost(Money(payment.amount, payment.currency)),
        face=terms.face,
        customer_ip=terms.customer_ip,
        keeps_card=terms.keeps_card,
        lapses_at=terms.lapses_at,
        ask_at=now + FIRST_QUESTION,
    )
    return name, store.begin_charge(payment, new, now=now)


async def find_charge(connection: Connection, name: str) -> tuple[Attempt, OrderId] | None:
    """The charge with this reference, and the order that it is for."""
    return await store.select_attempt(connection, name)


async def live_charge(connection: Connection, payment: Payment) -> Attempt | None:
    """The charge of a payment that is under way."""
    return await store.select_live_attempt(connection, payment.partner_id, payment.payment_id)


async def captured_charge(connection: Connection, payment: Payment) -> Attempt | None:
    """The charge that made a payment; cash has none."""
    return await store.select_captured_attempt(connection, payment.partner_id, payment.payment_id)


async def last_charge(
    connection: Connection, partner_id: PartnerId, payment_id: PaymentId
) -> Attempt | None:
    """The newest charge of a payment."""
    return await store.select_last_attempt(connection, partner_id, payment_id)


async def challenge(tx: Tx, name: ChargeReference, where: Challenge, *, now: datetime) -> bool:
    """Notes where the customer has to go for 3-D; whether the charge was still open."""
    return await store.challenge_attempt(tx, name, where, ask_at=now + FIRST_QUESTION)


async def settle(
    tx: Tx, payment: Payment, charge: Attempt, heard: Heard, *, now: datetime
) -> Verdict:
    """Writes down what was heard of a charge; what that has changed.

    The caller holds the order's lock and then the payment's. A capture that the order cannot
    take (it no longer waits, another charge was first, or not the right sum was taken) is
    asked back in the same transaction.
    """
    match heard.outcome.state:
        case ChargeState.CAPTURED:
            return await _captured(tx, payment, charge, heard, now=now)
        case ChargeState.DECLINED:
            return await _declined(tx, payment, heard, now=now)
        case ChargeState.UNDECIDED | ChargeState.UNHEARD:
            if not _is_given_up(charge, heard.outcome, now):
                return Verdict.NOTHING
            ask_at = next_question(charge, now)
            return await _failed(tx, payment, heard, (LIVE, AttemptState.LAPSED, ask_at), now=now)


def take(charge: Attempt, outcome: Outcome, leg: Leg, *, now: datetime) -> list[Step[None]]:
    """Writes down, without a lock, that a live charge was captured in full and is the payment.

    For a charge that was settled otherwise, or whose payment was made, by then: `NotAtOnce`.
    """
    capturing = _capturing(leg, is_surplus=False, now=now)
    return [
        must(store.capture_payment(charge, now=now)),
        must(store.settle_charge(outcome, capturing)),
    ]


async def give_up(tx: Tx, payment: Payment, charge: Attempt, *, now: datetime) -> Verdict:
    """Gives a live charge up whose order waits no longer; it is still asked about."""
    outcome = Outcome(reference=ChargeReference(charge.reference), state=ChargeState.UNDECIDED)
    heard = Heard(outcome, Leg.SWEEP, order_waits=False)
    ask_at = next_question(charge, now)
    return await _failed(tx, payment, heard, (LIVE, AttemptState.LAPSED, ask_at), now=now)


async def close_payment(tx: Tx, payment: Payment, *, now: datetime) -> None:
    """The payment of an order that is cancelled unpaid has failed."""
    await store.update_payment_state(tx, payment, PaymentState.FAILED, now=now)


async def charges_to_ask(tx: Tx, *, now: datetime) -> list[Attempt]:
    """Charges that the acquirer is to be asked about; nobody else is given them for a while."""
    return await store.take_to_ask(tx, now=now, at_most=SWEEP_BATCH, again_at=now + FIRST_QUESTION)


async def ask_later(connection: Connection, charge: Attempt, *, now: datetime) -> None:
    """Plans the next question about a charge that is not decided yet, if there is to be one."""
    await store.ask_later(connection, charge.reference, at=next_question(charge, now))


def next_question(charge: Attempt, now: datetime) -> datetime | None:
    """When to ask about an undecided charge again: ever more seldom; None for no more.

    A live charge is asked about for ever: somebody is waiting for what becomes of it.
    """
    age = now - charge.started_at
    if not charge.is_live and age > ASKED_FOR:
        return None
    return now + min(max(age // 4, SHORTEST_PAUSE), LONGEST_PAUSE)


def _is_given_up(charge: Attempt, outcome: Outcome, now: datetime) -> bool:
    if now >= charge.lapses_at:
        return True
    is_lost = outcome.state is ChargeState.UNHEARD
    return is_lost and now >= charge.started_at + FIRST_QUESTION


async def _settled(tx: Tx, outcome: Outcome, settling: Settling) -> bool:
    (is_done,) = await at_once(tx, store.settle_charge(outcome, settling))
    return is_done


def _capturing(leg: Leg, *, is_surplus: bool, now: datetime) -> Settling:
    return Settling(
        before=LIVE | {AttemptState.DECLINED, AttemptState.LAPSED},
        after=AttemptState.CAPTURED,
        is_surplus=is_surplus,
        leg=leg,
        at=now,
        ask_at=None,
    )


async def _captured(
    tx: Tx, payment: Payment, charge: Attempt, heard: Heard, *, now: datetime
) -> Verdict:
    taken = heard.outcome.captured or charge.whole
    fits = heard.order_waits and payment.captured == 0 and taken == charge.whole
    if not await _settled(tx, heard.outcome, _capturing(heard.leg, is_surplus=not fits, now=now)):
        return Verdict.NOTHING
    if not fits:
        await refunds.ask_surplus_back(tx, payment, charge, taken, now=now)
        return Verdict.SURPLUS
    await at_once(tx, must(store.capture_payment(charge, now=now)))
    return Verdict.PAID


async def _declined(tx: Tx, payment: Payment, heard: Heard, *, now: datetime) -> Verdict:
    verdict = await _failed(tx, payment, heard, (LIVE, AttemptState.DECLINED, None), now=now)
    if verdict is Verdict.NOTHING:
        # One that was given up has failed its payment then; by now another card may be paying.
        given_up = Settling(
            before=frozenset({AttemptState.LAPSED}),
            after=AttemptState.DECLINED,
            is_surplus=False,
            leg=heard.leg,
            at=now,
            ask_at=None,
        )
        await _settled(tx, heard.outcome, given_up)
    return verdict


_Move = tuple[frozenset[AttemptState], AttemptState, datetime | None]
"""From which states, to which, and when to ask about the charge again."""


async def _failed(tx: Tx, payment: Payment, heard: Heard, move: _Move, *, now: datetime) -> Verdict:
    before, after, ask_at = move
    settling = Settling(
        before=before, after=after, is_surplus=False, leg=heard.leg, at=now, ask_at=ask_at
    )
    if not await _settled(tx, heard.outcome, settling):
        return Verdict.NOTHING
    await store.update_payment_state(tx, payment, PaymentState.FAILED, now=now)
    return Verdict.DECLINED if after is AttemptState.DECLINED else Verdict.LAPSED
