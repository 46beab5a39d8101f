"""Made-up baskets: the same by chance, sums that add up, increment ids that never meet."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.baskets.model import LoadedBasket
from bezant.cli.demo.baskets import AGE, HOLD_LIFE, Shelf, Shopper, Window, make_baskets
from bezant.customers.model import Address, AddressDetails, AddressType
from bezant.kernel.ids import AddressId, BasketId, CustomerId, PartnerId, ProductId, increment_id
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.pricing.model import Quote

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
WINDOW = Window.before(NOW)


def quote_of(product: int, metal_value: int, metal: Metal = Metal.GOLD) -> Quote:
    """A quote with parts that are told apart, taxed at 20 % on what is above the metal."""

    def lira(minor: int) -> Money:
        return Money(minor, Currency.TRY)

    return Quote(
        product_id=ProductId(product),
        spot=PricePerGram(26_917_000, Currency.TRY, metal),
        metal_value=lira(metal_value),
        minted_markup=lira(107),
        insurance=lira(53),
        shipping=lira(29),
        commission=lira(11),
        tax_base=lira(200),
        tax_rate=2_000,
    )


SHELF = Shelf.of(
    PartnerId(7),
    Currency.TRY,
    [quote_of(1, 250_000), quote_of(2, 1_300_000, Metal.SILVER), quote_of(3, 26_000_000)],
)
ADDRESSES = (
    Address(AddressId(1), AddressDetails(type=AddressType.SHIPPING, city="Ankara")),
    Address(AddressId(2), AddressDetails(type=AddressType.BILLING, city="Ankara")),
)
SHOPPERS = [Shopper(SHELF, CustomerId(number), *ADDRESSES) for number in range(1, 8)]


def made(seed: int = 1, first: int = 1, count: int = 300) -> list[LoadedBasket]:
    """So many baskets with ids in a row."""
    ids = [BasketId(number) for number in range(first, first + count)]
    return list(make_baskets(SHOPPERS, ids, chance=Random(seed), window=WINDOW))


def drawn(loaded: Sequence[LoadedBasket]) -> list[object]:
    """What of baskets is drawn by chance."""
    return [
        (
            one.basket.customer_id,
            one.basket.lines,
            one.channel,
            one.ordered_at,
            one.shipping_address,
            one.billing_address,
        )
        for one in loaded
    ]


def test_the_same_seed_makes_the_same_baskets_and_another_makes_others() -> None:
    assert drawn(made(seed=1)) == drawn(made(seed=1))
    assert drawn(made(seed=1)) != drawn(made(seed=2))


def test_tokens_and_guids_do_not_follow_from_the_seed() -> None:
    first, again = made(), made()

    tokens = {one.basket.token for one in [*first, *again]}

    assert len(tokens) == len({one.guid for one in [*first, *again]}) == 600


def test_a_baskets_figures_are_the_sums_of_its_quotes() -> None:
    for one in made():
        lines = list(one.basket.lines.values())
        figures = one.basket.figures
        pieces = sum(line.amount for line in lines)
        metal = sum(line.amount * line.quote.metal_value.minor for line in lines)
        silver = sum(line.amount for line in lines if line.quote.spot.metal is Metal.SILVER)
        assert figures.price.minor == metal + 200 * pieces
        assert figures.tax.minor == 40 * pieces
        assert figures.insurance.minor == 53 * pieces
        assert figures.shipping.minor == 29 * pieces
        assert figures.commission.minor == 11 * pieces
        assert figures.silver_craft.minor == 107 * silver
        assert figures.minted_markup.minor == 107 * (pieces - silver)


def test_a_basket_has_one_to_four_lines_in_order_and_dear_pieces_come_alone() -> None:
    for one in made():
        lines = list(one.basket.lines.values())
        assert 1 <= len(lines) <= 4
        assert [line.position for line in lines] == list(range(1, len(lines) + 1))
        assert all(one.basket.lines[line.quote.product_id] is line for line in lines)
        for line in lines:
            most = {1: 5, 2: 3, 3: 1}[line.quote.product_id]
            assert 1 <= line.amount <= most


def test_baskets_are_a_mixed_company() -> None:
    loaded = made(count=2_000)
    addresses = [(one.shipping_address, one.billing_address) for one in loaded]

    assert set(addresses) == {ADDRESSES, (ADDRESSES[0], None), (None, None)}
    assert addresses.count(ADDRESSES) > addresses.count((None, None)) > 300
    assert {one.channel for one in loaded} == {"web", "ios", "android"}
    assert {one.basket.customer_id for one in loaded} == {s.customer_id for s in SHOPPERS}
    assert {len(one.basket.lines) for one in loaded} >= {1, 2, 3}
    assert all(one.basket.partner_id == SHELF.partner_id for one in loaded)


def test_baskets_are_spread_over_all_ages_and_no_hold_is_still_good() -> None:
    loaded = made()

    born = [one.ordered_at for one in loaded]

    assert timedelta(days=390) < NOW - born[0] <= AGE + timedelta(seconds=64)
    assert NOW - born[-1] < timedelta(days=10)
    assert all(later >= earlier - timedelta(seconds=64) for earlier, later in pairwise(born))
    for one in loaded:
        assert one.basket.hold_expires_at == one.ordered_at + HOLD_LIFE < NOW
        assert one.ordered_at.microsecond == 0


def test_increment_ids_of_a_batch_are_all_different() -> None:
    loaded = made(first=2**20 - 150)

    ids = {increment_id(one.basket.basket_id, one.ordered_at) for one in loaded}

    assert len(ids) == 300


@given(
    number=st.integers(1, 2**20 - 1),
    blocks=st.lists(st.integers(0, 63), min_size=2, max_size=8, unique=True),
    place=st.integers(0, 9),
    seed=st.integers(0, 2**32),
)
def test_ids_that_end_alike_are_never_born_in_one_second(
    number: int, blocks: list[int], place: int, seed: int
) -> None:
    alike = [BasketId(number + block * 2**20) for block in blocks]

    ids = {increment_id(one, WINDOW.moment(Random(seed), one, place=place, of=10)) for one in alike}

    assert len(ids) == len(alike)


def test_a_shelf_with_nothing_on_it_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing on it"):
        Shelf.of(PartnerId(7), Currency.TRY, [])
