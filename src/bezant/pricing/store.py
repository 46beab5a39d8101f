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
from bezant.kernel.steps import Step
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

READ_MARKET: Final = """
    SELECT market_of($1, $2)
"""

READ_INPUTS: Final = """
    SELECT price_inputs($1, $2, $3, $4)
"""

READ_INPUTS_BY_SKU: Final = """
    SELECT price_inputs($1, $2, product_ids($3), $4)
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
    price: int
    source: str
    at: datetime
    halt_reason: str | None
    spread: int

    def reference(self, currency: Currency) -> ReferencePrice:
        """The newest price of a gram."""
        return ReferencePrice(PricePerGram(self.price, currency, self.metal), self.source, self.at)


class RuleRow(msgspec.Struct, frozen=True, array_like=True):
    """A part of a product's price in one currency: the operator's rule, or a partner's own."""

    product_id: ProductId
    currency: Currency
    part: Part
    fixed: int
    basis_points: int

    @property
    def rule(self) -> PartRule:
        """The rule itself."""
        return PartRule(self.fixed, self.basis_points)


class RateRow(msgspec.Struct, frozen=True, array_like=True):
    """A rate of tax in basis points, in force from a day on."""

    tax_class: TaxClass
    valid_from: date
    basis_points: int


class PriceInputs(msgspec.Struct, frozen=True, array_like=True):
    """All that prices are made of at one moment: the market is that of every metal."""

    market: list[MarketRow]
    rules: list[RuleRow]
    own_rules: list[RuleRow]
    past_rates: list[RateRow]

    @property
    def rates(self) -> dict[TaxClass, int]:
        """The rate of each class that is in force."""
        ordered = sorted(self.past_rates, key=lambda row: row.valid_from)
        return {row.tax_class: row.basis_points for row in ordered}


@dataclass(frozen=True, slots=True)
class PricingWanted:
    """For whom and for what prices are to be made; rates are those in force on a day."""

    partner_id: PartnerId
    currency: Currency
    products: Sequence[ProductId] | Sequence[str]
    """By their ids, or by their skus."""
    day: date


def read_market(partner_id: PartnerId, currency: Currency) -> Step[list[MarketRow]]:
    """What is known of the metals for one partner."""
    return Step(
        READ_MARKET,
        (partner_id, currency),
        lambda told: _MARKET.decode(told or "[]"),
        only_reads=True,
    )


def read_inputs(wanted: PricingWanted) -> Step[PriceInputs]:
    """All that the prices of some products are made of."""
    by_sku = bool(wanted.products) and isinstance(wanted.products[0], str)
    return Step(
        READ_INPUTS_BY_SKU if by_sku else READ_INPUTS,
        (wanted.partner_id, wanted.currency, wanted.products, wanted.day),
        _read,
        only_reads=True,
    )


_MARKET: Final = msgspec.json.Decoder(list[MarketRow])
_INPUTS: Final = msgspec.json.Decoder(PriceInputs)


def _read(value: str | None) -> PriceInputs:
    assert value is not None, "there is always a market, known or not"
    return _INPUTS.decode(value)


def rules_by_product(
    inputs: PriceInputs, product_ids: Sequence[ProductId], currency: Currency
) -> dict[ProductId, PriceRules]:
    """The price parts of these products, the partner's own and the listed ones.

    A partner has rules of its own for parts that are listed. Raises `NotPricedInCurrency` for a
    product that has parts, but none in this currency: to sell it at its bare metal value would
    be a gift.
    """
    listed: dict[ProductId, dict[Part, PartRule]] = {product: {} for product in product_ids}
    elsewhere: set[ProductId] = set()
    for row in inputs.rules:
        if row.currency is currency:
            listed[row.product_id][row.part] = row.rule
        else:
            elsewhere.add(row.product_id)
    if any(not listed[product] for product in elsewhere):
        raise NotPricedInCurrency(currency=currency)
    own = {product: dict(rules) for product, rules in listed.items()}
    for row in inputs.own_rules:
        if row.currency is currency and row.part in own[row.product_id]:
            own[row.product_id][row.part] = row.rule
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
