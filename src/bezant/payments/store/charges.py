"""Payments and their charges in the database. Every change of a state is a compare-and-set."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AttemptId, OrderId, PartnerId, PaymentId, PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import DatabaseRefusal, Step, nothing
from bezant.payments.acquirer import Challenge, Outcome
from bezant.payments.card import CardFace
from bezant.payments.model import (
    Attempt,
    AttemptState,
    ChargeUnderWay,
    Leg,
    PaidFor,
    Payment,
    PaymentMethod,
    PaymentState,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from asyncpg import Record

OPEN_PAYMENT: Final = """
    SELECT open_payment($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

_FOR: Final = """
    coalesce(p.order_id, p.digital_order_id) AS order_id,
    CASE WHEN p.order_id IS NULL THEN 'digital' ELSE 'shop' END AS paid_for
"""
_PAYMENT: Final = f"""
    p.partner_id, p.payment_id, {_FOR}, p.token, p.method, p.is_hosted, p.state, p.currency,
    p.amount, p.cost, p.captured, p.refunded
"""

LOCK_PAYMENTS: Final = {
    PaidFor.SHOP: f"""
        SELECT {_PAYMENT} FROM payment p
         WHERE p.partner_id = $1 AND p.order_id = $2 FOR NO KEY UPDATE
    """,
    PaidFor.DIGITAL: f"""
        SELECT {_PAYMENT} FROM payment p
         WHERE p.partner_id = $1 AND p.digital_order_id = $2 FOR NO KEY UPDATE
    """,
}

SELECT_PAYMENT_BY_TOKEN: Final = f"""
    SELECT {_PAYMENT} FROM payment p WHERE p.token = $1
"""

BEGIN_CHARGE: Final = """
    SELECT begin_charge($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                        $18)
"""

_ATTEMPT: Final = f"""
    a.partner_id, a.attempt_id, a.payment_id, {_FOR}, a.reference, a.acquirer, a.state,
    a.is_surplus, p.currency, a.amount, a.cost, a.keeps_card, a.transaction_id,
    a.order_reference, a.lapses_at, a.started_at
"""

SELECT_ATTEMPT: Final = f"""
    SELECT {_ATTEMPT}
      FROM payment_attempt a JOIN payment p USING (partner_id, payment_id)
     WHERE a.reference = $1
"""

SELECT_LIVE_ATTEMPT: Final = f"""
    SELECT {_ATTEMPT} FROM payment_attempt a JOIN payment p USING (partner_id, payment_id)
     WHERE a.partner_id = $1 AND a.payment_id = $2 AND a.state IN ('open', 'challenged')
"""

SELECT_LAST_ATTEMPT: Final = f"""
    SELECT {_ATTEMPT} FROM payment_attempt a JOIN payment p USING (partner_id, payment_id)
     WHERE a.partner_id = $1 AND a.payment_id = $2 ORDER BY a.attempt_id DESC LIMIT 1
"""

SELECT_CAPTURED_ATTEMPT: Final = f"""
    SELECT {_ATTEMPT} FROM payment_attempt a JOIN payment p USING (partner_id, payment_id)
     WHERE a.partner_id = $1 AND a.payment_id = $2 AND a.state = 'captured'
       AND NOT a.is_surplus
"""

COUNT_ATTEMPTS: Final = """
    SELECT count(*) FROM payment_attempt WHERE partner_id = $1 AND payment_id = $2
"""

CHALLENGE_ATTEMPT: Final = """
    UPDATE payment_attempt SET state = 'challenged', challenge = $2, ask_at = $3
     WHERE reference = $1 AND state = 'open'
"""

SETTLE_CHARGE: Final = """
    SELECT settle_charge($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

ASK_LATER: Final = """
    UPDATE payment_attempt SET ask_at = $2 WHERE reference = $1 AND ask_at IS NOT NULL
"""

# Takes them off the list while they are asked about, so that two workers ask about different
# ones; `ask_at` comes again for a worker that dies in between.
TAKE_TO_ASK: Final = f"""
    WITH due AS (
        SELECT partner_id, attempt_id FROM payment_attempt
         WHERE ask_at <= $1 ORDER BY ask_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE payment_attempt a SET ask_at = $3 FROM due
         WHERE a.partner_id = due.partner_id AND a.attempt_id = due.attempt_id
        RETURNING a.*
    )
    SELECT {_ATTEMPT} FROM taken a JOIN payment p USING (partner_id, payment_id)
     ORDER BY a.attempt_id
"""

UPDATE_PAYMENT_STATE: Final = """
    UPDATE payment SET state = $3, updated_at = $4
     WHERE partner_id = $1 AND payment_id = $2 AND captured = 0
"""

CAPTURE_PAYMENT: Final = """
    SELECT capture_payment($1, $2, $3, $4)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """A charge about to be sent; `ask_at` is when the sweep asks about it first."""

    reference: str
    acquirer: str
    is_3d: bool
    instalment: int
    cost: Money
    face: CardFace
    customer_ip: str
    keeps_card: bool
    lapses_at: datetime
    ask_at: datetime


def open_payment(payment: Payment, *, now: datetime) -> Step[None]:
    """Enters a payment; its own id is given."""
    args = (
        payment.partner_id,
        payment.paid_for,
        payment.order_id,
        payment.token,
        payment.method,
        payment.is_hosted,
        payment.state,
        payment.currency,
        payment.amount,
        payment.captured,
        now,
    )
    return Step(OPEN_PAYMENT, args, nothing)


async def lock_payment(
    tx: Tx, paid_for: PaidFor, partner_id: PartnerId, order_id: OrderId
) -> Payment | None:
    """An order's payment, locked until this transaction ends."""
    row = await tx.fetchrow(LOCK_PAYMENTS[paid_for], partner_id, order_id)
    return _payment(row) if row else None


async def select_payment_by_token(connection: Connection, token: PaymentToken) -> Payment | None:
    """The payment with this token."""
    row = await connection.fetchrow(SELECT_PAYMENT_BY_TOKEN, token)
    return _payment(row) if row else None


def begin_charge(payment: Payment, new: NewAttempt, *, now: datetime) -> Step[None]:
    """Enters a charge. Raises `ChargeUnderWay` while another of the payment is live."""
    face = new.face
    args = (
        payment.partner_id,
        payment.token,
        new.reference,
        new.acquirer,
        new.is_3d,
        new.instalment,
        payment.amount,
        new.cost.minor,
        face.holder,
        face.bin,
        face.last_four,
        "" if face.expiry is None else str(face.expiry),
        face.association,
        new.customer_ip,
        new.keeps_card,
        new.lapses_at,
        now,
        new.ask_at,
    )
    return Step(BEGIN_CHARGE, args, nothing, _under_way)


async def count_attempts(connection: Connection, payment: Payment) -> int:
    """How many charges of a payment there have been."""
    found: int = await connection.fetchval(COUNT_ATTEMPTS, payment.partner_id, payment.payment_id)
    return found


async def select_attempt(connection: Connection, reference: str) -> tuple[Attempt, OrderId] | None:
    """The charge with this reference, and the order that it is for."""
    row = await connection.fetchrow(SELECT_ATTEMPT, reference)
    return (_attempt(row), OrderId(row["order_id"])) if row else None


async def select_live_attempt(
    connection: Connection, partner_id: PartnerId, payment_id: PaymentId
) -> Attempt | None:
    """The charge of a payment that is under way."""
    row = await connection.fetchrow(SELECT_LIVE_ATTEMPT, partner_id, payment_id)
    return _attempt(row) if row else None


async def select_last_attempt(
    connection: Connection, partner_id: PartnerId, payment_id: PaymentId
) -> Attempt | None:
    """The newest charge of a payment."""
    row = await connection.fetchrow(SELECT_LAST_ATTEMPT, partner_id, payment_id)
    return _attempt(row) if row else None


async def select_captured_attempt(
    connection: Connection, partner_id: PartnerId, payment_id: PaymentId
) -> Attempt | None:
    """The charge that made a payment; cash has none."""
    row = await connection.fetchrow(SELECT_CAPTURED_ATTEMPT, partner_id, payment_id)
    return _attempt(row) if row else None


async def challenge_attempt(
    tx: Tx, reference: str, challenge: Challenge, *, ask_at: datetime
) -> bool:
    """Notes that the customer is to pass 3-D; whether the charge was still open."""
    text = msgspec.json.encode(challenge).decode()
    status: str = await tx.execute(CHALLENGE_ATTEMPT, reference, text, ask_at)
    return status == "UPDATE 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """A charge's move to its end: from which states, to which, by which leg."""

    before: "Collection[AttemptState]"
    after: AttemptState
    is_surplus: bool
    leg: Leg
    at: datetime
    ask_at: datetime | None


def settle_charge(outcome: Outcome, settling: Settling) -> Step[bool]:
    """Moves a charge to its end; whether it was in a state to be moved from."""
    args = (
        outcome.reference,
        settling.after,
        sorted(settling.before),
        settling.is_surplus,
        outcome.transaction_id,
        outcome.order_reference,
        outcome.auth_mode,
        outcome.reason,
        outcome.explanation,
        settling.leg,
        settling.at,
        settling.ask_at,
    )
    return Step(SETTLE_CHARGE, args, bool)


async def ask_later(connection: Connection, reference: str, *, at: datetime | None) -> None:
    """Plans the next question about a charge that has one to come; None for no more."""
    await connection.execute(ASK_LATER, reference, at)


async def take_to_ask(tx: Tx, *, now: datetime, at_most: int, again_at: datetime) -> list[Attempt]:
    """The charges that the acquirer is to be asked about, put off until `again_at`."""
    return [_attempt(row) for row in await tx.fetch(TAKE_TO_ASK, now, at_most, again_at)]


async def update_payment_state(
    tx: Tx, payment: Payment, state: PaymentState, *, now: datetime
) -> None:
    """Sets the state of a locked payment that nothing was captured of."""
    await tx.execute(UPDATE_PAYMENT_STATE, payment.partner_id, payment.payment_id, state, now)


def capture_payment(charge: Attempt, *, now: datetime) -> Step[bool]:
    """Makes a payment one that was made, by this charge; whether it was not before."""
    args = (charge.partner_id, charge.payment_id, charge.cost.minor, now)
    return Step(CAPTURE_PAYMENT, args, bool)


def _payment(row: "Record") -> Payment:
    return Payment(
        partner_id=PartnerId(row["partner_id"]),
        payment_id=PaymentId(row["payment_id"]),
        paid_for=PaidFor(row["paid_for"]),
        order_id=OrderId(row["order_id"]),
        token=PaymentToken(row["token"]),
        method=PaymentMethod(row["method"]),
        is_hosted=row["is_hosted"],
        state=PaymentState(row["state"]),
        currency=Currency(row["currency"]),
        amount=row["amount"],
        cost=row["cost"],
        captured=row["captured"],
        refunded=row["refunded"],
    )


def _attempt(row: "Record") -> Attempt:
    currency = Currency(row["currency"])
    return Attempt(
        partner_id=PartnerId(row["partner_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        payment_id=PaymentId(row["payment_id"]),
        paid_for=PaidFor(row["paid_for"]),
        reference=row["reference"],
        acquirer=row["acquirer"],
        state=AttemptState(row["state"]),
        is_surplus=row["is_surplus"],
        amount=Money(row["amount"], currency),
        cost=Money(row["cost"], currency),
        keeps_card=row["keeps_card"],
        transaction_id=row["transaction_id"],
        order_reference=row["order_reference"],
        lapses_at=row["lapses_at"],
        started_at=row["started_at"],
    )


def _under_way(error: DatabaseRefusal) -> ChargeUnderWay | None:
    is_live = getattr(error, "constraint_name", None) == "payment_attempt_live"
    return ChargeUnderWay() if is_live else None
