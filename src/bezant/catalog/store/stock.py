"""Stock, what is promised of it, and pieces with serial numbers, in the database.

Invariant: whoever changes what is promised of a product holds its row's lock from then on,
so its pieces are given out and taken back by one at a time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from bezant.catalog.model import NotEnoughStock, OrderRef, Reservation, ReservationState
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId, ProductId
from bezant.kernel.steps import DatabaseRefusal, Step, nothing

TOO_FEW_LEFT: Final = "BZ002"
"""The code of `reserve_stock` when too few pieces are left; the detail says of what."""
_SKUS: Final = msgspec.json.Decoder(frozenset[str])
_LEFT: Final = msgspec.json.Decoder(tuple[str, int])

RESERVE: Final = """
    SELECT reserve_stock($1, $2, $3, $4, $5)
"""

SELL: Final = """
    SELECT sell_reserved($1, $2, $3)
"""

SELECT_RESERVATIONS: Final = """
    SELECT product_id, amount, state FROM stock_reservation
     WHERE partner_id = $1 AND order_id = $2 ORDER BY product_id
"""

GIVE_BACK: Final = """
    WITH released AS (
        UPDATE stock_reservation SET state = 'released', changed_at = $4
         WHERE partner_id = $1 AND order_id = $2 AND product_id = $3 AND state <> 'released'
        RETURNING product_id, amount
    )
    UPDATE product p SET stock = p.stock + r.amount FROM released r
     WHERE p.product_id = r.product_id
"""

TAKE_PIECES_BACK: Final = """
    UPDATE piece SET partner_id = NULL, order_id = NULL
     WHERE partner_id = $1 AND order_id = $2 AND product_id = $3
"""

TAKE_IN: Final = """
    UPDATE product SET stock = stock + $2, received = received + $2
     WHERE sku = $1 RETURNING product_id, has_serials, stock
"""

GIVE_SERIALS: Final = """
    UPDATE product SET has_serials = true
     WHERE sku = $1 AND stock = 0 AND NOT EXISTS (
        SELECT FROM stock_reservation r
         WHERE r.product_id = product.product_id AND r.state <> 'released')
    RETURNING product_id
"""

INSERT_PIECES: Final = """
    INSERT INTO piece (product_id, serial, entered_at)
    SELECT $1, unnest($2::text[]), $3 ON CONFLICT DO NOTHING
"""

READ_MINTED: Final = """
    SELECT minted_to_order($1)
"""

SET_MINTED: Final = """
    UPDATE product SET minted_to_order = $2 WHERE sku = $1 AND withdrawn_at IS NULL
"""

SELECT_SERIALS: Final = """
    SELECT product_id, serial FROM piece
     WHERE partner_id = $1 AND order_id = $2 ORDER BY product_id, serial
"""


def read_minted(skus: Sequence[str] | None) -> Step[frozenset[str]]:
    """Which products on sale are minted to order, of these or of all."""
    args = (None if skus is None else list(skus),)
    return Step(READ_MINTED, args, lambda told: _SKUS.decode(told or "[]"), only_reads=True)


async def set_minted(tx: Tx, sku: str, *, minted: bool) -> bool:
    """Makes a product on sale one that is minted to order, or not; whether there is one."""
    return str(await tx.execute(SET_MINTED, sku, minted)) == "UPDATE 1"


def reserve(order: OrderRef, wanted: Sequence[Reservation], *, now: datetime) -> Step[None]:
    """Takes pieces out of stock, all in one state. Raises `NotEnoughStock`."""
    args = (
        order.partner_id,
        order.order_id,
        msgspec.json.encode([(one.product_id, one.amount) for one in wanted]).decode(),
        wanted[0].state,
        now,
    )
    return Step(RESERVE, args, nothing, _too_few)


def sell(order: OrderRef, *, now: datetime) -> Step[bool]:
    """Turns what is held for an order into what is sold; whether anything was."""
    return Step(SELL, (order.partner_id, order.order_id, now), bool)


async def select_reservations(connection: Connection, order: OrderRef) -> list[Reservation]:
    """What is or was promised to an order, by product."""
    rows = await connection.fetch(SELECT_RESERVATIONS, order.partner_id, order.order_id)
    return [
        Reservation(ProductId(row["product_id"]), row["amount"], ReservationState(row["state"]))
        for row in rows
    ]


async def give_back(tx: Tx, order: OrderRef, product_id: ProductId, *, now: datetime) -> None:
    """Puts what an order had of a product back into stock, once."""
    await tx.execute(GIVE_BACK, order.partner_id, order.order_id, product_id, now)
    await tx.execute(TAKE_PIECES_BACK, order.partner_id, order.order_id, product_id)


async def take_in(tx: Tx, sku: str, amount: int) -> tuple[ProductId, bool, int] | None:
    """Adds pieces to a product's stock: its id, whether it has serials, and the new stock."""
    row = await tx.fetchrow(TAKE_IN, sku, amount)
    return (ProductId(row["product_id"]), row["has_serials"], row["stock"]) if row else None


async def give_serials(tx: Tx, sku: str) -> bool:
    """Makes a product one with serials, if nothing of it is in stock or promised."""
    return await tx.fetchval(GIVE_SERIALS, sku) is not None


async def insert_pieces(
    tx: Tx, product_id: ProductId, serials: Sequence[str], *, now: datetime
) -> int:
    """Enters pieces by serial; how many were not there yet."""
    status: str = await tx.execute(INSERT_PIECES, product_id, list(serials), now)
    return int(status.rpartition(" ")[2])


async def select_serials(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> dict[ProductId, list[str]]:
    """The serials of an order's pieces, by product."""
    found: dict[ProductId, list[str]] = {}
    for row in await connection.fetch(SELECT_SERIALS, partner_id, order_id):
        found.setdefault(ProductId(row["product_id"]), []).append(row["serial"])
    return found


def _too_few(error: DatabaseRefusal) -> NotEnoughStock | None:
    if error.sqlstate != TOO_FEW_LEFT:
        return None
    sku, left = _LEFT.decode(str(error.detail))
    return NotEnoughStock(sku=sku, left=left)
