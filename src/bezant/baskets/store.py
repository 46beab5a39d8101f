"""Baskets and their lines in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from bezant.baskets.model import (
    Basket,
    BasketBirth,
    BasketKey,
    BasketState,
    LoadedBasket,
    NewAddresses,
    WholeBasket,
    idle_slot,
)
from bezant.customers.model import MAX_ADDRESSES, Address, CustomerView, Person
from bezant.customers.service import stored_addresses, too_many_addresses
from bezant.kernel.db import Connection, NotAtOnce, Tx
from bezant.kernel.ids import BasketId, CustomerId, PartnerId, ProductId, increment_id
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import Step, nothing
from bezant.kernel.texts import Language
from bezant.pricing.lines import Goods, Line, lines_json, row_of
from bezant.pricing.model import Quote

READ_BASKET: Final = """
    SELECT read_basket($1, $2, $3, $4)
"""

LOCK_BASKET: Final = """
    SELECT lock_basket($1, $2, $3, $4)
"""

ORDER_BASKET: Final = """
    SELECT order_basket($1, $2, $3, $4)
"""

SET_ADDRESSES: Final = """
    SELECT set_basket_addresses($1, $2, $3, $4, $5, $6, $7, $8)
"""

# A basket, its sums and its lines are one statement, and so one round trip. The customer is
# held until it ends, so that a removal at the same time comes wholly before (and finds no
# customer here) or wholly after (and drops what was made).
INSERT_BASKET: Final = """
    WITH owner AS (
        SELECT * FROM customer_to_refer_to($1, $4)
    ), made AS (
        INSERT INTO basket
            (partner_id, basket_id, guid, token, increment_id, customer_id, channel, currency,
             state, price, tax, minted_markup, silver_craft, insurance, shipping, commission,
             hold_expires_at, ordered_at, updated_at, shipping_address, billing_address,
             idle_slot)
        SELECT $1, n, $2, $3, increment_id(n, $14), owner.customer_id, $5, $6, 'open', $7, $8, $9,
               $10, $11, $12, $13, $15, $14, $14, $16, $17, idle_slot($14)
          FROM owner, nextval('basket_basket_id_seq') AS n
        RETURNING basket_id, increment_id
    ), lines AS (
        INSERT INTO basket_item
            (partner_id, basket_id, product_id, position, amount, metal, spot_price, metal_value,
             minted_markup, insurance, shipping, commission, price, tax_base, tax_rate, tax)
        SELECT $1, made.basket_id, l.*
          FROM made, json_populate_recordset(NULL::priced_line, $18) AS l
    )
    SELECT made.basket_id, made.increment_id, owner.customer_id, owner.person FROM made, owner
"""

# Changes the version that was read, with its lines, or nothing.
UPDATE_BASKET: Final = """
    WITH changed AS (
        UPDATE basket
           SET price = $3, tax = $4, minted_markup = $5, silver_craft = $6, insurance = $7,
               shipping = $8, commission = $9, hold_expires_at = $10, updated_at = $11,
               version = version + 1, idle_slot = idle_slot($11)
         WHERE partner_id = $1 AND basket_id = $2 AND version = $12 AND state = 'open'
        RETURNING basket_id
    ), gone AS (
        DELETE FROM basket_item i USING changed
         WHERE i.partner_id = $1 AND i.basket_id = changed.basket_id
           AND i.product_id = ANY ($13::bigint[])
    ), lines AS (
        INSERT INTO basket_item AS i
            (partner_id, basket_id, product_id, position, amount, metal, spot_price, metal_value,
             minted_markup, insurance, shipping, commission, price, tax_base, tax_rate, tax)
        SELECT $1, changed.basket_id, l.*
          FROM changed, json_populate_recordset(NULL::priced_line, $14) AS l
        ON CONFLICT (partner_id, basket_id, product_id) DO UPDATE
           SET amount = excluded.amount, spot_price = excluded.spot_price,
               metal_value = excluded.metal_value, minted_markup = excluded.minted_markup,
               insurance = excluded.insurance, shipping = excluded.shipping,
               commission = excluded.commission, price = excluded.price,
               tax_base = excluded.tax_base, tax_rate = excluded.tax_rate, tax = excluded.tax
    )
    SELECT count(*) FROM changed
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
    "updated_at", "idle_slot",
)  # fmt: skip
_LINE_FIELDS: Final = (
    "partner_id", "basket_id", "product_id", "position", "amount", "metal", "spot_price",
    "metal_value", "minted_markup", "insurance", "shipping", "commission", "price", "tax_base",
    "tax_rate", "tax",
)  # fmt: skip


