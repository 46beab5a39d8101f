"""Prices, halts and price rules in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

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

# All that a price is made of, in one round trip: the market, the rules, the rates of taxes.
# The order of each array is the order of the fields of its struct.
SELECT_PRICING: Final = """
    SELECT (SELECT json_agg(json_build_array(
                       m.metal, r.price, r.source, r.at, h.reason, coalesce(s.basis_points, 0)))
              FROM unnest($3::text[]) AS m (metal)
              LEFT JOIN reference_price r ON r.metal = m.metal AND r.currency = $2
              LEFT JOIN trading_halt h ON h.metal = m.metal
              LEFT JOIN partner_spread s ON s.partner_id = $1 AND s.metal = m.metal) AS market,
           (SELECT json_agg(json_build_array(
                       p.product_id, p.currency, p.part, p.fixed, p.basis_points,
                       coalesce(o.fixed, p.fixed), coalesce(o.basis_points, p.basis_points)))
              FROM price_part p
              LEFT JOIN partner_price_part o
                ON o.partner_id = $1 AND o.product_id = p.product_id AND o.currency = p.currency
               AND o.part = p.part
             WHERE p.product_id = ANY ($4::bigint[])) AS rules,
           (SELECT json_object_agg(tax_class, basis_points)
              FROM (SELECT DISTINCT ON (tax_class) tax_class, basis_points FROM tax_rate
                     WHERE valid_from <= $5 ORDER BY tax_class, valid_from DESC) t) AS rates
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


class MarketRow(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one metal for one partner; `spread` in basis points."""

    metal: Metal
    price: int | None
    source: str | None
    at: datetime | None
    halt_reason: str | None
    spread: int

    def reference(self, currency: Currency) -> ReferencePrice | None:
        """The newest price of a gram, if there is one."""
        if self.price is None or self.source is None or self.at is None:
            return None
        return ReferencePrice(PricePerGram(self.price, currency, self.metal), self.source, self.at)


class RuleRow(msgspec.Struct, frozen=True, array_like=True):
    """A part of a product's price in one currency: the operator's rule, and the partner's."""

    product_id: ProductId
    currency: Currency
    part: Part
    fixed: int
    basis_points: int
    own_fixed: int
    own_basis_points: int


@dataclass(frozen=True, slots=True)
class PricingRows:
    """All that prices are made of at one moment."""

    market: Sequence[MarketRow]
    rules: Sequence[RuleRow]
    rates: Mapping[TaxClass, int]


@dataclass(frozen=True, slots=True)
class PricingWanted:
    """For whom and for what prices are to be made; rates are those in force on a day."""

    partner_id: PartnerId
    currency: Currency
    metals: Sequence[Metal]
    product_ids: Sequence[ProductId]
    day: date


async def select_pricing(connection: Connection, wanted: PricingWanted) -> PricingRows:
    """All that the prices of some products are made of, from one moment."""
    row = await connection.fetchrow(
        SELECT_PRICING,
        wanted.partner_id,
        wanted.currency,
        wanted.metals,
        wanted.product_ids,
        wanted.day,
    )
    assert row is not None, "a selection without a table is one row"
    market, rules, rates = row
    return PricingRows(
        market=_MARKET.decode(market) if market else (),
        rules=_RULES.decode(rules) if rules else (),
        rates=_RATES.decode(rates) if rates else {},
    )


_MARKET: Final = msgspec.json.Decoder(list[MarketRow])
_RULES: Final = msgspec.json.Decoder(list[RuleRow])
_RATES: Final = msgspec.json.Decoder(dict[TaxClass, int])


def rules_by_product(
    rows: Sequence[RuleRow], product_ids: Sequence[ProductId], currency: Currency
) -> dict[ProductId, PriceRules]:
    """The price parts of these products, the partner's own and the listed ones.

    Raises `NotPricedInCurrency` for a product that has parts, but none in this currency:
    to sell it at its bare metal value would be a gift.
    """
    own: dict[ProductId, dict[Part, PartRule]] = {product: {} for product in product_ids}
    listed: dict[ProductId, dict[Part, PartRule]] = {product: {} for product in product_ids}
    elsewhere: set[ProductId] = set()
    for row in rows:
        if row.currency is not currency:
            elsewhere.add(row.product_id)
            continue
        own[row.product_id][row.part] = PartRule(row.own_fixed, row.own_basis_points)
        listed[row.product_id][row.part] = PartRule(row.fixed, row.basis_points)
    if any(not listed[product] for product in elsewhere):
        raise NotPricedInCurrency(currency=currency)
    return {product: PriceRules(own[product], listed[product]) for product in product_ids}


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
