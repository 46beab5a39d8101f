"""Orders, their lines and the history of their statuses, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CartToken, CustomerId, OrderId, PartnerId
from bezant.kernel.money import Currency
from bezant.kernel.steps import DatabaseRefusal, Step, nothing
from bezant.kernel.texts import Language
from bezant.orders.model import ExternalIdUsed, NewOrder, Order, OrderStatus, StatusChange
from bezant.pricing.lines import lines_json

if TYPE_CHECKING:
    from asyncpg import Record

EXTERNAL_ID_KEY: Final = "sales_order_partner_id_external_id_key"

# The columns of the row are in the order of the table.
ENTER_ORDER: Final = """
    SELECT enter_order(
        ROW ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
             $20, $21, $22, $23, '', '', $24, $25, $26, $27, $28)::sales_order,
        $29, $30)
"""

_ORDER: Final = """
    partner_id, order_id, external_id, asked_mac, token, customer_id, increment_id, language,
    currency, status_id, price + tax AS total, hold_expires_at, reserved_until
"""

LOCK_ORDER: Final = f"""
    SELECT {_ORDER} FROM sales_order WHERE partner_id = $1 AND order_id = $2 FOR NO KEY UPDATE
"""

LOCK_ORDER_BY_TOKEN: Final = f"""
    SELECT {_ORDER} FROM sales_order WHERE partner_id = $1 AND token = $2 FOR NO KEY UPDATE
"""

CHANGE_STATUS: Final = """
    SELECT change_order_status($1, $2, $3, $4, $5, $6)
"""

UPDATE_ASKED: Final = """
    UPDATE sales_order SET asked_mac = $3, reserved_until = $4, updated_at = $5
     WHERE partner_id = $1 AND order_id = $2 AND status_id = 2
"""

KEEP_RESERVED: Final = """
    UPDATE sales_order SET reserved_until = greatest(reserved_until, $3), updated_at = $4
     WHERE partner_id = $1 AND order_id = $2 AND status_id = 2
"""

SELECT_OVERDUE: Final = """
    SELECT partner_id, order_id FROM sales_order
     WHERE status_id = 2 AND reserved_until <= $1 ORDER BY reserved_until LIMIT $2
"""

LOCK_TO_INVOICE: Final = """
    SELECT partner_id, order_id FROM sales_order
     WHERE invoice_due ORDER BY ordered_at, order_id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
"""

UPDATE_INVOICED: Final = """
    UPDATE sales_order o SET invoice_due = false
      FROM unnest($1::bigint[], $2::bigint[]) k (partner_id, order_id)
     WHERE o.partner_id = k.partner_id AND o.order_id = k.order_id
"""

UPDATE_CARGO: Final = """
    UPDATE sales_order SET cargo_number = $3, cargo_url = $4, updated_at = $5
     WHERE partner_id = $1 AND order_id = $2
"""

# Cancelled, completed and refunded orders are over.
HAS_OPEN_ORDERS: Final = """
    SELECT EXISTS (
        SELECT FROM sales_order
         WHERE partner_id = $1 AND customer_id = $2 AND status_id NOT IN (4, 5, 11))
