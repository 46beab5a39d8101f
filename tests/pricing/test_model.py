"""The formula of a price, said a second time in exact fractions."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.catalog.model import Asset, CategoryName, Product, Shape, TaxClass
from bezant.kernel.ids import AssetId, CategoryId, ProductId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.money import Currency, Money
from bezant.pricing.model import (
    PARTS_AS_SHOWN,
    Part,
    PartRule,
    PriceRules,
    PriceStale,
    Quote,
    ReferencePrice,
    price_product,
    quote,
    require_fresh,
    spot_for,
)
from tests.factories.catalog import price
from tests.factories.clock import A_MORNING

LIMIT, MICROSECOND = timedelta(seconds=30), timedelta(microseconds=1)
RULES = st.dictionaries(
    st.sampled_from(Part),
    st.builds(PartRule, st.integers(0, 10**6), st.integers(0, 3_000)),
)
UNITS, MICROGRAMS = st.integers(10_000, 10**9), st.integers(1, 10**9)


def piece(micrograms: int, tax_class: TaxClass = TaxClass.NONE) -> Product:
    weight = Weight(micrograms, Metal.GOLD)
    return Product(
        product_id=ProductId(1),
        sku="SKU",
        barcode="869",
        asset=Asset(AssetId(1_000_006), "Gold", "XAU", Metal.GOLD, "g"),
        category=CategoryName(CategoryId(1), "bars", {}),
        shape=Shape.BAR,
        weight=weight,
        gross_weight=weight,
        fineness=9999,
        legend="",
        name={},
        text={},
        tax_class=tax_class,
        stock=1,
        withdrawn_at=None,
    )


def nearest(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


def quoted(
    units: int, micrograms: int, parts: Mapping[Part, PartRule], tax: TaxClass = TaxClass.NONE
) -> Quote:
    return quote(piece(micrograms, tax), spot=price(units), parts=parts, tax_rate=2_000)


@given(UNITS, MICROGRAMS, RULES)
def test_a_price_is_its_metal_value_and_its_parts(
    units: int, micrograms: int, parts: dict[Part, PartRule]
) -> None:
    def amount(part: Part, on: int) -> int:
        rule = parts.get(part, PartRule(0, 0))
        return nearest(rule.fixed + on * Fraction(rule.basis_points, 10_000))

    metal = nearest(Fraction(units, 100) * Fraction(micrograms, 10**6))
    before = metal + sum(
        amount(part, metal) for part in (Part.MINTED_MARKUP, Part.INSURANCE, Part.SHIPPING)
    )
    commission = amount(Part.MARKET_COMMISSION, before)
    found = quoted(units, micrograms, parts)
    assert found.metal_value.minor == metal
    assert found.commission.minor == commission
    assert found.price.minor == before + commission
    shown = [found.part(part) for part in PARTS_AS_SHOWN]
    assert sum(shown, found.metal_value) == found.price
    assert len(set(PARTS_AS_SHOWN)) == len(Part)


@pytest.mark.parametrize("part", Part)
def test_each_part_is_kept_under_its_own_name(part: Part) -> None:
    found = quoted(10_000, 10**6, {part: PartRule(7, 0)})
    assert {p: found.part(p).minor for p in Part} == {p: 7 * (p is part) for p in Part}


@given(UNITS, MICROGRAMS, RULES, st.integers(1, 100))
def test_tax_is_on_what_its_class_says_and_once_a_line(
    units: int, micrograms: int, parts: dict[Part, PartRule], amount: int
) -> None:
    for tax_class in TaxClass:
        found = quoted(units, micrograms, parts, tax_class)
        base = {
            TaxClass.NONE: 0,
            TaxClass.ON_FULL_PRICE: found.price.minor,
            TaxClass.ON_CRAFTSMANSHIP: found.price.minor - found.metal_value.minor,
        }[tax_class]
        assert found.tax_base.minor == base
        assert found.line_tax(amount).minor == nearest(Fraction(base * amount * 20, 100))


@given(UNITS, MICROGRAMS, RULES, RULES, st.integers(-2_000, 2_000))
def test_a_list_price_is_never_below_the_sale_price(
    units: int,
    micrograms: int,
    own: dict[Part, PartRule],
    listed: dict[Part, PartRule],
    spread: int,
) -> None:
    reference = ReferencePrice(price(units), "feed", A_MORNING)
    spot = spot_for(reference, spread=spread, currency=Currency.TRY)
    found = price_product(piece(micrograms), spot=spot, rules=PriceRules(own, listed), tax_rate=0)
    at_list = quoted(units, micrograms, listed).price
    assert found.list_price == max(at_list, found.quote.price)
    assert found.quote.spot == spot.own
    assert found.priced_at == A_MORNING


@given(UNITS, st.integers(-2_000, 2_000))
def test_a_spread_moves_the_partners_price_and_not_the_markets(units: int, spread: int) -> None:
    reference = ReferencePrice(price(units), "feed", A_MORNING)
    spot = spot_for(reference, spread=spread, currency=Currency.TRY)
    assert spot.own.units == nearest(units * (1 + Fraction(spread, 10_000)))
    assert spot.reference is reference


def test_a_price_in_another_currency_makes_no_spot() -> None:
    reference = ReferencePrice(price(1), "feed", A_MORNING)
    with pytest.raises(ValueError, match="TRY for a partner in USD"):
        spot_for(reference, spread=0, currency=Currency.USD)


def test_a_price_is_fresh_up_to_its_age_limit_and_stale_past_it() -> None:
    fresh = ReferencePrice(price(1), "feed", A_MORNING)
    at_limit = A_MORNING + LIMIT
    assert require_fresh(fresh, Metal.GOLD, now=at_limit, age_limit=LIMIT) is fresh
    with pytest.raises(PriceStale):
        require_fresh(fresh, Metal.GOLD, now=at_limit + MICROSECOND, age_limit=LIMIT)
    with pytest.raises(PriceStale):
        require_fresh(None, Metal.GOLD, now=A_MORNING, age_limit=LIMIT)


def test_the_part_of_a_rule_is_rounded_once() -> None:
    # 0.5 of a kuruş more than 10 is 11, whether it comes of the share or not.
    assert PartRule(10, 5_000).amount(Money(1, Currency.TRY)).minor == 11
    assert PartRule(10, 4_999).amount(Money(1, Currency.TRY)).minor == 10
