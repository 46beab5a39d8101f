"""Refunds in the database. Every change of a state is a compare-and-set."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AttemptId, OrderId, PartnerId, PaymentId, RefundId
from bezant.kernel.money import Currency, Money
from bezant.payments.model import DueRefund, PaidFor, Payment, Refund, RefundState

if TYPE_CHECKING:
    from asyncpg import Record

INSERT_REFUND: Final = """
    INSERT INTO refund
        (partner_id, payment_id, attempt_id, reference, amount, state, asked_by, reason, asked_at,
         try_at, settled_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

# What went back of a payment or is about to; what was taken too much is not of the payment.
SELECT_COMMITTED: Final = """
    SELECT coalesce(sum(r.amount), 0)::bigint
      FROM refund r LEFT JOIN payment_attempt a USING (partner_id, attempt_id)
     WHERE r.partner_id = $1 AND r.payment_id = $2 AND r.state <> 'refused'
       AND a.is_surplus IS NOT TRUE
"""

# Of one charge only the first refund that is open, for an acquirer that counts what went back
# of a charge cannot tell two apart that run at once.
TAKE_DUE: Final = """
    WITH due AS (
        SELECT partner_id, refund_id FROM refund d
         WHERE state = 'asked' AND try_at <= $1 AND NOT EXISTS (
            SELECT FROM refund e
             WHERE e.partner_id = d.partner_id AND e.attempt_id = d.attempt_id
               AND e.state = 'asked' AND e.refund_id < d.refund_id)
         ORDER BY try_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE refund r SET try_at = $3, tries = r.tries + 1 FROM due
         WHERE r.partner_id = due.partner_id AND r.refund_id = due.refund_id
        RETURNING r.*
    )
    SELECT t.partner_id, t.refund_id, t.payment_id, t.attempt_id, t.reference, t.amount,
           t.asked_by, t.tries, p.currency,
           coalesce(p.order_id, p.digital_order_id) AS order_id,
           CASE WHEN p.order_id IS NULL THEN 'digital' ELSE 'shop' END AS paid_for,
           a.reference AS charge, a.acquirer,
           a.transaction_id, a.order_reference
      FROM taken t
      JOIN payment p USING (partner_id, payment_id)
      JOIN payment_attempt a ON a.partner_id = t.partner_id AND a.attempt_id = t.attempt_id
     ORDER BY t.refund_id
"""

PUT_OFF: Final = """
    UPDATE refund SET try_at = $2 WHERE reference = $1 AND state = 'asked'
"""

SETTLE_REFUND: Final = """
    UPDATE refund SET state = $2, transaction_id = $3, explanation = $4, settled_at = $5,
                      try_at = NULL
     WHERE reference = $1 AND state = 'asked'
"""

COUNT_REFUNDED: Final = """
    UPDATE payment
       SET refunded = refunded + $3, updated_at = $4,
           state = CASE WHEN refunded + $3 = captured THEN 'refunded' ELSE state END
     WHERE partner_id = $1 AND payment_id = $2
    RETURNING refunded = captured AS is_whole
"""

IS_SURPLUS: Final = """
    SELECT coalesce((SELECT is_surplus FROM payment_attempt
                      WHERE partner_id = $1 AND attempt_id = $2), false)
"""


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund about to be asked for; one that is done already needs no try."""

    attempt_id: AttemptId | None
    reference: str
    amount: Money
    state: RefundState
    asked_by: str
    reason: str


async def insert_refund(tx: Tx, payment: Payment, new: NewRefund, *, now: datetime) -> None:
    """Enters a refund."""
    is_asked = new.state is RefundState.ASKED
    await tx.execute(
        INSERT_REFUND,
        payment.partner_id,
        payment.payment_id,
        new.attempt_id,
        new.reference,
        new.amount.minor,
        new.state,
        new.asked_by,
        new.reason,
        now,
        now if is_asked else None,
        None if is_asked else now,
    )


async def select_committed(connection: Connection, payment: Payment) -> int:
    """What of a payment went back or is about to, in minor units."""
    found: int = await connection.fetchval(SELECT_COMMITTED, payment.partner_id, payment.payment_id)
    return found


async def take_due(tx: Tx, *, now: datetime, again_at: datetime, at_most: int) -> list[DueRefund]:
    """Refunds to be sent now, put off until `again_at`."""
    rows = await tx.fetch(TAKE_DUE, now, at_most, again_at)
    return [_due(row) for row in rows]


async def put_off(tx: Tx, reference: str, *, until: datetime) -> None:
    """Puts the next try of a refund off, unless it is settled."""
    await tx.execute(PUT_OFF, reference, until)


async def settle_refund(
    tx: Tx, reference: str, state: RefundState, *, words: tuple[str, str], now: datetime
) -> bool:
    """Ends a refund, with the acquirer's `(transaction id, explanation)`; whether it was open."""
    status: str = await tx.execute(SETTLE_REFUND, reference, state, *words, now)
    return status == "UPDATE 1"


async def is_surplus(connection: Connection, refund: Refund) -> bool:
    """Whether a refund gives back what an order could not take."""
    found: bool = await connection.fetchval(IS_SURPLUS, refund.partner_id, refund.attempt_id)
    return found


async def count_refunded(tx: Tx, payment: Payment, amount: Money, *, now: datetime) -> bool:
    """Counts money that went back of a payment; whether that is all of it."""
    whole: bool = await tx.fetchval(
        COUNT_REFUNDED, payment.partner_id, payment.payment_id, amount.minor, now
    )
    return whole


def _due(row: "Record") -> DueRefund:
    refund = Refund(
        partner_id=PartnerId(row["partner_id"]),
        refund_id=RefundId(row["refund_id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        reference=row["reference"],
        amount=Money(row["amount"], Currency(row["currency"])),
        asked_by=row["asked_by"],
        tries=row["tries"],
    )
    return DueRefund(
        refund=refund,
        paid_for=PaidFor(row["paid_for"]),
        order_id=OrderId(row["order_id"]),
        acquirer=row["acquirer"],
        charge=row["charge"],
        transaction_id=row["transaction_id"],
        order_reference=row["order_reference"],
    )
