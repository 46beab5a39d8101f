"""Orders as staff looks for them, across partners, and all that happened to one.

These are for a person at a terminal and not for a request.
"""

from typing import TYPE_CHECKING, Final

from bezant.checkout.files import (
    ChargeTold,
    OrderName,
    OrderRow,
    OrdersWanted,
    RefundTold,
    StatusTold,
)
from bezant.kernel.db import Connection
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.orders.model import OrderStatus
from bezant.payments.card import BIN_DIGITS
from bezant.payments.model import AttemptState, PaymentMethod, PaymentState, RefundState

if TYPE_CHECKING:
    from asyncpg import Record

MAX_NAMESAKES: Final = 5

_NAME: Final = """
    o.partner_id, o.order_id, t.code AS partner, o.order_code, o.increment_id, o.currency
"""

# A partner's own id of an order is only a name beside the partner's.
SELECT_NAMESAKES: Final = f"""
    SELECT {_NAME}
      FROM sales_order o JOIN partner t USING (partner_id)
     WHERE (o.order_code = upper($1) OR o.increment_id = upper($1)
            OR o.partner_id = $2::bigint AND o.external_id = $1)
       AND ($2::bigint IS NULL OR o.partner_id = $2)
     ORDER BY o.ordered_at DESC, o.order_id DESC LIMIT $3
"""

SELECT_NEWEST: Final = f"""
    SELECT {_NAME}, o.ordered_at, o.status_id, coalesce(c.external_id, '') AS customer,
           p.amount + p.cost AS paid_total, p.method, p.state, p.refunded
      FROM sales_order o
      JOIN partner t USING (partner_id)
      JOIN customer c USING (partner_id, customer_id)
      JOIN payment p ON p.partner_id = o.partner_id AND p.order_id = o.order_id
     WHERE ($1::bigint IS NULL OR o.partner_id = $1)
       AND ($2::smallint IS NULL OR o.status_id = $2)
     ORDER BY o.ordered_at DESC, o.order_id DESC LIMIT $3
"""

SELECT_CHARGES: Final = """
    SELECT a.*, p.currency
      FROM payment p JOIN payment_attempt a USING (partner_id, payment_id)
     WHERE p.partner_id = $1 AND p.order_id = $2 ORDER BY a.attempt_id
"""

SELECT_REFUNDS: Final = """
    SELECT r.*, p.currency
      FROM payment p JOIN refund r USING (partner_id, payment_id)
     WHERE p.partner_id = $1 AND p.order_id = $2 ORDER BY r.refund_id
"""

SELECT_HISTORY: Final = """
    SELECT status_id, cause, at FROM order_status_change
     WHERE partner_id = $1 AND order_id = $2 ORDER BY number
"""


async def namesakes(
    connection: Connection, name: str, partner_id: PartnerId | None
) -> list[OrderName]:
    """The orders that are called so, the newest first; at most `MAX_NAMESAKES`."""
    rows = await connection.fetch(SELECT_NAMESAKES, name, partner_id, MAX_NAMESAKES)
    return [_name(row) for row in rows]


async def newest(connection: Connection, wanted: OrdersWanted) -> list[OrderRow]:
    """Orders of all partners or one, the newest first."""
    rows = await connection.fetch(SELECT_NEWEST, wanted.partner_id, wanted.status, wanted.at_most)
    return [_row(row) for row in rows]


async def charges_of(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> list[ChargeTold]:
    """Every charge of an order's payment, the oldest first."""
    rows = await connection.fetch(SELECT_CHARGES, partner_id, order_id)
    return [_charge(row) for row in rows]


async def refunds_of(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> list[RefundTold]:
    """Every refund of an order's payment, the oldest first."""
    rows = await connection.fetch(SELECT_REFUNDS, partner_id, order_id)
    return [_refund(row) for row in rows]


async def history_of(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> list[StatusTold]:
    """Every status that an order has had, the oldest first."""
    rows = await connection.fetch(SELECT_HISTORY, partner_id, order_id)
    return [StatusTold(OrderStatus(row["status_id"]), row["cause"], row["at"]) for row in rows]


def _name(row: "Record") -> OrderName:
    return OrderName(
        partner_id=PartnerId(row["partner_id"]),
        order_id=OrderId(row["order_id"]),
        partner=row["partner"],
        order_code=row["order_code"],
        increment_id=row["increment_id"],
        currency=Currency(row["currency"]),
    )


def _row(row: "Record") -> OrderRow:
    currency = Currency(row["currency"])
    return OrderRow(
        name=_name(row),
        customer=row["customer"],
        ordered_at=row["ordered_at"],
        status=OrderStatus(row["status_id"]),
        paid_total=Money(row["paid_total"], currency),
        method=PaymentMethod(row["method"]),
        payment=PaymentState(row["state"]),
        refunded=Money(row["refunded"], currency),
    )


def _charge(row: "Record") -> ChargeTold:
    return ChargeTold(
        reference=row["reference"],
        acquirer=row["acquirer"],
        state=AttemptState(row["state"]),
        is_surplus=row["is_surplus"],
        is_3d=row["is_3d"],
        instalment=row["instalment"],
        whole=Money(row["amount"] + row["cost"], Currency(row["currency"])),
        card=f"{row['card_bin'][:BIN_DIGITS]}******{row['card_last_four']}",
        transaction_id=row["transaction_id"],
        reason=row["reason"],
        explanation=row["explanation"],
        settled_by=row["settled_by"],
        started_at=row["started_at"],
        settled_at=row["settled_at"],
    )


def _refund(row: "Record") -> RefundTold:
    return RefundTold(
        reference=row["reference"],
        amount=Money(row["amount"], Currency(row["currency"])),
        state=RefundState(row["state"]),
        asked_by=row["asked_by"],
        reason=row["reason"],
        tries=row["tries"],
        explanation=row["explanation"],
        asked_at=row["asked_at"],
        settled_at=row["settled_at"],
    )
