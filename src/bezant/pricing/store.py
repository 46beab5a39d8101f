"""Prices, halts and price rules in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from bezant.catalog.model import TaxClass
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId, ProductId
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency
from bezant.pricing.model import (
    Halt,
    NotPricedInCurrency,
    Part,
    PartRule,
    PriceRules,
    ReferencePrice,
)

if TYPE_CHECKING:
    from asyncpg import Record

SELECT_MARKET: Final = """
    SELECT m.metal, r.price, r.source, r.at, h.reason, coalesce(s.basis_points, 0) AS spread
      FROM unnest($3::text[]) AS m (metal)
      LEFT JOIN reference_price r ON r.metal = m.metal AND r.currency = $2
      LEFT JOIN trading_halt h ON h.metal = m.metal
      LEFT JOIN partner_spread s ON s.partner_id = $1 AND s.metal = m.metal
"""

SELECT_RULES: Final = """
    SELECT p.product_id, p.currency, p.part, p.fixed, p.basis_points,
           coalesce(o.fixed, p.fixed) AS own_fixed,
           coalesce(o.basis_points, p.basis_points) AS own_basis_points
      FROM price_part p
      LEFT JOIN partner_price_part o
        ON o.partner_id = $1 AND o.product_id = p.product_id AND o.currency = p.currency
       AND o.part = p.part
     WHERE p.product_id = ANY ($2)
"""

SELECT_TAX_RATES: Final = """
    SELECT DISTINCT ON (tax_class) tax_class, basis_points
      FROM tax_rate WHERE valid_from <= $1 ORDER BY tax_class, valid_from DESC
