"""Spreads, fixes and orders in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from bezant.customers.model import KnownCustomer
from bezant.delivery.model import ShipmentTold
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.metal import PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import Step, nothing
from bezant.ledger.assets import Amount, Asset
from bezant.orders.model import OrderStatus
from bezant.payments.views import PaymentView
from bezant.trading.model import (
    AssetPrice,
    CardWait,
    DigitalOrder,
    Fix,
    Spread,
    TradedLine,
    TradeKind,
)

READ_SPREADS: Final = """
    SELECT digital_spreads($1)
"""

UPSERT_SPREAD: Final = """
    INSERT INTO digital_spread (partner_id, asset, buy_basis_points, sell_basis_points)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (partner_id, asset) DO UPDATE
       SET buy_basis_points = excluded.buy_basis_points,
           sell_basis_points = excluded.sell_basis_points
"""

DELETE_SPREAD: Final = """
    DELETE FROM digital_spread WHERE partner_id = $1 AND asset = $2
"""

INSERT_FIX: Final = """
    INSERT INTO price_fix
        (partner_id, token, customer, currency, total, prices, fixed_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

READ_FIX: Final = """
    SELECT price_fix_of($1, $2)
"""

LOCK_FIX: Final = """
    SELECT FROM price_fix WHERE partner_id = $1 AND token = $2 FOR NO KEY UPDATE
"""

DELETE_OLD_FIXES: Final = """
    DELETE FROM price_fix WHERE (partner_id, token) IN (
        SELECT partner_id, token FROM price_fix WHERE expires_at <= $1
         ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""

READ_ORDER: Final = """
    SELECT digital_order_of($1, $2, $3, $4)
"""

ENTER_ORDER: Final = """
    SELECT enter_digital_order(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""

END_WAIT: Final = """
    SELECT end_digital_wait($1, $2, $3)
"""

LOCK_ORDER_OF_NUMBER: Final = """
    SELECT FROM digital_order WHERE partner_id = $1 AND order_id = $2 FOR NO KEY UPDATE
"""

SELECT_ORDER_OF_NUMBER: Final = """
    SELECT digital_order_of(partner_id, guid, NULL, NULL) FROM digital_order
     WHERE partner_id = $1 AND order_id = $2
"""

SELECT_OVERDUE: Final = """
    SELECT partner_id, order_id FROM digital_order
     WHERE waits_until <= $1 ORDER BY waits_until LIMIT $2
"""


ENTER_DELIVERY: Final = """
    SELECT enter_delivery_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

LOCK_ORDER: Final = """
    SELECT FROM digital_order WHERE partner_id = $1 AND guid = $2 FOR NO KEY UPDATE
"""

ADVANCE_ORDER: Final = """
    SELECT advance_digital_order($1, $2, $3, $4)
"""

LOCK_TO_INVOICE: Final = """
    SELECT partner_id, order_id FROM digital_order
     WHERE invoice_due ORDER BY ordered_at, order_id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
"""

UPDATE_INVOICED: Final = """
    UPDATE digital_order o SET invoice_due = false
      FROM unnest($1::bigint[], $2::bigint[]) k (partner_id, order_id)
     WHERE o.partner_id = k.partner_id AND o.order_id = k.order_id
"""


class _SpreadRow(msgspec.Struct, frozen=True, array_like=True):
    sku: str
    buy_basis_points: int
    sell_basis_points: int


class _PriceRow(msgspec.Struct, frozen=True, array_like=True):
    sku: str
    spot: int
    buy: int
    sell: int
    buy_amount: int | None

    def price(self, currency: Currency) -> AssetPrice:
        asset = Asset[self.sku]
        return AssetPrice(
            asset,
            PricePerGram(self.spot, currency, asset.metal),
            Money(self.buy, currency),
            Money(self.sell, currency),
            None if self.buy_amount is None else Amount(self.buy_amount, asset),
        )


class _FixRow(msgspec.Struct, frozen=True, array_like=True):
    customer: str | None
    currency: Currency
    total: int | None
    prices: list[_PriceRow]
    expires_at: datetime
    used_at: datetime | None


class _LineRow(msgspec.Struct, frozen=True, array_like=True):
    sku: str
    amount: int
    spot: int
    price: int
    line: int
    tax_rate: int
    tax: int

    def traded(self, currency: Currency) -> TradedLine:
        asset = Asset[self.sku]
        return TradedLine(
            amount=Amount(self.amount, asset),
            spot=PricePerGram(self.spot, currency, asset.metal),
            price=Money(self.price, currency),
            line=Money(self.line, currency),
            tax_rate=self.tax_rate,
            tax=Money(self.tax, currency),
        )


class _OrderRow(msgspec.Struct, frozen=True, array_like=True):
    order_id: OrderId
    guid: UUID
    order_code: str
    external_id: str | None
    asked_mac: bytes
    kind: TradeKind
    channel: str
    token: str | None
    currency: Currency
    status: OrderStatus
    topup: int
    ordered_at: datetime
    customer: KnownCustomer | None
    lines: list[_LineRow]
    delivery: ShipmentTold | None = None
    payment: PaymentView | None = None


_SPREADS: Final = msgspec.json.Decoder(list[_SpreadRow])
_FIX: Final = msgspec.json.Decoder(_FixRow)
_ORDER: Final = msgspec.json.Decoder(_OrderRow)


def read_spreads(partner_id: PartnerId) -> Step[Mapping[Asset, Spread]]:
    """The spreads of the assets that are traded with a partner."""
    return Step(READ_SPREADS, (partner_id,), _spreads, only_reads=True)


async def upsert_spread(tx: Tx, partner_id: PartnerId, asset: Asset, spread: Spread) -> None:
    """Sets the spread of an asset."""
    await tx.execute(
        UPSERT_SPREAD,
        partner_id,
        asset.sku,
        spread.buy_basis_points,
        spread.sell_basis_points,
    )


async def delete_spread(tx: Tx, partner_id: PartnerId, asset: Asset) -> bool:
    """Whether there was one."""
    return str(await tx.execute(DELETE_SPREAD, partner_id, asset.sku)) == "DELETE 1"


async def insert_fix(
    connection: Connection, partner_id: PartnerId, fix: Fix, *, now: datetime
) -> None:
    """Enters a fix."""
    prices = [
        _PriceRow(
            price.asset.sku,
            price.spot.units,
            price.buy.minor,
            price.sell.minor,
            None if price.buy_amount is None else price.buy_amount.units,
        )
        for price in fix.prices
    ]
    await connection.execute(
        INSERT_FIX,
        partner_id,
        fix.token,
        fix.customer,
        fix.currency,
        None if fix.total is None else fix.total.minor,
        msgspec.json.encode(prices).decode(),
        now,
        fix.expires_at,
    )


def read_fix(partner_id: PartnerId, token: str) -> Step[Fix | None]:
    """A fix, used or over or not."""

    def read(told: str | None) -> Fix | None:
        return None if told is None else _fix(token, _FIX.decode(told))

    return Step(READ_FIX, (partner_id, token), read, only_reads=True)


async def lock_fix(tx: Tx, partner_id: PartnerId, token: str) -> None:
    """Locks a fix, so that what is read of it next stays so."""
    await tx.execute(LOCK_FIX, partner_id, token)


async def delete_old_fixes(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes so many fixes at most; how many they were."""
    return int(str(await tx.execute(DELETE_OLD_FIXES, before, limit)).rpartition(" ")[2])


def read_order(
    partner_id: PartnerId,
    *,
    guid: UUID | None = None,
    code: str | None = None,
    external_id: str | None = None,
) -> Step[DigitalOrder | None]:
    """The order that all of these fit; None without any."""

    def read(told: str | None) -> DigitalOrder | None:
        return None if told is None else order_told(partner_id, told)

    return Step(READ_ORDER, (partner_id, guid, code, external_id), read, only_reads=True)


def order_told(partner_id: PartnerId, told: str) -> DigitalOrder:
    """An order as the database's function tells it."""
    return _order(partner_id, _ORDER.decode(told))


def enter_order(order: DigitalOrder, wait: CardWait | None = None) -> Step[OrderId]:
    """Uses the fix, enters the order, and tells its number. Refused by being tried again.

    One that a card is to pay is entered with its payment, and waits for it.
    """
    args = (
        order.partner_id,
        order.guid,
        order.order_code,
        order.external_id,
        order.asked_mac,
        order.kind,
        order.customer_id,
        order.channel,
        order.token,
        order.currency,
        order.status,
        order.price.minor,
        order.tax.minor,
        order.topup.minor,
        msgspec.json.encode([_line(line) for line in order.lines]).decode(),
        order.ordered_at,
        *((None,) * 4 if wait is None else (wait.payment, wait.until, wait.language, wait.day)),
    )
    return Step(ENTER_ORDER, args, lambda number: OrderId(int(number or 0)))


def end_wait(order: DigitalOrder, status: OrderStatus) -> Step[bool]:
    """Completes or cancels an order that waits for its payment; whether it still did."""
    return Step(END_WAIT, (order.partner_id, order.order_id, status), bool)


async def lock_order_of_number(
    tx: Tx, partner_id: PartnerId, order_id: OrderId
) -> DigitalOrder | None:
    """An order by our own number, locked until this transaction ends."""
    await tx.execute(LOCK_ORDER_OF_NUMBER, partner_id, order_id)
    return await select_order_of_number(tx, partner_id, order_id)


async def select_order_of_number(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> DigitalOrder | None:
    """An order by our own number."""
    told = await connection.fetchval(SELECT_ORDER_OF_NUMBER, partner_id, order_id)
    return None if told is None else order_told(partner_id, told)


async def select_overdue(
    connection: Connection, *, now: datetime, at_most: int
) -> list[tuple[PartnerId, OrderId]]:
    """Orders that have waited for their payment for too long."""
    rows = await connection.fetch(SELECT_OVERDUE, now, at_most)
    return [(PartnerId(row["partner_id"]), OrderId(row["order_id"])) for row in rows]


async def lock_to_invoice(tx: Tx, at_most: int) -> list[tuple[PartnerId, OrderId]]:
    """Complete purchases whose invoice is due, the oldest first, locked; others skip them."""
    rows = await tx.fetch(LOCK_TO_INVOICE, at_most)
    return [(PartnerId(row["partner_id"]), OrderId(row["order_id"])) for row in rows]


async def update_invoiced(tx: Tx, orders: Sequence[tuple[PartnerId, OrderId]]) -> None:
    """Notes that orders have their invoices."""
    await tx.execute(UPDATE_INVOICED, [each[0] for each in orders], [each[1] for each in orders])


def enter_delivery(order: DigitalOrder) -> Step[OrderId]:
    """Enters an order that grams are delivered by, and tells its number; refused as a trade."""
    (line,) = order.lines
    args = (
        order.partner_id,
        order.guid,
        order.order_code,
        order.external_id,
        order.asked_mac,
        order.customer_id,
        order.channel,
        order.currency,
        order.status,
        order.topup.minor,
        msgspec.json.encode(_line(line)).decode(),
        order.ordered_at,
    )
    return Step(ENTER_DELIVERY, args, lambda number: OrderId(int(number or 0)))


async def lock_order(tx: Tx, partner_id: PartnerId, guid: UUID) -> None:
    """Locks an order, so that what is read of it next stays so."""
    await tx.execute(LOCK_ORDER, partner_id, guid)


def advance_order(order: DigitalOrder, status: OrderStatus) -> Step[None]:
    """Takes an order on from the status that it was read with."""
    args = (order.partner_id, order.guid, order.status, status)
    return Step(ADVANCE_ORDER, args, nothing)


def _line(line: TradedLine) -> _LineRow:
    return _LineRow(
        line.asset.sku,
        line.amount.units,
        line.spot.units,
        line.price.minor,
        line.line.minor,
        line.tax_rate,
        line.tax.minor,
    )


def _spreads(told: str | None) -> Mapping[Asset, Spread]:
    return {
        Asset[row.sku]: Spread(row.buy_basis_points, row.sell_basis_points)
        for row in _SPREADS.decode(told or "[]")
    }


def _fix(token: str, row: _FixRow) -> Fix:
    return Fix(
        token=token,
        customer=row.customer,
        currency=row.currency,
        total=None if row.total is None else Money(row.total, row.currency),
        prices=[each.price(row.currency) for each in row.prices],
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


def _order(partner_id: PartnerId, row: _OrderRow) -> DigitalOrder:
    lines = [each.traded(row.currency) for each in row.lines]
    return DigitalOrder(
        partner_id=partner_id,
        order_id=row.order_id,
        guid=row.guid,
        order_code=row.order_code,
        external_id=row.external_id,
        asked_mac=row.asked_mac,
        kind=row.kind,
        customer_id=row.customer.customer_id if row.customer else None,
        customer=row.customer.view if row.customer else None,
        channel=row.channel,
        token=row.token,
        currency=row.currency,
        status=row.status,
        topup=Money(row.topup, row.currency),
        ordered_at=row.ordered_at,
        lines=lines,
        delivery=None if row.delivery is None else row.delivery.shipment(lines[0].asset.metal),
        payment=row.payment,
    )
