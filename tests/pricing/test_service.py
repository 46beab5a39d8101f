"""Prices in the database: never older, never from the future, each partner's own."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bezant.catalog import service as catalog
from bezant.catalog.model import Product, TaxClass
from bezant.kernel.db import Database, Tx
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import at_once
from bezant.pricing import service as pricing
from bezant.pricing.model import (
    NotPricedInCurrency,
    Part,
    PartRule,
    PricedProduct,
    PriceStale,
    PricingTerms,
    ReferencePrice,
    TradingHalted,
)
from tests.factories.catalog import (
    GOLD_BAR,
    GOLD_UNITS,
    LAST_PIECES,
    SILVER_BAR,
    price,
    set_market,
)
from tests.factories.clock import A_MORNING
from tests.factories.shop import make_sign_in

SECOND = timedelta(seconds=1)


async def terms_of_a_partner(db: Database, currency: Currency = Currency.TRY) -> PricingTerms:
    partner = (await make_sign_in(db, now=A_MORNING, currency=currency)).partner
    return PricingTerms(partner.partner_id, currency, timedelta(seconds=30), UTC)


async def product(tx: Tx, sku: str) -> Product:
    return await catalog.find_product(tx, sku=sku)


async def priced(tx: Tx, sku: str, terms: PricingTerms) -> PricedProduct:
    found = await product(tx, sku)
    by_id = await pricing.price_products(tx, [found], terms=terms, now=A_MORNING)
    return by_id[found.product_id]


async def gold_in_the_books(tx: Tx) -> ReferencePrice:
    found = await pricing.reference_prices(tx)
    return next(p for p in found if p.price.metal is Metal.GOLD)


@pytest.mark.parametrize(("age", "is_kept"), [(-1, True), (0, False), (1, False)])
async def test_only_a_newer_price_takes_the_place_of_what_is_there(
    db: Database, *, age: int, is_kept: bool
) -> None:
    offered = ReferencePrice(price(21_000_000), "feed", A_MORNING - age * SECOND)
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        await pricing.record_prices(tx, [offered], now=A_MORNING)
        assert (await gold_in_the_books(tx) == offered) is is_kept


async def test_a_price_from_beyond_the_skew_is_not_believed(db: Database) -> None:
    skewed, future = (
        ReferencePrice(price(units), "feed", A_MORNING + pricing.MAX_CLOCK_SKEW + late)
        for units, late in ((21_000_000, timedelta(0)), (22_000_000, timedelta(microseconds=1)))
    )
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        assert await pricing.record_prices(tx, [future], now=A_MORNING) == 0
        assert (await gold_in_the_books(tx)).price.units == GOLD_UNITS
        assert await pricing.record_prices(tx, [skewed, future], now=A_MORNING) == 1
        assert await gold_in_the_books(tx) == skewed


async def test_a_partners_own_parts_stand_in_place_of_the_operators(db: Database) -> None:
    terms, other = await terms_of_a_partner(db), await terms_of_a_partner(db)
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        found = await product(tx, GOLD_BAR)
        rules = {found.product_id: {Part.MINTED_MARKUP: PartRule(500, 0)}}
        await pricing.set_partner_parts(tx, terms.partner_id, rules, currency=Currency.TRY)
        own, others = await priced(tx, GOLD_BAR, terms), await priced(tx, GOLD_BAR, other)
    assert own.quote.minted_markup == Money(500, Currency.TRY)
    assert own.quote.insurance == others.quote.insurance == Money(404, Currency.TRY)
    # 2020.00 + 5.00 + 4.04, and a hundredth of that.
    assert own.quote.price.minor == 202_904 + 2_029
    assert own.list_price == others.quote.price == Money(205_438, Currency.TRY)


async def test_a_partners_spread_moves_its_own_price_only(db: Database) -> None:
    terms, other = await terms_of_a_partner(db), await terms_of_a_partner(db)
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        await pricing.set_spread(tx, terms.partner_id, Metal.GOLD, basis_points=100)
        own, others = await priced(tx, LAST_PIECES, terms), await priced(tx, LAST_PIECES, other)
    assert (own.quote.price.minor, others.quote.price.minor) == (404_000, 400_000)
    assert own.list_price == own.quote.price


async def test_a_tax_rate_holds_from_its_first_day_in_the_shops_zone(db: Database) -> None:
    istanbul = ZoneInfo("Europe/Istanbul")
    terms = await terms_of_a_partner(db)
    local = PricingTerms(terms.partner_id, terms.currency, terms.age_limit, istanbul)
    before_midnight = A_MORNING.replace(hour=20, minute=59, second=59)
    rates = []
    async with db.reading() as tx:
        transaction = tx.transaction()
        await transaction.start()
        await tx.execute(
            "INSERT INTO tax_rate (tax_class, valid_from, basis_points) VALUES ($1, $2, 2500)",
            TaxClass.ON_CRAFTSMANSHIP,
            date(2026, 6, 2),
        )
        found = await product(tx, SILVER_BAR)
        for now in (before_midnight, before_midnight + SECOND):
            await set_market(tx, at=now)
            by_id = await pricing.price_products(tx, [found], terms=local, now=now)
            rates.append(by_id[found.product_id].quote.tax_rate)
        first = datetime(2023, 7, 10, tzinfo=local.time_zone)
        at_first, before = await at_once(
            tx,
            pricing.price_inputs((), terms=local, now=first),
            pricing.price_inputs((), terms=local, now=first - SECOND),
        )
        assert TaxClass.ON_FULL_PRICE in at_first.rates
        assert before.rates == {}
        await transaction.rollback()
    assert rates == [2_000, 2_500]


async def test_a_halted_metal_is_not_quoted_until_it_is_resumed(db: Database) -> None:
    terms = await terms_of_a_partner(db)
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        await pricing.halt(tx, [Metal.GOLD], reason="news", now=A_MORNING)
        await pricing.halt(tx, [Metal.GOLD], reason="fresher news", now=A_MORNING + SECOND)
        with pytest.raises(TradingHalted) as raised:
            await priced(tx, GOLD_BAR, terms)
        assert raised.value.facts["reason"] == "fresher news"
        assert [(h.metal, h.since) for h in await pricing.halts(tx)] == [(Metal.GOLD, A_MORNING)]
        assert (await priced(tx, SILVER_BAR, terms)).quote.price.minor == 326_500
        assert await pricing.resume(tx, [Metal.SILVER, Metal.GOLD]) == [Metal.GOLD]
        assert (await priced(tx, GOLD_BAR, terms)).quote.price.minor == 205_438


async def test_one_stale_metal_leaves_nothing_priced(db: Database) -> None:
    terms = await terms_of_a_partner(db)
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        await tx.execute(
            "UPDATE reference_price SET at = $1 WHERE metal = 'silver'", A_MORNING - 31 * SECOND
        )
        both = [await product(tx, sku) for sku in (GOLD_BAR, SILVER_BAR)]
        with pytest.raises(PriceStale):
            await pricing.price_products(tx, both, terms=terms, now=A_MORNING)
        assert await pricing.price_products(tx, [], terms=terms, now=A_MORNING) == {}


async def test_a_product_without_parts_in_the_partners_currency_is_not_given_away(
    db: Database,
) -> None:
    terms = await terms_of_a_partner(db, Currency.USD)
    dollars = ReferencePrice(price(600_000, currency=Currency.USD), "feed", A_MORNING)
    async with db.transaction() as tx:
        await set_market(tx, at=A_MORNING)
        await pricing.record_prices(tx, [dollars], now=A_MORNING)
        with pytest.raises(NotPricedInCurrency):
            await priced(tx, GOLD_BAR, terms)
        # What has no parts in any currency is sold at its metal value.
        assert (await priced(tx, LAST_PIECES, terms)).quote.price == Money(12_000, Currency.USD)
