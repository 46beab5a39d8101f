"""Baskets and their lines in the database."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.baskets.model import (
    Basket,
    BasketBirth,
    BasketKey,
    BasketState,
    BasketToOrder,
    LoadedBasket,
)
from bezant.customers.model import Address
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import BasketId, CustomerId, PartnerId, ProductId, increment_id
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.pricing.lines import Line
from bezant.pricing.model import Quote

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record

LOCK_BASKET: Final = """
    SELECT b.basket_id, b.currency, b.hold_expires_at
      FROM basket b
     WHERE b.partner_id = $1 AND b.token = $3 AND b.state = 'open'
       AND b.customer_id = $2
       FOR UPDATE
"""

LOCK_BASKET_TO_ORDER: Final = """
    SELECT b.basket_id, b.customer_id, b.currency, b.hold_expires_at, b.guid, b.increment_id,
           b.channel, b.shipping_address, b.billing_address
      FROM basket b
     WHERE b.partner_id = $1 AND b.token = $3 AND b.state = 'open' AND b.customer_id = $2
       FOR UPDATE
"""

MARK_ORDERED: Final = """
    UPDATE basket SET state = 'ordered', updated_at = $3
     WHERE partner_id = $1 AND basket_id = $2 AND state = 'open'
"""

# A statement of its own after the lock: one that waited for the lock would still see the
# lines as they were before it waited.
SELECT_LINES: Final = """
    SELECT * FROM basket_item WHERE partner_id = $1 AND basket_id = $2 ORDER BY position
"""

NEXT_BASKET_ID: Final = """
    SELECT nextval(pg_get_serial_sequence('basket', 'basket_id'))
"""

INSERT_BASKET: Final = """
    INSERT INTO basket
        (partner_id, basket_id, guid, token, increment_id, customer_id, channel, currency, state,
         price, tax, minted_markup, silver_craft, insurance, shipping, commission,
         hold_expires_at, ordered_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, 0, 0, 0, $10, $11, $11)
"""

UPSERT_LINE: Final = """
    INSERT INTO basket_item AS i
        (partner_id, basket_id, product_id, position, amount, metal, spot_price, metal_value,
         minted_markup, insurance, shipping, commission, price, tax_base, tax_rate, tax)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (partner_id, basket_id, product_id) DO UPDATE
       SET amount = excluded.amount, spot_price = excluded.spot_price,
           metal_value = excluded.metal_value, minted_markup = excluded.minted_markup,
           insurance = excluded.insurance, shipping = excluded.shipping,
           commission = excluded.commission, price = excluded.price,
           tax_base = excluded.tax_base, tax_rate = excluded.tax_rate, tax = excluded.tax
"""

DELETE_LINES: Final = """
    DELETE FROM basket_item WHERE partner_id = $1 AND basket_id = $2 AND product_id = ANY ($3)
"""

UPDATE_FIGURES: Final = """
    UPDATE basket
       SET price = $3, tax = $4, minted_markup = $5, silver_craft = $6, insurance = $7,
           shipping = $8, commission = $9, hold_expires_at = $10, updated_at = $11
     WHERE partner_id = $1 AND basket_id = $2
"""

UPDATE_ADDRESSES: Final = """
    UPDATE basket
       SET shipping_address = coalesce($3, shipping_address),
           billing_address = coalesce($4, billing_address), updated_at = $5
     WHERE partner_id = $1 AND basket_id = $2
"""

DELETE_OPEN_BASKETS: Final = """
    DELETE FROM basket WHERE partner_id = $1 AND customer_id = $2 AND state = 'open'
"""

TAKE_BASKET_IDS: Final = """
    SELECT nextval(pg_get_serial_sequence('basket', 'basket_id')) AS basket_id
      FROM generate_series(1, $1::integer)
"""

COUNT_BASKETS: Final = """
    SELECT count(*) FROM (SELECT FROM basket LIMIT $1) b
"""

VACUUM_BASKETS: Final = """
    VACUUM (ANALYZE) basket, basket_item
