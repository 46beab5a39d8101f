"""Cash: exact, of one currency, and never a float."""

from decimal import Decimal
from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.money import Currency, MixedCurrencies, Money, exact_decimal

AMOUNTS = st.integers(-(10**15), 10**15)


def lira(minor: int) -> Money:
    return Money(minor, Currency.TRY)


def test_two_currencies_do_not_add_up() -> None:
    dollars = Money(1, Currency.USD)
    with pytest.raises(MixedCurrencies):
        lira(1) + dollars
    with pytest.raises(MixedCurrencies):
        lira(1) - dollars


def test_two_currencies_have_no_order() -> None:
    with pytest.raises(MixedCurrencies):
        assert lira(1) < Money(2, Currency.USD)
    with pytest.raises(MixedCurrencies):
        assert lira(1) <= Money(2, Currency.USD)


def test_the_same_number_in_two_currencies_is_not_the_same_money() -> None:
    assert lira(100) != Money(100, Currency.EUR)


@pytest.mark.parametrize("impostor", [1.0, True, Decimal(1), "1"])
def test_money_is_made_of_whole_minor_units_only(impostor: object) -> None:
    with pytest.raises(TypeError, match="minor units are an int"):
        lira(cast("int", impostor))


@pytest.mark.parametrize("impostor", [0.5, True, Decimal(2), "2"])
def test_money_is_multiplied_by_a_whole_count_only(impostor: object) -> None:
    with pytest.raises(TypeError, match="whole count"):
        lira(100) * cast("int", impostor)


def test_money_and_a_bare_number_do_not_add_up() -> None:
    with pytest.raises(TypeError, match="do not add up"):
        lira(100) + cast("Money", 1)


def test_only_nothing_is_false() -> None:
    assert not Money.zero(Currency.GBP)
    assert lira(-1)


def test_money_says_its_currency() -> None:
    assert str(lira(205_430)) == "2054.3 TRY"


@given(AMOUNTS, AMOUNTS, st.integers(-1_000, 1_000))
def test_sums_are_those_of_the_minor_units(left: int, right: int, count: int) -> None:
    assert lira(left) + lira(right) == lira(left + right)
    assert lira(left) - lira(right) == lira(left) + -lira(right)
    assert lira(left) * count == lira(left * count)
    assert (lira(left) < lira(right)) is (left < right)
    assert (lira(left) <= lira(right)) is (left <= right)


@given(AMOUNTS, st.integers(0, 20_000))
def test_a_share_is_never_more_than_half_a_minor_unit_off(minor: int, basis_points: int) -> None:
    exact = Fraction(minor * basis_points, 10_000)
    assert abs(lira(minor).share(basis_points=basis_points).minor - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(("minor", "share"), [(50, 1), (49, 0), (150, 2), (-50, -1)])
def test_a_share_of_one_in_a_hundred_is_rounded_half_away_from_zero(minor: int, share: int) -> None:
    assert lira(minor).share(basis_points=100) == lira(share)


@pytest.mark.parametrize(
    ("units", "places", "shown"),
    [
        (54_350, 3, "54.35"),
        (6_500, 2, "65"),
        (0, 4, "0"),
        (5, 2, "0.05"),
        (-250, 2, "-2.5"),
        (100_000_000_000, 2, "1000000000"),
        (1, 9, "1E-9"),
    ],
)
def test_a_decimal_has_no_zeros_behind_it(units: int, places: int, shown: str) -> None:
    assert str(exact_decimal(units, places=places)) == shown


@given(AMOUNTS, st.integers(0, 9))
def test_a_decimal_is_exact_and_the_shortest(units: int, places: int) -> None:
    found = exact_decimal(units, places=places)
    assert Fraction(found) == Fraction(units, 10**places)
    exponent = found.as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent <= 0
    assert exponent == 0 or units == 0 or found.as_tuple().digits[-1] != 0