def read_basket(key: BasketKey, *, language: Language, locks: bool) -> Step[WholeBasket | None]:
    """The customer's open basket with all of it; locked if it is read inside a transaction."""

    def read(told: str | None) -> WholeBasket | None:
        return None if told is None else _whole(_WHOLE.decode(told), key)

    args = (key.partner_id, key.external_customer_id, key.token, language)
    return Step(LOCK_BASKET if locks else READ_BASKET, args, read, only_reads=not locks)


def order_basket(basket: Basket, *, now: datetime) -> Step[None]:
    """Makes an ordered one of the open basket that was read."""
    return Step(ORDER_BASKET, (basket.partner_id, basket.basket_id, basket.version, now), nothing)


def set_addresses(
    basket: Basket, customer: str, *, addresses: NewAddresses, now: datetime
) -> Step[list[Address]]:
    """Stores addresses with the customer and copies them, and those found, into the basket.

    Raises `TooManyAddresses`.
    """
    sent = msgspec.json.encode(addresses.sent).decode()
    found = {address.details.type: address for address in addresses.found}
    args = (
        basket.partner_id,
        basket.basket_id,
        basket.version,
        customer,
        sent,
        msgspec.json.encode(found).decode(),
        MAX_ADDRESSES,
        now,
    )

    def read(told: str | None) -> list[Address]:
        return [*addresses.found, *stored_addresses(addresses.sent, told or "{}")]

    return Step(SET_ADDRESSES, args, read, too_many_addresses)


async def insert_basket(connection: Connection, birth: BasketBirth) -> WholeBasket | None:
    """Enters a new basket with its first lines; None when there is no such customer."""
    basket = birth.basket
    row = await connection.fetchrow(
        INSERT_BASKET,
        basket.partner_id,
        birth.guid,
        basket.token,
        birth.customer,
        birth.channel,
        basket.currency,
        *_figures(basket),
        birth.now,
        basket.hold_expires_at,
        *map(_address_json, birth.addresses),
        lines_json(basket.lines.values()),
    )
    if row is None:
        return None
    shipping, billing = birth.addresses
    return WholeBasket(
        basket=replace(
            basket,
            basket_id=BasketId(row["basket_id"]),
            customer_id=CustomerId(row["customer_id"]),
        ),
        goods=birth.goods,
        guid=birth.guid,
        increment_id=row["increment_id"],
        channel=birth.channel,
        ordered_at=birth.now,
        customer=CustomerView(birth.customer, _PERSON.decode(row["person"])),
        shipping_address=shipping,
        billing_address=billing,
    )


async def update_basket(
    connection: Connection, *, before: Basket, after: Basket, now: datetime
) -> Basket:
    """Writes what changed of a basket since it was read, with its sums; the basket then.

    Raises `NotAtOnce` when it is no longer as it was read.
    """
    changed = [line for p, line in after.lines.items() if before.lines.get(p) != line]
    done: int = await connection.fetchval(
        UPDATE_BASKET,
        after.partner_id,
        after.basket_id,
        *_figures(after),
        after.hold_expires_at,
        now,
        before.version,
        sorted(before.lines.keys() - after.lines.keys()),
        lines_json(changed),
    )
    if not done:
        raise NotAtOnce
    return replace(after, version=before.version + 1)


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
    basket, figures = loaded.basket, loaded.basket.figures
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
        idle_slot(loaded.ordered_at),
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


class _WholeRow(msgspec.Struct, frozen=True, array_like=True):
    """A basket as the database's function tells it; the order of the fields is the function's."""

    basket_id: BasketId
    version: int
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


_WHOLE: Final = msgspec.json.Decoder(_WholeRow)
_PERSON: Final = msgspec.json.Decoder(Person)


def _whole(row: _WholeRow, key: BasketKey) -> WholeBasket:
    basket = Basket(
        basket_id=row.basket_id,
        version=row.version,
        partner_id=key.partner_id,
        customer_id=row.customer_id,
        token=key.token,
        currency=row.currency,
        hold_expires_at=row.hold_expires_at,
        lines={line.product_id: line.line(row.currency) for line in row.lines},
    )
    return WholeBasket(
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


def _figures(basket: Basket) -> tuple[int, ...]:
    figures = basket.figures
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
    return (basket.partner_id, basket.basket_id, *astuple(row_of(line)))


def _address_json(address: Address | None) -> str | None:
    return None if address is None else msgspec.json.encode(address).decode()