"""

_BASKET_FIELDS: Final = (
    "partner_id", "basket_id", "guid", "token", "increment_id", "customer_id", "channel",
    "currency", "state", "price", "tax", "minted_markup", "silver_craft", "insurance", "shipping",
    "commission", "hold_expires_at", "shipping_address", "billing_address", "ordered_at",
    "updated_at",
)  # fmt: skip
_LINE_FIELDS: Final = (
    "partner_id", "basket_id", "product_id", "position", "amount", "metal", "spot_price",
    "metal_value", "minted_markup", "insurance", "shipping", "commission", "price", "tax_base",
    "tax_rate", "tax",
)  # fmt: skip


async def lock_basket(tx: Tx, key: BasketKey, customer_id: CustomerId) -> Basket | None:
    """The customer's open basket with its lines, locked until this transaction ends."""
    row = await tx.fetchrow(LOCK_BASKET, key.partner_id, customer_id, key.token)
    if row is None:
        return None
    currency = Currency(row["currency"])
    lines = await tx.fetch(SELECT_LINES, key.partner_id, row["basket_id"])
    return Basket(
        basket_id=BasketId(row["basket_id"]),
        partner_id=key.partner_id,
        customer_id=customer_id,
        token=key.token,
        currency=currency,
        hold_expires_at=row["hold_expires_at"],
        lines={ProductId(line["product_id"]): _line(line, currency) for line in lines},
    )


async def lock_basket_to_order(
    tx: Tx, key: BasketKey, customer_id: CustomerId
) -> BasketToOrder | None:
    """The customer's open basket with all of it, locked until this transaction ends."""
    row = await tx.fetchrow(LOCK_BASKET_TO_ORDER, key.partner_id, customer_id, key.token)
    if row is None:
        return None
    lines = await tx.fetch(SELECT_LINES, key.partner_id, row["basket_id"])
    currency = Currency(row["currency"])
    basket = Basket(
        basket_id=BasketId(row["basket_id"]),
        partner_id=key.partner_id,
        customer_id=customer_id,
        token=key.token,
        currency=currency,
        hold_expires_at=row["hold_expires_at"],
        lines={ProductId(line["product_id"]): _line(line, currency) for line in lines},
    )
    return BasketToOrder(
        basket=basket,
        guid=row["guid"],
        increment_id=row["increment_id"],
        channel=row["channel"],
        shipping_address=_address(row["shipping_address"]),
        billing_address=_address(row["billing_address"]),
    )


async def mark_ordered(tx: Tx, basket: Basket, *, now: "datetime") -> bool:
    """Makes an open basket an ordered one; whether it was open."""
    status: str = await tx.execute(MARK_ORDERED, basket.partner_id, basket.basket_id, now)
    return status == "UPDATE 1"


async def insert_basket(tx: Tx, partner_id: PartnerId, birth: BasketBirth) -> Basket:
    """A new basket without lines."""
    basket_id = BasketId(await tx.fetchval(NEXT_BASKET_ID))
    await tx.execute(
        INSERT_BASKET,
        partner_id,
        basket_id,
        birth.guid,
        birth.token,
        increment_id(basket_id, birth.now),
        birth.customer_id,
        birth.channel,
        birth.currency,
        BasketState.OPEN,
        birth.hold_expires_at,
        birth.now,
    )
    return Basket(
        basket_id=basket_id,
        partner_id=partner_id,
        customer_id=birth.customer_id,
        token=birth.token,
        currency=birth.currency,
        hold_expires_at=birth.hold_expires_at,
        lines={},
    )


async def update_basket(tx: Tx, *, before: Basket, after: Basket, now: "datetime") -> None:
    """Writes what changed between two states of one locked basket, with its sums."""
    gone = before.lines.keys() - after.lines.keys()
    if gone:
        await tx.execute(DELETE_LINES, after.partner_id, after.basket_id, sorted(gone))
    changed = [line for p, line in after.lines.items() if before.lines.get(p) != line]
    await tx.executemany(UPSERT_LINE, [_line_values(after, line) for line in changed])
    figures = after.figures()
    await tx.execute(
        UPDATE_FIGURES,
        after.partner_id,
        after.basket_id,
        figures.price.minor,
        figures.tax.minor,
        figures.minted_markup.minor,
        figures.silver_craft.minor,
        figures.insurance.minor,
        figures.shipping.minor,
        figures.commission.minor,
        after.hold_expires_at,
        now,
    )


