"""The list of orders of digital metal: what is on it, in which order, and whose."""

from collections.abc import Mapping, Sequence

import pytest
import pytest_asyncio

from bezant.trading import reading
from tests.api.market import Market
from tests.api.places import at
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply
from tests.trading.desk import Desk

ORDERS = "/partner/orders"


def rows(reply: Reply) -> Sequence[Mapping[str, object]]:
    """The orders of a page."""
    assert reply.status == 200, reply.body
    found = reply.data["data"]
    assert isinstance(found, list)
    return found


def ids(reply: Reply) -> list[object]:
    """The partner's own ids of the orders of a page."""
    return [row["external_id"] for row in rows(reply)]


@pytest_asyncio.fixture
async def three(desk: Desk, clock: FakeClock, market: Market) -> None:
    """A purchase of gold, one of silver, and a sale of gold, a day apart."""
    assert (await desk.buy(3, external_id="gold")).status == 200
    clock.advance(days=1)
    await market.moves()
    assert (await desk.buy(10, sku="GAG", external_id="silver")).status == 200
    clock.advance(days=1)
    await market.moves()
    assert (await desk.sell(1, external_id="sold")).status == 200


async def test_orders_are_listed_newest_first_each_as_a_single_one_is_read(
    desk: Desk, three: None
) -> None:
    listed = await desk.partner.get(ORDERS)

    assert ids(listed) == ["sold", "silver", "gold"]
    assert listed.data["total"] == 3
    alone = await desk.partner.get("/partner/order/silver")
    assert rows(listed)[1] == alone.data


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"type": "Sell"}, ["sold"]),
        ({"type": "Buy"}, ["silver", "gold"]),
        ({"sku": "GAU"}, ["sold", "gold"]),
        ({"sku": "XYZ"}, []),
        ({"status": "completed"}, ["sold", "silver", "gold"]),
        ({"status": "2,Cancelled"}, []),
        ({"startDate": "2026-06-02", "endDate": "2026-06-02"}, ["silver"]),
        ({"sortBy": "created_at", "sortType": "asc"}, ["gold", "silver", "sold"]),
        ({"sortBy": "type", "sortType": "asc"}, ["gold", "silver", "sold"]),
        ({"sortBy": "total", "sortType": "desc"}, ["gold", "sold", "silver"]),
        ({"customer_external_id": "nobody"}, []),
    ],
)
async def test_a_list_is_narrowed_and_sorted(
    desk: Desk, three: None, query: Mapping[str, object], wanted: Sequence[str]
) -> None:
    listed = await desk.partner.get(ORDERS, **query)

    assert ids(listed) == wanted
    assert listed.data["total"] == len(wanted)


async def test_what_the_partner_traded_for_itself_is_listed_and_sorts_before_customers(
    desk: Desk,
) -> None:
    await desk.buy(1, external_id="theirs")
    fix = await desk.fix(customer_external_id=None)
    own = await desk.buy(1, external_id="own", price_token=fix, customer=None, topup=None)
    assert own.status == 200

    by_customer = await desk.partner.get(ORDERS, sortBy="customer_external_id", sortType="asc")
    of_one = await desk.partner.get(ORDERS, customer_external_id=desk.customer)

    assert ids(by_customer) == ["own", "theirs"]
    assert ids(of_one) == ["theirs"]


async def test_pages_follow_each_other_without_a_gap(desk: Desk) -> None:
    names = [f"o{number}" for number in range(7)]
    for name in names:
        assert (await desk.buy(1, external_id=name)).status == 200

    first = await desk.partner.get(ORDERS, page=1, total=5)
    second = await desk.partner.get(ORDERS, page=2, total=5)

    assert ids(first) + ids(second) == names[::-1]
    assert (first.data["last_page"], second.data["to"]) == (2, 7)
    assert isinstance(first.data["next_page_url"], str)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"type": "buy"}, "type"),
        ({"type": "Delivery!"}, "type"),
        ({"status": "Sold"}, "status"),
        ({"startDate": "2026-06-02"}, "endDate"),
        ({"total": 31}, "total"),
        ({"page": 0}, "page"),
        ({"sortBy": "price"}, "sortBy"),
    ],
)
async def test_a_wrong_filter_is_named(desk: Desk, query: Mapping[str, object], field: str) -> None:
    refused = await desk.partner.get(ORDERS, **query)

    assert refused.status == 422
    assert field in str(refused.body)


async def test_staff_finds_an_order_by_its_code_or_the_partners_id(desk: Desk) -> None:
    order_code = str(at((await desk.buy(1, external_id="theirs")).data, "order_code", 0))

    async with desk.db.reading() as connection:
        for name in (order_code, order_code.lower(), "theirs"):
            (found,) = await reading.orders_called(connection, name, desk.partner_id)
            assert found.order_code == order_code
        assert not await reading.orders_called(connection, "nothing", desk.partner_id)
