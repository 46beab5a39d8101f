"""Baskets and their lines in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from bezant.baskets.model import (
    Basket,
    BasketBirth,
    BasketKey,
    BasketState,
    LoadedBasket,
    LockedBasket,
)
from bezant.customers.model import Address, CustomerView, Person
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import BasketId, CustomerId, PartnerId, ProductId, increment_id
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.pricing.lines import Goods, Line, line_columns
from bezant.pricing.model import Quote

LOCK_BASKET: Final = """
    SELECT lock_basket($1, $2, $3, $4)
"""

MARK_ORDERED: Final = """
    UPDATE basket SET state = 'ordered', updated_at = $3
     WHERE partner_id = $1 AND basket_id = $2 AND state = 'open'
"""

# A basket, its sums and its lines are one statement, and so one round trip.
INSERT_BASKET: Final = """
    WITH made AS (
        INSERT INTO basket
            (partner_id, basket_id, guid, token, increment_id, customer_id, channel, currency,
             state, price, tax, minted_markup, silver_craft, insurance, shipping, commission,
             hold_expires_at, ordered_at, updated_at)
        SELECT $1, n, $2, $3, increment_id(n, $14), $4, $5, $6, 'open', $7, $8, $9, $10, $11, $12,
               $13, $15, $14, $14
          FROM nextval(pg_get_serial_sequence('basket', 'basket_id')) AS n
        RETURNING basket_id, increment_id
    ), lines AS (
        INSERT INTO basket_item
            (partner_id, basket_id, product_id, position, amount, metal, spot_price, metal_value,
             minted_markup, insurance, shipping, commission, price, tax_base, tax_rate, tax)
        SELECT $1, made.basket_id, l.*
          FROM made, unnest($16::bigint[], $17::integer[], $18::integer[], $19::text[],
                            $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[],
                            $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[],
                            $28::integer[], $29::bigint[]) AS l
    )
    SELECT basket_id, increment_id FROM made
"""

UPDATE_BASKET: Final = """
    WITH gone AS (
        DELETE FROM basket_item
         WHERE partner_id = $1 AND basket_id = $2 AND product_id = ANY ($12::bigint[])
    ), lines AS (
        INSERT INTO basket_item AS i
            (partner_id, basket_id, product_id, position, amount, metal, spot_price, metal_value,
             minted_markup, insurance, shipping, commission, price, tax_base, tax_rate, tax)
        SELECT $1, $2, l.*
          FROM unnest($13::bigint[], $14::integer[], $15::integer[], $16::text[], $17::bigint[],
                      $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[],
                      $23::bigint[], $24::bigint[], $25::integer[], $26::bigint[]) AS l
        ON CONFLICT (partner_id, basket_id, product_id) DO UPDATE
           SET amount = excluded.amount, spot_price = excluded.spot_price,
               metal_value = excluded.metal_value, minted_markup = excluded.minted_markup,
               insurance = excluded.insurance, shipping = excluded.shipping,
               commission = excluded.commission, price = excluded.price,
               tax_base = excluded.tax_base, tax_rate = excluded.tax_rate, tax = excluded.tax
    )
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
    SELECT count(*) FROM (SELECT FROM basket WHERE state = 'open' LIMIT $1) b
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


async def lock_basket(tx: Tx, key: BasketKey, *, language: Language) -> LockedBasket | None:
    """The customer's open basket with all of it, locked until this transaction ends."""
    found: str | None = await tx.fetchval(
        LOCK_BASKET, key.partner_id, key.external_customer_id, key.token, language
    )
    if found is None:
        return None
    row = _LOCKED.decode(found)
    basket = Basket(
        basket_id=row.basket_id,
        partner_id=key.partner_id,
        customer_id=row.customer_id,
        token=key.token,
        currency=row.currency,
        hold_expires_at=row.hold_expires_at,
        lines={line.product_id: line.line(row.currency) for line in row.lines},
    )
    return LockedBasket(
        basket=basket,
        goods={line.product_id: line.goods for line in row.lines},
        guid=row.guid,
        increment_id=row.increment_id,
        channel=row.channel,
        ordered_at=row.ordered_at,
        customer=CustomerView(key.external_customer_id, row.person),
        shipping_address=row.shipping_address,
        billing_address=row.billing_address,
    )


async def mark_ordered(tx: Tx, basket: Basket, *, now: datetime) -> bool:
    """Makes an open basket an ordered one; whether it was open."""
    status: str = await tx.execute(MARK_ORDERED, basket.partner_id, basket.basket_id, now)
    return status == "UPDATE 1"


async def insert_basket(tx: Tx, birth: BasketBirth) -> tuple[BasketId, str]:
    """Enters a new basket with its first lines: its own id, and the one for people."""
    basket = birth.basket
    row = await tx.fetchrow(
        INSERT_BASKET,
        basket.partner_id,
        birth.guid,
        basket.token,
        basket.customer_id,
        birth.channel,
        basket.currency,
        *_figures(basket),
        birth.now,
        basket.hold_expires_at,
        *line_columns(list(basket.lines.values())),
    )
    assert row is not None, "what is inserted is returned"
    return BasketId(row["basket_id"]), row["increment_id"]


async def update_basket(tx: Tx, *, before: Basket, after: Basket, now: datetime) -> None:
    """Writes what changed between two states of one locked basket, with its sums."""
    changed = [line for p, line in after.lines.items() if before.lines.get(p) != line]
    await tx.execute(
        UPDATE_BASKET,
        after.partner_id,
        after.basket_id,
        *_figures(after),
        after.hold_expires_at,
        now,
        sorted(before.lines.keys() - after.lines.keys()),
        *line_columns(changed),
    )


async def update_addresses(
    tx: Tx, basket: Basket, *, addresses: tuple[Address | None, Address | None], now: datetime
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
    """How many open baskets there are; counting ends at `at_most`."""
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


class _LineRow(msgspec.Struct, frozen=True, array_like=True):
    """A line as the database's function tells it; the order of the fields is the function's."""

    product_id: ProductId
    position: int
    amount: int
    metal: Metal
    spot_price: int
    metal_value: int
    minted_markup: int
    insurance: int
    shipping: int
    commission: int
    tax_base: int
    tax_rate: int
    goods: Goods

    def line(self, currency: Currency) -> Line:
        """The line itself."""
        quote = Quote(
            product_id=self.product_id,
            spot=PricePerGram(self.spot_price, currency, self.metal),
            metal_value=Money(self.metal_value, currency),
            minted_markup=Money(self.minted_markup, currency),
            insurance=Money(self.insurance, currency),
            shipping=Money(self.shipping, currency),
            commission=Money(self.commission, currency),
            tax_base=Money(self.tax_base, currency),
            tax_rate=self.tax_rate,
        )
        return Line(self.position, self.amount, quote)


class _LockedRow(msgspec.Struct, frozen=True, array_like=True):
    """A basket as the database's function tells it; the order of the fields is the function's."""

    basket_id: BasketId
    customer_id: CustomerId
    guid: UUID
    increment_id: str
    channel: str
    currency: Currency
    hold_expires_at: datetime
    ordered_at: datetime
    shipping_address: Address | None
    billing_address: Address | None
    person: Person
    lines: list[_LineRow]


_LOCKED: Final = msgspec.json.Decoder(_LockedRow)


def _figures(basket: Basket) -> tuple[int, ...]:
    figures = basket.figures()
    return (
        figures.price.minor,
        figures.tax.minor,
        figures.minted_markup.minor,
        figures.silver_craft.minor,
        figures.insurance.minor,
        figures.shipping.minor,
        figures.commission.minor,
    )


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
