"""Weights and prices of a gram: whole units of one metal."""

from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.metal import Metal, MixedMetals, PricePerGram, Weight
from bezant.kernel.money import Currency, Money


def gold(micrograms: int) -> Weight:
    return Weight(micrograms, Metal.GOLD)


def gold_price(units: int) -> PricePerGram:
    return PricePerGram(units, Currency.TRY, Metal.GOLD)


def test_two_metals_do_not_add_up() -> None:
    silver = Weight(1, Metal.SILVER)
    with pytest.raises(MixedMetals):
        gold(1) + silver
    with pytest.raises(MixedMetals):
        gold(1) - silver


def test_a_price_of_one_metal_is_not_that_of_another() -> None:
    with pytest.raises(MixedMetals):
        gold_price(1).of(Weight(1, Metal.SILVER))


@pytest.mark.parametrize("impostor", [1.5, True, "1"])
def test_weights_and_prices_are_whole_numbers(impostor: object) -> None:
    number = cast("int", impostor)
    with pytest.raises(TypeError, match="micrograms are an int"):
        gold(number)
    with pytest.raises(TypeError, match="price units are an int"):
        gold_price(number)
    with pytest.raises(TypeError, match="whole count"):
        gold(1) * number


def test_a_weight_and_a_bare_number_do_not_add_up() -> None:
    with pytest.raises(TypeError, match="do not add up"):
        gold(1) + cast("Weight", 1)


@pytest.mark.parametrize("units", [0, -1])
def test_a_price_is_above_zero(units: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        gold_price(units)


def test_a_gram_and_a_hundredth_at_2000_is_2020() -> None:
    assert gold_price(20_000_000).of(gold(1_010_000)) == Money(202_000, Currency.TRY)


def test_half_a_minor_unit_of_metal_is_rounded_up() -> None:
    assert gold_price(10_000).of(gold(5_000)).minor == 1
    assert gold_price(10_000).of(gold(4_999)).minor == 0


@given(st.integers(1, 10**9), st.integers(0, 10**12))
def test_a_metal_value_is_within_half_a_minor_unit(units: int, micrograms: int) -> None:
    exact = Fraction(units, 10_000) * Fraction(micrograms, 1_000_000) * 100
    assert -Fraction(1, 2) < gold_price(units).of(gold(micrograms)).minor - exact <= Fraction(1, 2)


@given(st.integers(10_000, 10**9), st.integers(-5_000, 5_000))
def test_a_spread_moves_a_price_by_its_basis_points(units: int, spread: int) -> None:
    moved = gold_price(units).widened(basis_points=spread)
    assert abs(moved.units - Fraction(units * (10_000 + spread), 10_000)) <= Fraction(1, 2)
    assert (moved.currency, moved.metal) == (Currency.TRY, Metal.GOLD)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 1_000))
def test_weights_of_one_metal_add_up(left: int, right: int, count: int) -> None:
    assert gold(left) + gold(right) - gold(right) == gold(left)
    assert gold(left) * count == gold(left * count)