"""

UPSERT_REFERENCE_PRICE: Final = """
    INSERT INTO reference_price AS r (metal, currency, price, source, at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (metal, currency) DO UPDATE
       SET price = excluded.price, source = excluded.source, at = excluded.at
     WHERE r.at < excluded.at
"""

SELECT_REFERENCE_PRICES: Final = """
    SELECT metal, currency, price, source, at FROM reference_price ORDER BY metal, currency
"""

UPSERT_HALT: Final = """
    INSERT INTO trading_halt (metal, reason, since) VALUES ($1, $2, $3)
    ON CONFLICT (metal) DO UPDATE SET reason = excluded.reason
"""

DELETE_HALT: Final = """
    DELETE FROM trading_halt WHERE metal = $1
"""

SELECT_HALTS: Final = """
    SELECT metal, reason, since FROM trading_halt ORDER BY metal
"""

UPSERT_SPREAD: Final = """
    INSERT INTO partner_spread (partner_id, metal, basis_points) VALUES ($1, $2, $3)
    ON CONFLICT (partner_id, metal) DO UPDATE SET basis_points = excluded.basis_points
"""

UPSERT_PART: Final = """
    INSERT INTO price_part (product_id, currency, part, fixed, basis_points)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (product_id, currency, part) DO UPDATE
       SET fixed = excluded.fixed, basis_points = excluded.basis_points
"""

UPSERT_PARTNER_PART: Final = """
    INSERT INTO partner_price_part (partner_id, product_id, currency, part, fixed, basis_points)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (partner_id, product_id, currency, part) DO UPDATE
       SET fixed = excluded.fixed, basis_points = excluded.basis_points
"""


@dataclass(frozen=True, slots=True)
class MarketRow:
    """What is known of one metal for one partner; `spread` in basis points."""

    reference: ReferencePrice | None
    halt_reason: str | None
    spread: int


async def select_market(
    connection: Connection, partner_id: PartnerId, currency: Currency, metals: Sequence[Metal]
) -> dict[Metal, MarketRow]:
    """The market of these metals as this partner meets it."""
    rows = await connection.fetch(SELECT_MARKET, partner_id, currency, metals)
    return {
        Metal(row["metal"]): MarketRow(
            _reference(row, currency) if row["price"] is not None else None,
            row["reason"],
            row["spread"],
        )
        for row in rows
    }


async def select_rules(
    connection: Connection,
    partner_id: PartnerId,
    currency: Currency,
    product_ids: Sequence[ProductId],
) -> dict[ProductId, PriceRules]:
    """The price parts of these products, the partner's own and the listed ones.

    Raises `NotPricedInCurrency` for a product that has parts, but none in this currency:
    to sell it at its bare metal value would be a gift.
    """
    own: dict[ProductId, dict[Part, PartRule]] = {product: {} for product in product_ids}
    listed: dict[ProductId, dict[Part, PartRule]] = {product: {} for product in product_ids}
    elsewhere: set[ProductId] = set()
    for row in await connection.fetch(SELECT_RULES, partner_id, product_ids):
        product, part = ProductId(row["product_id"]), Part(row["part"])
        if row["currency"] != currency:
            elsewhere.add(product)
            continue
        own[product][part] = PartRule(row["own_fixed"], row["own_basis_points"])
        listed[product][part] = PartRule(row["fixed"], row["basis_points"])
    if any(not listed[product] for product in elsewhere):
        raise NotPricedInCurrency(currency=currency)
    return {product: PriceRules(own[product], listed[product]) for product in product_ids}


async def select_tax_rates(connection: Connection, on: date) -> Mapping[TaxClass, int]:
    """The rates in force on a day, in basis points."""
    rows = await connection.fetch(SELECT_TAX_RATES, on)
    return {TaxClass(row["tax_class"]): row["basis_points"] for row in rows}


async def upsert_reference_prices(tx: Tx, prices: Sequence[ReferencePrice]) -> None:
    """Keeps each price that is newer than the one that is there."""
    # One order of rows for every writer, so that two of them cannot lock each other out.
    ordered = sorted(prices, key=lambda p: (p.price.metal, p.price.currency))
    await tx.executemany(
        UPSERT_REFERENCE_PRICE,
        [(p.price.metal, p.price.currency, p.price.units, p.source, p.at) for p in ordered],
    )


async def select_reference_prices(connection: Connection) -> list[ReferencePrice]:
    """The newest price of every metal and currency."""
    rows = await connection.fetch(SELECT_REFERENCE_PRICES)
    return [_reference(row, Currency(row["currency"])) for row in rows]


async def upsert_halt(tx: Tx, halt: Halt) -> None:
    """Halts a metal, or gives a halt that is there another reason."""
    await tx.execute(UPSERT_HALT, halt.metal, halt.reason, halt.since)


async def delete_halt(tx: Tx, metal: Metal) -> bool:
    """Whether the metal was halted."""
    return str(await tx.execute(DELETE_HALT, metal)) == "DELETE 1"


async def select_halts(connection: Connection) -> list[Halt]:
    """The metals that are halted."""
    rows = await connection.fetch(SELECT_HALTS)
    return [Halt(Metal(row["metal"]), row["reason"], row["since"]) for row in rows]


async def upsert_spread(tx: Tx, partner_id: PartnerId, metal: Metal, basis_points: int) -> None:
    """Sets a partner's spread on a metal."""
    await tx.execute(UPSERT_SPREAD, partner_id, metal, basis_points)


async def upsert_parts(
    tx: Tx, product_id: ProductId, currency: Currency, rules: Mapping[Part, PartRule]
) -> None:
    """Sets the operator's price parts of a product."""
    await tx.executemany(
        UPSERT_PART,
        [(product_id, currency, part, r.fixed, r.basis_points) for part, r in rules.items()],
    )


async def upsert_partner_parts(
    tx: Tx,
    partner_id: PartnerId,
    currency: Currency,
    rules: Mapping[ProductId, Mapping[Part, PartRule]],
) -> None:
    """Sets price parts of products for one partner."""
    await tx.executemany(
        UPSERT_PARTNER_PART,
        [
            (partner_id, product_id, currency, part, rule.fixed, rule.basis_points)
            for product_id, parts in rules.items()
            for part, rule in parts.items()
        ],
    )


def _reference(row: "Record", currency: Currency) -> ReferencePrice:
    price = PricePerGram(row["price"], currency, Metal(row["metal"]))
    return ReferencePrice(price, row["source"], row["at"])
