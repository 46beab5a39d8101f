"""The simulated market is the same every time, and never strays far."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bezant.integrations.feeds.simulated import (
    BASE_PRICES,
    EXCHANGE_RATES,
    WAVES,
    SimulatedFeed,
)
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency

FEED = SimulatedFeed(seed=1204)
SECONDS = st.integers(0, 4_000_000_000)
MORNING = 1_780_304_400
GOLDEN = {
    0: {
        Metal.GOLD: 26_795_469,
        Metal.SILVER: 325_300,
        Metal.PLATINUM: 10_205_788,
        Metal.PALLADIUM: 10_177_444,
    },
    MORNING: {
        Metal.GOLD: 26_610_253,
        Metal.SILVER: 322_277,
        Metal.PLATINUM: 10_238_124,
        Metal.PALLADIUM: 9_847_726,
    },
}


def at_second(second: int) -> dict[Metal, int]:
    return {metal: FEED.price(metal, Currency.TRY, second).units for metal in Metal}


def test_the_market_of_the_default_seed_is_known_for_ever() -> None:
    assert {second: at_second(second) for second in GOLDEN} == GOLDEN
    assert FEED.price(Metal.GOLD, Currency.USD, MORNING).units == 781_505


@given(SECONDS, st.sampled_from(Metal), st.sampled_from(Currency))
def test_two_feeds_of_one_seed_agree(second: int, metal: Metal, currency: Currency) -> None:
    other = SimulatedFeed(seed=1204)
    assert other.price(metal, currency, second) == FEED.price(metal, currency, second)


def test_another_seed_is_another_market() -> None:
    other = SimulatedFeed(seed=1205)
    seconds = range(MORNING, MORNING + 50)
    agree = [
        s
        for s in seconds
        if other.price(Metal.GOLD, Currency.TRY, s).units
        == FEED.price(Metal.GOLD, Currency.TRY, s).units
    ]
    assert len(agree) < 5


def test_the_metals_do_not_move_together() -> None:
    now, later = at_second(MORNING), at_second(MORNING + 3_600)
    moves = {metal: later[metal] * 10**9 // now[metal] for metal in Metal}
    assert len(set(moves.values())) == len(Metal)


@given(SECONDS, st.sampled_from(Metal))
def test_a_price_stays_within_its_waves_of_its_base(second: int, metal: Metal) -> None:
    reach = sum(height for _, height in WAVES)
    away = abs(FEED.price(metal, Currency.TRY, second).units - BASE_PRICES[metal])
    # One more for what is rounded down.
    assert away <= BASE_PRICES[metal] * reach // 1_000_000 + 1


@given(SECONDS, st.sampled_from(Metal))
def test_the_price_in_another_currency_is_the_liras_at_its_rate(second: int, metal: Metal) -> None:
    lira = FEED.price(metal, Currency.TRY, second).units
    for currency, rate in EXCHANGE_RATES.items():
        units = FEED.price(metal, currency, second).units
        assert type(units) is int
        # Each is rounded down once from the same exact price.
        assert lira * 10_000 // rate <= units <= (lira + 1) * 10_000 // rate


@given(SECONDS, st.sampled_from(Metal))
def test_a_price_does_not_jump_from_one_second_to_the_next(second: int, metal: Metal) -> None:
    steepest = sum(2 * height / period for period, height in WAVES) + len(WAVES) * 2
    before, after = (FEED.price(metal, Currency.TRY, s).units for s in (second, second + 1))
    assert abs(after - before) <= BASE_PRICES[metal] * steepest / 1_000_000 + 1


async def test_a_moment_has_the_price_of_its_second_for_every_metal_and_currency() -> None:
    moment = datetime.fromtimestamp(MORNING, UTC)
    found = await FEED.prices(moment.replace(microsecond=999_999))
    assert {(p.price.metal, p.price.currency) for p in found} == {
        (metal, currency) for metal in Metal for currency in Currency
    }
    assert len(found) == len(Metal) * len(Currency)
    assert {(p.at, p.source) for p in found} == {(moment, "simulated")}
    assert list(await FEED.prices(moment)) == list(found)