async def update_addresses(
    tx: Tx, basket: Basket, *, addresses: tuple[Address | None, Address | None], now: "datetime"
) -> None:
    """Copies the shipping and the billing address into the basket; None leaves one as it is."""
    shipping, billing = map(_address_json, addresses)
    await tx.execute(UPDATE_ADDRESSES, basket.partner_id, basket.basket_id, shipping, billing, now)


async def delete_open_baskets(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> int:
    """Drops a customer's open baskets; how many."""
    status: str = await tx.execute(DELETE_OPEN_BASKETS, partner_id, customer_id)
    return int(status.removeprefix("DELETE "))


async def take_basket_ids(connection: Connection, count: int) -> list[BasketId]:
    """So many ids that no other basket will have, in rising order."""
    rows = await connection.fetch(TAKE_BASKET_IDS, count)
    return sorted(BasketId(row["basket_id"]) for row in rows)


async def count_baskets(connection: Connection, *, at_most: int) -> int:
    """How many baskets there are; counting ends at `at_most`."""
    count: int = await connection.fetchval(COUNT_BASKETS, at_most)
    return count


async def copy_baskets(tx: Tx, loaded: Sequence[LoadedBasket]) -> None:
    """Writes whole baskets, with the sums of their lines, by COPY."""
    await tx.copy_records_to_table(
        "basket", records=map(_basket_values, loaded), columns=_BASKET_FIELDS
    )
    lines = (_line_values(one.basket, line) for one in loaded for line in one.basket.lines.values())
    await tx.copy_records_to_table("basket_item", records=lines, columns=_LINE_FIELDS)


async def vacuum_baskets(connection: Connection) -> None:
    """Lets the database see what was loaded; not inside a transaction."""
    await connection.execute(VACUUM_BASKETS)


def _basket_values(loaded: LoadedBasket) -> tuple[object, ...]:
    basket, figures = loaded.basket, loaded.basket.figures()
    return (
        basket.partner_id,
        basket.basket_id,
        loaded.guid,
        basket.token,
        increment_id(basket.basket_id, loaded.ordered_at),
        basket.customer_id,
        loaded.channel,
        basket.currency,
        BasketState.OPEN,
        figures.price.minor,
        figures.tax.minor,
        figures.minted_markup.minor,
        figures.silver_craft.minor,
        figures.insurance.minor,
        figures.shipping.minor,
        figures.commission.minor,
        basket.hold_expires_at,
        _address_json(loaded.shipping_address),
        _address_json(loaded.billing_address),
        loaded.ordered_at,
        loaded.ordered_at,
    )


def _line(row: "Record", currency: Currency) -> Line:
    quote = Quote(
        product_id=ProductId(row["product_id"]),
        spot=PricePerGram(row["spot_price"], currency, Metal(row["metal"])),
        metal_value=Money(row["metal_value"], currency),
        minted_markup=Money(row["minted_markup"], currency),
        insurance=Money(row["insurance"], currency),
        shipping=Money(row["shipping"], currency),
        commission=Money(row["commission"], currency),
        tax_base=Money(row["tax_base"], currency),
        tax_rate=row["tax_rate"],
    )
    return Line(row["position"], row["amount"], quote)


def _line_values(basket: Basket, line: Line) -> Sequence[int | str]:
    quote = line.quote
    return (
        basket.partner_id,
        basket.basket_id,
        quote.product_id,
        line.position,
        line.amount,
        quote.spot.metal,
        quote.spot.units,
        quote.metal_value.minor,
        quote.minted_markup.minor,
        quote.insurance.minor,
        quote.shipping.minor,
        quote.commission.minor,
        quote.price.minor,
        quote.tax_base.minor,
        quote.tax_rate,
        line.tax.minor,
    )


def _address_json(address: Address | None) -> str | None:
    return None if address is None else msgspec.json.encode(address).decode()


def _address(text: str | None) -> Address | None:
    return None if text is None else _ADDRESS.decode(text)


_ADDRESS: Final = msgspec.json.Decoder(Address)
