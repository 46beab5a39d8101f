"""What prices, lines and amounts are rounded to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.metal import PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import METALS, Amount, Asset
from bezant.trading.model import (
    MOST_PER_ORDER,
    AssetPrice,
    LimitedBy,
    Spread,
    TradeKind,
    amount_fault,
    price_of,
)
from bezant.trading.quoting import limited

assets = st.sampled_from(METALS)
spots = st.integers(min_value=100, max_value=10**9)
points = st.integers(min_value=0, max_value=5_000)


def lira(kurus: int) -> Money:
    return Money(kurus, Currency.TRY)


def priced(asset: Asset, spot: int, spread: Spread) -> AssetPrice:
    found = price_of(asset, spot=PricePerGram(spot, Currency.TRY, asset.metal), spread=spread)
    assert found is not None
    return found


def test_the_published_line_is_188_97() -> None:
    price = priced(Asset.GAU, 18_897_300, Spread(0, 0))

    assert price.buy == lira(188_973)
    assert price.line(Amount(100_000, Asset.GAU), TradeKind.BUY) == lira(18_897)


@pytest.mark.parametrize(
    ("spot", "spread", "buy", "sell"),
    [
        (20_000_000, Spread(100, 100), 202_000, 198_000),
        (20_000_000, Spread(0, 250), 200_000, 195_000),
        # Half up to 1889.73 and 1889.72, which are on the right side of the market.
        (18_897_250, Spread(0, 0), 188_973, 188_972),
        # Half up would be 1889.72 for who buys, below the market, and 1889.73 for who sells.
        (18_897_249, Spread(0, 0), 188_973, 188_972),
        (18_897_251, Spread(0, 0), 188_973, 188_972),
    ],
)
def test_a_price_is_rounded_to_two_decimals_on_its_side_of_the_market(
    spot: int, spread: Spread, buy: int, sell: int
) -> None:
    price = priced(Asset.GAU, spot, spread)

    assert (price.buy.minor, price.sell.minor) == (buy, sell)


def test_what_brings_nothing_has_no_price() -> None:
    spot = PricePerGram(99, Currency.TRY, Asset.GAG.metal)

    assert price_of(Asset.GAG, spot=spot, spread=Spread(0, 0)) is None


@given(asset=assets, spot=spots, buy=points, sell=st.integers(min_value=0, max_value=4_000))
def test_nobody_buys_below_the_market_or_sells_above_it(
    asset: Asset, spot: int, buy: int, sell: int
) -> None:
    found = price_of(
        asset,
        spot=PricePerGram(spot, Currency.TRY, asset.metal),
        spread=Spread(buy, sell),
    )

    if found is not None:
        assert found.sell.minor * 100 <= spot <= found.buy.minor * 100


@given(asset=assets, spot=spots, kurus=st.integers(min_value=1, max_value=10**12))
def test_what_a_total_buys_is_the_most_that_it_can_pay(asset: Asset, spot: int, kurus: int) -> None:
    price, total = priced(asset, spot, Spread(0, 0)), lira(kurus)
    bought = price.amount_for(total, TradeKind.BUY)
    step = asset.facts.step

    assert bought.units % step == 0
    assert price.line(bought, TradeKind.BUY) <= total
    # One step more would cost more than the total, before anything is rounded.
    assert (bought.units + step) * price.buy.minor > total.minor * 1_000_000


@pytest.mark.parametrize(
    ("units", "fault"),
    [
        (100, None),
        (99, "trading.minimum"),
        (150, "trading.step"),
        (MOST_PER_ORDER[Asset.GAU], None),
        (MOST_PER_ORDER[Asset.GAU] + 100, "trading.maximum"),
    ],
)
def test_an_amount_has_a_step_a_least_and_a_most(units: int, fault: str | None) -> None:
    found = amount_fault(Amount(units, Asset.GAU))

    assert (found and found.key) == fault


@pytest.mark.parametrize(
    ("asked", "has", "may", "amount", "limited_by"),
    [
        (1_000_000, None, None, 1_000_000, None),
        (1_000_050, None, None, 1_000_000, LimitedBy.STEP),
        (50, None, None, 100, LimitedBy.MINIMUM),
        (MOST_PER_ORDER[Asset.GAU] + 100, None, None, MOST_PER_ORDER[Asset.GAU], LimitedBy.LIMIT),
        (1_000_000, 1_000_000, None, 1_000_000, None),
        (1_000_000, 500_050, None, 500_000, LimitedBy.BALANCE),
        (1_000_000, 0, None, 0, LimitedBy.BALANCE),
        (50, 0, None, 0, LimitedBy.BALANCE),
        (1_000_000, None, 500_050, 500_000, LimitedBy.LIMIT),
        (1_000_000, 700_000, 500_000, 500_000, LimitedBy.LIMIT),
        (1_000_000, 500_000, 700_000, 500_000, LimitedBy.BALANCE),
        (1_000_000, None, 50, 0, LimitedBy.LIMIT),
    ],
)
def test_the_nearest_amount_says_what_binds_it(
    asked: int, has: int | None, may: int | None, amount: int, limited_by: LimitedBy | None
) -> None:
    bounds = {
        reason: Amount(units, Asset.GAU)
        for reason, units in ((LimitedBy.BALANCE, has), (LimitedBy.LIMIT, may))
        if units is not None
    }

    found = limited(Amount(asked, Asset.GAU), bounds)

    assert found == (Amount(amount, Asset.GAU), limited_by)


def test_a_spread_has_bounds() -> None:
    with pytest.raises(ValueError, match="basis points"):
        Spread(-1, 0)
    with pytest.raises(ValueError, match="basis points"):
        Spread(0, 5_001)