"""


def enter_order(new: NewOrder, *, cause: str, now: datetime) -> Step[None]:
    """Enters an order with its lines and its first status. Raises `ExternalIdUsed`."""
    figures = new.figures

    def refused(error: DatabaseRefusal) -> ExternalIdUsed | None:
        is_used = getattr(error, "constraint_name", None) == EXTERNAL_ID_KEY
        return ExternalIdUsed(external_id=new.external_id) if is_used else None

    args = (
        new.partner_id,
        new.order_id,
        new.guid,
        new.order_code,
        new.increment_id,
        new.token,
        new.external_id,
        new.asked_mac,
        new.customer_id,
        new.channel,
        new.language,
        new.currency,
        new.status,
        figures.price.minor,
        figures.tax.minor,
        figures.minted_markup.minor,
        figures.silver_craft.minor,
        figures.insurance.minor,
        figures.shipping.minor,
        figures.commission.minor,
        msgspec.json.encode(new.shipping_address).decode(),
        msgspec.json.encode(new.billing_address).decode(),
        new.note,
        now,
        new.hold_expires_at,
        new.reserved_until,
        new.status is OrderStatus.PAYMENT_CONFIRMED,
        now,
        cause,
        lines_json(new.lines),
    )
    return Step(ENTER_ORDER, args, nothing, refused)


async def lock_order(tx: Tx, partner_id: PartnerId, order_id: OrderId) -> Order | None:
    """An order, locked until this transaction ends."""
    row = await tx.fetchrow(LOCK_ORDER, partner_id, order_id)
    return _order(row) if row else None


async def lock_order_by_token(tx: Tx, partner_id: PartnerId, token: CartToken) -> Order | None:
    """The order that a basket has become, locked until this transaction ends."""
    row = await tx.fetchrow(LOCK_ORDER_BY_TOKEN, partner_id, token)
    return _order(row) if row else None


def change_status(partner_id: PartnerId, order_id: OrderId, change: StatusChange) -> Step[bool]:
    """Sets a status if the order still has the one before; whether it had."""
    args = (partner_id, order_id, change.before, change.after, change.cause, change.at)
    return Step(CHANGE_STATUS, args, bool)


async def update_asked(
    tx: Tx, order: Order, *, asked_mac: bytes, reserved_until: datetime, now: datetime
) -> None:
    """Notes another call that asked for a waiting order to be paid."""
    await tx.execute(UPDATE_ASKED, order.partner_id, order.order_id, asked_mac, reserved_until, now)


async def keep_reserved(
    tx: Tx, partner_id: PartnerId, order_id: OrderId, *, until: datetime, now: datetime
) -> None:
    """Keeps a waiting order's pieces for it at least until then."""
    await tx.execute(KEEP_RESERVED, partner_id, order_id, until, now)


async def select_overdue(
    connection: Connection, *, now: datetime, at_most: int
) -> list[tuple[PartnerId, OrderId]]:
    """Orders that have waited for their payment for too long, the longest first."""
    rows = await connection.fetch(SELECT_OVERDUE, now, at_most)
    return [(PartnerId(row["partner_id"]), OrderId(row["order_id"])) for row in rows]


async def lock_to_invoice(tx: Tx, *, at_most: int) -> list[tuple[PartnerId, OrderId]]:
    """Paid orders whose invoice is to be issued, the oldest first, locked; others skip them."""
    rows = await tx.fetch(LOCK_TO_INVOICE, at_most)
    return [(PartnerId(row["partner_id"]), OrderId(row["order_id"])) for row in rows]


async def update_invoiced(tx: Tx, orders: Sequence[tuple[PartnerId, OrderId]]) -> None:
    """Notes that orders have their invoices."""
    await tx.execute(UPDATE_INVOICED, [each[0] for each in orders], [each[1] for each in orders])


async def update_cargo(tx: Tx, order: Order, *, cargo: tuple[str, str], now: datetime) -> None:
    """Sets the number and the address by which a parcel is followed."""
    await tx.execute(UPDATE_CARGO, order.partner_id, order.order_id, *cargo, now)


async def has_open_orders(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId
) -> bool:
    """Whether a customer has an order that is not over."""
    found: bool = await connection.fetchval(HAS_OPEN_ORDERS, partner_id, customer_id)
    return found


def _order(row: "Record") -> Order:
    return Order(
        partner_id=PartnerId(row["partner_id"]),
        order_id=OrderId(row["order_id"]),
        external_id=row["external_id"],
        asked_mac=row["asked_mac"],
        token=CartToken(row["token"]),
        customer_id=CustomerId(row["customer_id"]),
        increment_id=row["increment_id"],
        language=Language(row["language"]),
        currency=Currency(row["currency"]),
        status=OrderStatus(row["status_id"]),
        total_minor=row["total"],
        hold_expires_at=row["hold_expires_at"],
        reserved_until=row["reserved_until"],
    )
