"""The verbs of pricing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bezant.catalog.model import Product
from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId, ProductId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.kernel.steps import Step, at_once
from bezant.pricing import store
from bezant.pricing.model import (
    Halt,
    Part,
    PartRule,
    PricedProduct,
    PriceStale,
    PricingTerms,
    ReferencePrice,
    Spot,
    TradingHalted,
    metal_name,
    price_product,
    require_fresh,
    spot_for,
)
from bezant.pricing.store import MarketRow, PriceInputs, PricingWanted

# A feed whose clock runs ahead of ours by more than this is not believed.
MAX_CLOCK_SKEW: Final = timedelta(seconds=2)
REASON_LENGTH: Final = 200


async def price_products(
    connection: Connection, products: Sequence[Product], *, terms: PricingTerms, now: datetime
) -> dict[ProductId, PricedProduct]:
    """Each product with its quote for the partner, all from one moment of the market.

    Raises `PriceStale` and `TradingHalted`: then nothing is priced, not even a part of it.
    """
    if not products:
        return {}
    wanted = [product.product_id for product in products]
    (inputs,) = await at_once(connection, price_inputs(wanted, terms=terms, now=now))
    return quote(products, inputs, terms=terms, now=now)


def price_inputs(
    products: Sequence[ProductId] | Sequence[str], *, terms: PricingTerms, now: datetime
) -> Step[PriceInputs]:
    """Reads what the prices of products, by their ids or skus, are made of: see `quote`."""
    day = now.astimezone(terms.time_zone).date()
    return store.read_inputs(PricingWanted(terms.partner_id, terms.currency, products, day))


def quote(
    products: Sequence[Product], inputs: PriceInputs, *, terms: PricingTerms, now: datetime
) -> dict[ProductId, PricedProduct]:
    """Each product with its quote, made of what was read for it. Raises as `price_products`."""
    metals = {product.weight.metal for product in products}
    spots = _spots(inputs.market, metals, terms=terms, now=now)
    ids = [product.product_id for product in products]
    rules, rates = store.rules_by_product(inputs, ids, terms.currency), inputs.rates
    return {
        product.product_id: price_product(
            product,
            spot=spots[product.weight.metal],
            rules=rules[product.product_id],
            tax_rate=rates.get(product.tax_class, 0),
        )
        for product in products
    }


def market(*, terms: PricingTerms) -> Step[list[MarketRow]]:
    """Reads what is known of the metals for a partner: see `require_open_market`."""
    return store.read_market(terms.partner_id, terms.currency)


def require_open_market(
    known: Sequence[MarketRow], metals: Collection[Metal], *, terms: PricingTerms, now: datetime
) -> None:
    """Raises `PriceStale` or `TradingHalted` unless these metals may be sold at this moment.

    A hold keeps a price, but not a market that the operator has closed or lost sight of.
    """
    _spots(known, metals, terms=terms, now=now)


def open_market(
    known: Sequence[MarketRow], metals: Collection[Metal], *, terms: PricingTerms, now: datetime
) -> dict[Metal, ReferencePrice]:
    """The market's own price of each of these metals that may be sold at this moment.

    Raises `PriceStale` or `TradingHalted` where none of them may be.
    """
    found: dict[Metal, ReferencePrice] = {}
    refusal: PriceStale | TradingHalted | None = None
    for metal in sorted(metals):
        try:
            found[metal] = _spots(known, [metal], terms=terms, now=now)[metal].reference
        except (PriceStale, TradingHalted) as error:
            refusal = refusal or error
    if not found and refusal is not None:
        raise refusal
    return found


async def record_prices(tx: Tx, prices: Sequence[ReferencePrice], *, now: datetime) -> int:
    """Keeps the prices of a feed that are newer than what is there; how many were believed.

    A price from the future is not believed: it would stay fresh when its feed has died.
    """
    believed = [price for price in prices if price.at <= now + MAX_CLOCK_SKEW]
    await store.upsert_reference_prices(tx, believed)
    return len(believed)


async def reference_prices(connection: Connection) -> list[ReferencePrice]:
    """The newest price of every metal and currency, fresh or not."""
    return await store.select_reference_prices(connection)


async def halt(tx: Tx, metals: Sequence[Metal], *, reason: str, now: datetime) -> None:
    """Stops every quote of these metals until `resume`. Raises `Invalid` for the reason."""
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise Invalid.field("reason", "field.length", min=1, max=REASON_LENGTH)
    for metal in sorted(metals):
        await store.upsert_halt(tx, Halt(metal, reason, now))


async def resume(tx: Tx, metals: Sequence[Metal]) -> list[Metal]:
    """Ends halts; the metals that were halted."""
    return [metal for metal in sorted(metals) if await store.delete_halt(tx, metal)]


async def halts(connection: Connection) -> list[Halt]:
    """The metals that are halted."""
    return await store.select_halts(connection)


async def set_spread(tx: Tx, partner_id: PartnerId, metal: Metal, *, basis_points: int) -> None:
    """Sets what a partner's price of a metal stands above the market's."""
    await store.upsert_spread(tx, partner_id, metal, basis_points)


async def set_parts(
    tx: Tx, product_id: ProductId, rules: Mapping[Part, PartRule], *, currency: Currency
) -> None:
    """Sets the operator's price parts of a product."""
    await store.upsert_parts(tx, product_id, currency, rules)


async def set_partner_parts(
    tx: Tx,
    partner_id: PartnerId,
    rules: Mapping[ProductId, Mapping[Part, PartRule]],
    *,
    currency: Currency,
) -> None:
    """Sets price parts of products for one partner, in place of the operator's."""
    await store.upsert_partner_parts(tx, partner_id, currency, rules)


def _spots(
    known: Sequence[MarketRow], metals: Collection[Metal], *, terms: PricingTerms, now: datetime
) -> dict[Metal, Spot]:
    by_metal = {row.metal: row for row in known if row.metal in metals}
    spots: dict[Metal, Spot] = {}
    for metal in metals:
        row = by_metal.get(metal)
        if row is not None and row.halt_reason is not None:
            raise TradingHalted(metal=metal_name(metal), reason=row.halt_reason)
        found = None if row is None else row.reference(terms.currency)
        reference = require_fresh(found, metal, now=now, age_limit=terms.age_limit)
        spread = 0 if row is None else row.spread
        spots[metal] = spot_for(reference, spread=spread, currency=terms.currency)
    return spots
