"""What the page of a payment shows of an order of digital metal, in one statement."""

from typing import Final

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language, Text
from bezant.ledger.assets import Amount, Asset
from bezant.orders.model import OrderStatus
from bezant.payments.acquirer import Challenge
from bezant.payments.model import LIVE, AttemptState, PaymentState
from bezant.payments.views import PayLine, PayPage

SELECT_PAY_PAGE: Final = """
    SELECT p.state, p.amount, p.cost, p.currency, p.is_hosted, o.language, o.order_code,
           o.status_id, coalesce(o.waits_until, o.ordered_at) AS until, t.name AS seller,
           a.state AS attempt_state, a.cost AS attempt_cost, a.challenge, a.reason,
           a.explanation, i.items, s.going_back, s.not_back
      FROM payment p
      JOIN digital_order o
        ON o.partner_id = p.partner_id AND o.order_id = p.digital_order_id
      JOIN partner t ON t.partner_id = p.partner_id
      LEFT JOIN LATERAL (
        SELECT * FROM payment_attempt a
         WHERE a.partner_id = p.partner_id AND a.payment_id = p.payment_id
         ORDER BY (a.state = 'captured' AND NOT a.is_surplus) DESC, a.attempt_id DESC LIMIT 1
      ) a ON true
     CROSS JOIN LATERAL (
        SELECT json_agg(json_build_array(i.asset, i.amount, i.line + i.tax) ORDER BY i.position)
               AS items
          FROM digital_order_item i
         WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
      ) i
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.amount) FILTER (WHERE r.state <> 'refused'), 0)::bigint AS going_back,
               coalesce(sum(r.amount) FILTER (WHERE r.state = 'refused'), 0)::bigint AS not_back
          FROM refund r JOIN payment_attempt c USING (partner_id, attempt_id)
         WHERE r.partner_id = p.partner_id AND r.payment_id = p.payment_id AND c.is_surplus
      ) s
     WHERE p.token = $1
"""

_CHALLENGE: Final = msgspec.json.Decoder(Challenge)
_LINES: Final = msgspec.json.Decoder(list[tuple[str, int, int]])


async def pay_page(connection: Connection, token: PaymentToken) -> PayPage | None:
    """What the page of a payment stands on; None when it is for no order of digital metal."""
    row = await connection.fetchrow(SELECT_PAY_PAGE, token)
    if row is None:
        return None
    currency, language = Currency(row["currency"]), Language(row["language"])
    attempt = AttemptState(row["attempt_state"]) if row["attempt_state"] else None
    # What a charge would have cost that came to nothing is no part of what is to be paid.
    counts = attempt is AttemptState.CAPTURED or attempt in LIVE
    return PayPage(
        state=PaymentState(row["state"]),
        total=Money(row["amount"], currency),
        cost=Money(row["attempt_cost"] if counts else row["cost"], currency),
        is_hosted=row["is_hosted"],
        language=language,
        order_number=row["order_code"],
        waits=row["status_id"] == OrderStatus.PENDING,
        until=row["until"],
        seller=row["seller"],
        attempt=attempt,
        challenge=_CHALLENGE.decode(row["challenge"]) if row["challenge"] else None,
        reason=row["reason"] or "",
        explanation=row["explanation"] or "",
        lines=[
            PayLine(_name(sku, units, language), 1, Money(total, currency))
            for sku, units, total in _LINES.decode(row["items"])
        ],
        going_back=Money(row["going_back"], currency),
        not_back=Money(row["not_back"], currency),
    )


def _name(sku: str, units: int, language: Language) -> str:
    asset = Asset[sku]
    name = Text(f"asset.{sku.lower()}").into(language)
    return f"{name}, {Amount(units, asset).decimal:f} g"
