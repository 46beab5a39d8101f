"""What the page of a payment says of an order of digital metal, in one statement."""

from typing import Final

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language, Text
from bezant.ledger.assets import Amount, Asset
from bezant.orders.model import OrderStatus
from bezant.payments.views import OrderOnPage, PayLine

SELECT_ORDER: Final = """
    SELECT o.currency, o.language, o.order_code, o.status_id, t.name AS seller, i.items,
           coalesce(o.waits_until, o.ordered_at) AS until
      FROM payment p
      JOIN digital_order o
        ON o.partner_id = p.partner_id AND o.order_id = p.digital_order_id
      JOIN partner t ON t.partner_id = p.partner_id
     CROSS JOIN LATERAL (
        SELECT json_agg(json_build_array(i.asset, i.amount, i.line + i.tax) ORDER BY i.position)
               AS items
          FROM digital_order_item i
         WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
      ) i
     WHERE p.token = $1
"""

_LINES: Final = msgspec.json.Decoder(list[tuple[str, int, int]])


async def order_on_page(connection: Connection, token: PaymentToken) -> OrderOnPage | None:
    """The order that a payment is for; None when that is none of digital metal."""
    row = await connection.fetchrow(SELECT_ORDER, token)
    if row is None:
        return None
    currency, language = Currency(row["currency"]), Language(row["language"])
    return OrderOnPage(
        language=language,
        number=row["order_code"],
        waits=row["status_id"] == OrderStatus.PENDING,
        until=row["until"],
        seller=row["seller"],
        lines=[
            PayLine(_name(sku, units, language), 1, Money(total, currency))
            for sku, units, total in _LINES.decode(row["items"])
        ],
    )


def _name(sku: str, units: int, language: Language) -> str:
    name = Text(f"asset.{sku.lower()}").into(language)
    return f"{name}, {Amount(units, Asset[sku]).decimal:f} g"
