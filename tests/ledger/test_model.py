"""The rules of amounts, journals and holds, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import Metal, MixedMetals, Weight
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import CASH, METALS, Amount, Asset, MixedAssets
from bezant.ledger.model import (
    HOUSE,
    PARTNER,
    REFERENCE_LENGTH,
    SETTLEMENT,
    VAULT,
    Account,
    Balance,
    HoldKind,
    InsufficientBalance,
    Journal,
    JournalKind,
    Line,
    Move,
    NewHold,
    Owner,
    OwnerKind,
    Reference,
    ReferenceKind,
    customer,
)
from tests.ledger.books import gold, lira, order

AYSE = customer(CustomerId(7))
OWNERS = (AYSE, customer(CustomerId(8)), PARTNER, SETTLEMENT, HOUSE, VAULT)


def a_journal(*moves: Move, **changes: object) -> Journal:
    facts: dict[str, object] = {
        "partner_id": PartnerId(1),
        "kind": JournalKind.BUY,
        "reference": order("1"),
        "moves": moves,
    }
    return Journal(**(facts | changes))  # type: ignore[arg-type]  # a test says what it changes.


def test_an_asset_has_the_ids_of_the_contract() -> None:
    told = {
        each.sku: (each.facts.currency_id, each.facts.product_id, each.facts.metal)
        for each in Asset
    }

    assert told["GAU"] == (1000004, 3000001, Metal.GOLD)
    assert told["GAG"] == (1000005, 3000002, Metal.SILVER)
    assert told["BGAU"] == (1000015, 3000088, Metal.GOLD)
    assert told["BGAG"] == (1000016, 3000089, Metal.SILVER)
    assert told["GPT"] == (1000017, 3000090, Metal.PLATINUM)
    assert told["GPD"] == (1000018, 3000091, Metal.PALLADIUM)
    assert told["TRY"] == (1000003, None, None)


def test_every_currency_is_an_asset_and_nothing_has_the_id_of_another() -> None:
    assert {each.sku for each in CASH} == set(Currency)
    assert {each.metal for each in METALS} == set(Metal)
    assert len({each.facts.currency_id for each in Asset}) == len(Asset)


def test_money_and_weights_become_amounts_and_come_back() -> None:
    money, weight = Money(12_345, Currency.TRY), Weight(1_500_000, Metal.GOLD)

    assert Amount.of_money(money) == lira(12_345)
    assert lira(12_345).money == money
    assert Amount.of_weight(weight, Asset.BGAU).weight == weight
    assert [f"{each.decimal:f}" for each in (lira(12_340), gold(1_500_000))] == ["123.4", "1.5"]
    assert str(gold(1)) == "0.000001 GAU"


def test_an_amount_is_of_its_asset_alone() -> None:
    with pytest.raises(MixedMetals):
        Amount.of_weight(Weight(1, Metal.SILVER), Asset.GAU)
    with pytest.raises(MixedAssets):
        gold(1) + Amount(1, Asset.BGAU)
    with pytest.raises(ValueError, match="is no metal"):
        _ = lira(1).weight
    with pytest.raises(ValueError, match="is no cash"):
        _ = gold(1).money
    with pytest.raises(TypeError):
        Amount(1.0, Asset.TRY)  # type: ignore[arg-type]  # a float is what is refused.


moves = st.builds(
    Move,
    st.builds(Amount, st.integers(1, 10**15), st.sampled_from(Asset)),
    st.sampled_from(OWNERS[:3]),
    st.sampled_from(OWNERS[3:]),
)


@given(st.lists(moves, min_size=1, max_size=8))
def test_whatever_moves_a_journal_is_made_of_it_sums_to_zero(some: list[Move]) -> None:
    lines = a_journal(*some).lines()

    sums: dict[Asset, int] = {}
    for line in lines:
        sums[line.account.asset] = sums.get(line.account.asset, 0) + line.units
    assert set(sums.values()) == {0}
    assert all(line.units for line in lines)
    assert len({line.account for line in lines}) == len(lines)


@given(
    st.lists(moves, min_size=1, max_size=8).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_the_order_of_the_moves_does_not_matter(both: tuple[list[Move], list[Move]]) -> None:
    one, other = both

    assert a_journal(*one).lines() == a_journal(*other).lines()


def test_moves_of_one_account_come_to_one_line() -> None:
    journal = a_journal(
        Move(lira(100), AYSE, HOUSE), Move(lira(5), AYSE, HOUSE), Move(lira(30), HOUSE, AYSE)
    )

    assert journal.lines() == [
        Line(Account(AYSE, Asset.TRY), -75),
        Line(Account(HOUSE, Asset.TRY), 75),
    ]


def test_a_journal_that_moves_nothing_is_refused() -> None:
    for wrong in ((), (Move(lira(1), AYSE, HOUSE), Move(lira(1), HOUSE, AYSE))):
        with pytest.raises(ValueError, match="0 lines"):
            a_journal(*wrong)


def test_a_move_is_of_more_than_nothing_between_two() -> None:
    for amount, target in ((0, HOUSE), (-1, HOUSE), (1, AYSE)):
        with pytest.raises(ValueError, match="more than nothing"):
            Move(lira(amount), AYSE, target)


def test_a_customer_alone_has_an_id() -> None:
    for kind, number in ((OwnerKind.CUSTOMER, 0), (OwnerKind.HOUSE, 7)):
        with pytest.raises(ValueError, match="a customer has an id"):
            Owner(kind, CustomerId(number))


def test_holds_are_of_accounts_with_a_floor() -> None:
    for owner in (SETTLEMENT, HOUSE, VAULT):
        with pytest.raises(ValueError, match="with a floor"):
            NewHold(owner, lira(1), HoldKind.BLOCKED, order("1"))


def test_a_journal_opens_holds_on_its_own_accounts_only() -> None:
    move = Move(gold(5), HOUSE, AYSE)

    assert a_journal(move, opens=[NewHold(AYSE, gold(5), HoldKind.BLOCKED, order("1"))]).opens
    with pytest.raises(ValueError, match="accounts that it posts to"):
        a_journal(move, opens=[NewHold(AYSE, lira(5), HoldKind.BLOCKED, order("1"))])


def test_references_and_descriptions_have_a_limit() -> None:
    assert Reference(ReferenceKind.ORDER, "x" * REFERENCE_LENGTH).id
    for wrong in ("", "x" * (REFERENCE_LENGTH + 1)):
        with pytest.raises(ValueError, match="characters"):
            Reference(ReferenceKind.ORDER, wrong)
    with pytest.raises(ValueError, match="characters"):
        a_journal(Move(lira(1), AYSE, HOUSE), description="x" * 201)


def test_what_may_be_spent_is_the_balance_less_what_is_held() -> None:
    balance = Balance(Account(AYSE, Asset.GAU), 100, 30, 20)

    assert balance.available == gold(50)
    assert (balance.balance, balance.blocked, balance.soft_blocked) == (
        gold(100),
        gold(30),
        gold(20),
    )


def test_an_error_says_what_there_was_and_what_was_wanted() -> None:
    error = InsufficientBalance(
        Account(AYSE, Asset.GAU), available=gold(1_500_000), wanted=gold(2_000_000)
    )

    assert error.facts == {"asset": "GAU", "available": "1.5", "wanted": "2"}
