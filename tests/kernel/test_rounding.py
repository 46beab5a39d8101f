"""Rounding, held against exact fractions."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.rounding import down_to_step, half_up

NUMERATORS = st.integers(-(10**18), 10**18)
DENOMINATORS = st.integers(1, 10**12)


def nearest(exact: Fraction) -> int:
    """Halves away from zero, said in another way than the code does."""
    half = Fraction(1, 2)
    return floor(exact + half) if exact >= 0 else ceil(exact - half)


@given(NUMERATORS, DENOMINATORS)
def test_half_up_is_the_nearest_integer(numerator: int, denominator: int) -> None:
    assert half_up(numerator, denominator) == nearest(Fraction(numerator, denominator))


@given(st.integers(-(10**12), 10**12))
def test_every_half_goes_away_from_zero(whole: int) -> None:
    found = half_up(2 * whole + 1, 2)
    assert abs(found) == (abs(2 * whole + 1) + 1) // 2


@given(NUMERATORS, DENOMINATORS)
def test_a_refund_is_rounded_as_the_sale_was(numerator: int, denominator: int) -> None:
    assert half_up(-numerator, denominator) == -half_up(numerator, denominator)


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="denominator must be positive"):
        half_up(1, denominator)


@given(st.integers(0, 10**15), st.integers(1, 10**9))
def test_down_to_a_step_is_the_largest_multiple_not_above(quantity: int, step: int) -> None:
    found = down_to_step(quantity, step)
    assert found == floor(Fraction(quantity, step)) * step
    assert found <= quantity < found + step


@pytest.mark.parametrize(("quantity", "step"), [(-1, 5), (5, 0), (5, -1)])
def test_there_is_no_step_below_nothing(quantity: int, step: int) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        down_to_step(quantity, step)
