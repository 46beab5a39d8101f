"""What the page of a payment shows of its money, in the database."""

from typing import Final

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import Challenge
from bezant.payments.model import LIVE, AttemptState, PaymentState
from bezant.payments.views import MoneyOnPage

SELECT_MONEY: Final = """
    SELECT p.state, p.amount, p.cost, p.currency, p.is_hosted, a.state AS attempt_state,
           a.cost AS attempt_cost, a.challenge, a.reason, a.explanation, s.going_back, s.not_back
      FROM payment p
      LEFT JOIN LATERAL (
        SELECT * FROM payment_attempt a
         WHERE a.partner_id = p.partner_id AND a.payment_id = p.payment_id
         ORDER BY (a.state = 'captured' AND NOT a.is_surplus) DESC, a.attempt_id DESC LIMIT 1
      ) a ON true
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.amount) FILTER (WHERE r.state <> 'refused'), 0)::bigint AS going_back,
               coalesce(sum(r.amount) FILTER (WHERE r.state = 'refused'), 0)::bigint AS not_back
          FROM refund r JOIN payment_attempt c USING (partner_id, attempt_id)
         WHERE r.partner_id = p.partner_id AND r.payment_id = p.payment_id AND c.is_surplus
      ) s
     WHERE p.token = $1
"""

_CHALLENGE: Final = msgspec.json.Decoder(Challenge)


async def select_money(connection: Connection, token: PaymentToken) -> MoneyOnPage | None:
    """How far the payment with this token is."""
    row = await connection.fetchrow(SELECT_MONEY, token)
    if row is None:
        return None
    currency = Currency(row["currency"])
    attempt = AttemptState(row["attempt_state"]) if row["attempt_state"] else None
    # What a charge would have cost that came to nothing is no part of what is to be paid.
    counts = attempt is AttemptState.CAPTURED or attempt in LIVE
    return MoneyOnPage(
        state=PaymentState(row["state"]),
        total=Money(row["amount"], currency),
        cost=Money(row["attempt_cost"] if counts else row["cost"], currency),
        is_hosted=row["is_hosted"],
        attempt=attempt,
        challenge=_CHALLENGE.decode(row["challenge"]) if row["challenge"] else None,
        reason=row["reason"] or "",
        explanation=row["explanation"] or "",
        going_back=Money(row["going_back"], currency),
        not_back=Money(row["not_back"], currency),
    )
