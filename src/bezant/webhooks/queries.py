"""Abandoned baskets, read from the room of baskets with their customer and products."""

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.ids import BasketId, CartToken
from bezant.kernel.money import Currency, Money
from bezant.webhooks.model import Abandonment

if TYPE_CHECKING:
    from asyncpg import Record

# The slot goes with the moment and never back, so its index brings them nearly in order.
SELECT_IDLE_BASKETS: Final = """
    SELECT b.basket_id, b.guid, b.token, b.increment_id, b.currency, b.price, b.tax,
           b.updated_at, c.external_id, i.items
      FROM (SELECT * FROM basket
             WHERE partner_id = $1 AND state = 'open'
               AND idle_slot BETWEEN idle_slot($2) AND idle_slot($4)
               AND (updated_at, basket_id) > ($2, $3) AND updated_at <= $4
             ORDER BY idle_slot, updated_at, basket_id
             LIMIT $5) AS b
      JOIN customer c USING (partner_id, customer_id)
     CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('sku', p.sku, 'amount', l.amount) ORDER BY l.position)
               AS items
          FROM basket_item l JOIN product p USING (product_id)
         WHERE l.partner_id = b.partner_id AND l.basket_id = b.basket_id) AS i
     ORDER BY b.updated_at, b.basket_id
"""


class IdleItem(msgspec.Struct, frozen=True):
    """A line of an idle basket."""

    sku: str
    amount: int


class IdleBasket(msgspec.Struct, frozen=True):
    """An open basket that nobody has touched for a while; it may be empty."""

    basket_id: BasketId
    guid: UUID
    token: CartToken
    increment_id: str
    external_customer_id: str
    price: Money
    tax: Money
    items: tuple[IdleItem, ...]
    updated_at: datetime


_ITEMS: Final = msgspec.json.Decoder(tuple[IdleItem, ...])


async def idle_baskets(
    connection: Connection, told: Abandonment, *, until: datetime, limit: int
) -> list[IdleBasket]:
    """Open baskets last changed by then that were not looked at yet, oldest change first."""
    rows = await connection.fetch(
        SELECT_IDLE_BASKETS, told.partner_id, told.done_until, told.done_basket_id, until, limit
    )
    return [_basket(row) for row in rows]


def _basket(row: "Record") -> IdleBasket:
    currency = Currency(row["currency"])
    return IdleBasket(
        basket_id=BasketId(row["basket_id"]),
        guid=row["guid"],
        token=CartToken(row["token"]),
        increment_id=row["increment_id"],
        external_customer_id=row["external_id"],
        price=Money(row["price"], currency),
        tax=Money(row["tax"], currency),
        items=_ITEMS.decode(row["items"]) if row["items"] else (),
        updated_at=row["updated_at"],
    )
