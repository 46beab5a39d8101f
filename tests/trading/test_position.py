"""The moving average: by hand, and by what always holds."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.trading.position import Movement, Position, position_of

GRAM = 1_000_000


def test_an_average_by_hand() -> None:
    position = position_of(
        [
            Movement(2 * GRAM, 200_00),
            Movement(1 * GRAM, 400_00),
            # 3 g have cost 600.00, so this one cost 200.00 and brought 250.00.
            Movement(-1 * GRAM, 250_00),
        ]
    )

    assert (position.bought, position.sold, position.held) == (3 * GRAM, GRAM, 2 * GRAM)
    assert position.average_cost_units == 200_0000
    assert (position.invested_minor, position.realised_minor) == (400_00, 50_00)
    assert position.unrealised_minor(390_00) == -10_00


def test_a_third_is_rounded_once_at_the_end() -> None:
    position = position_of([Movement(3, 1), Movement(-1, 1), Movement(-1, 1)])

    assert position.invested == Fraction(1, 3)
    assert position.realised == Fraction(4, 3)
    assert (position.invested_minor, position.realised_minor) == (0, 1)


def test_what_came_as_a_gift_cost_nothing_and_what_was_delivered_is_no_loss() -> None:
    position = position_of(
        [
            Movement(GRAM, 100_00),
            Movement(GRAM, None),
            Movement(-GRAM, None),
            Movement(-GRAM, 80_00),
        ]
    )

    assert (position.bought, position.sold, position.held) == (GRAM, GRAM, 0)
    assert position.gone == 50_00
    assert (position.invested_minor, position.realised_minor) == (0, 30_00)
    assert position.average_cost_units is None


def test_more_than_is_held_does_not_leave() -> None:
    with pytest.raises(ValueError, match="2 µg out of 1"):
        position_of([Movement(1, 1), Movement(-2, 1)])


@st.composite
def movements(draw: st.DrawFn) -> list[Movement]:
    """Movements that never take more than there is."""
    held, made = 0, []
    for _ in range(draw(st.integers(0, 30))):
        cash = draw(st.none() | st.integers(0, 10**9))
        units = draw(st.integers(-held, 10**9).filter(bool))
        held += units
        made.append(Movement(units, cash))
    return made


@given(movements())
def test_what_was_won_is_what_came_in_less_what_it_cost(made: list[Movement]) -> None:
    position = position_of(made)

    assert position.held == sum(each.units for each in made)
    paid = sum(each.cash or 0 for each in made if each.units > 0)
    received = sum(each.cash or 0 for each in made if each.units < 0)
    assert (position.paid, position.received) == (paid, received)
    assert received - paid == position.realised - position.invested - position.gone
    assert 0 <= position.invested <= paid
    assert position.held or not position.invested


@given(movements(), st.integers(1, 10**6), st.integers(0, 10**9))
def test_a_sale_leaves_the_average_as_it_is(made: list[Movement], sold: int, cash: int) -> None:
    before = position_of(made)
    if sold >= before.held:
        return

    after = before.after(Movement(-sold, cash))

    difference = after.invested / after.held - before.invested / before.held
    assert abs(difference) <= Fraction(1, 10**39)
    assert abs(after.realised - before.realised - cash + sold * before.invested / before.held) <= (
        Fraction(1, 10**39)
    )


@given(movements(), st.integers(0, 10**12))
def test_profit_now_and_before_is_all_the_profit(made: list[Movement], value: int) -> None:
    position = position_of([each for each in made if each.cash is not None or each.units > 0])

    total = position.realised_minor + position.unrealised_minor(value)

    # Two figures that are rounded once each.
    assert abs(total - (position.received - position.paid + value + position.gone)) <= 1


def test_fractions_of_a_long_history_do_not_outgrow_all_bounds() -> None:
    position = Position()
    for number in range(300):
        position = position.after(Movement(1_000_003 + number, 7 * number + 1))
        position = position.after(Movement(-999_983, 11 if number % 2 else None))

    assert max(position.invested.denominator, position.gone.denominator) <= 10**40
