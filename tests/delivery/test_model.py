"""Shipments: their ways, what they cost, and under which name their pieces are promised."""

from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.delivery.model import (
    WAYS,
    Dispatch,
    NoWayForShipment,
    Parcel,
    ShipmentStatus,
    cost_of,
    promise_of,
    require_way,
)
from bezant.kernel.ids import PartnerId, ProductId
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency, Money
from bezant.pricing.model import Quote

ALL = list(ShipmentStatus)


def lira(minor: int) -> Money:
    return Money(minor, Currency.TRY)


@pytest.mark.parametrize(("before", "after"), list(product(ALL, ALL)))
def test_a_shipment_goes_its_ways_and_no_other(
    before: ShipmentStatus, after: ShipmentStatus
) -> None:
    if after in WAYS.get(before, frozenset()):
        require_way(before, after)
    else:
        with pytest.raises(NoWayForShipment):
            require_way(before, after)


def test_nothing_is_cancelled_once_it_is_shipped() -> None:
    can_be = {before for before, ways in WAYS.items() if ShipmentStatus.CANCELLED in ways}

    assert can_be == {ShipmentStatus.ORDERED, ShipmentStatus.PREPARING}
    assert not WAYS.get(ShipmentStatus.CANCELLED)
    assert not WAYS.get(ShipmentStatus.DELIVERED)


def test_each_status_is_another_one_of_its_order() -> None:
    assert len({status.of_order for status in ALL}) == len(ALL)


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(1, 1_000),
    st.integers(0, 10_000),
)
def test_a_delivery_costs_its_parts_and_the_tax_on_them(
    minting: int, insurance: int, shipping: int, amount: int, rate: int
) -> None:
    quote = Quote(
        product_id=ProductId(1),
        spot=PricePerGram(20_000_000, Currency.TRY, Metal.GOLD),
        metal_value=lira(200_000),
        minted_markup=lira(minting),
        insurance=lira(insurance),
        shipping=lira(shipping),
        commission=lira(999),
        tax_base=lira(0),
        tax_rate=rate,
    )

    cost = cost_of(quote, amount)

    assert cost.price == lira((minting + insurance + shipping) * amount)
    assert cost.tax == cost.price.share(basis_points=rate)
    assert cost.total == cost.price + cost.tax


@given(st.uuids())
def test_pieces_are_promised_under_a_number_that_no_order_of_the_shop_has(guid: UUID) -> None:
    number = promise_of(PartnerId(1), guid).order_id

    assert -(2**62) <= number < 0


def test_two_shipments_are_promised_under_two_numbers() -> None:
    numbers = {promise_of(PartnerId(1), uuid4()).order_id for _ in range(1_000)}

    assert len(numbers) == 1_000


def test_what_is_not_said_of_a_parcel_stays() -> None:
    parcel = Parcel(carrier="PTT", tracking_number="1")
    dispatch = Dispatch(to=ShipmentStatus.SHIPPED, by="Elif", tracking_number="", tracking_url="u")

    after = dispatch.onto(parcel)

    assert after == Parcel(carrier="PTT", tracking_number="", tracking_url="u")
    assert after.is_followed
    assert not Parcel(carrier="PTT").is_followed
