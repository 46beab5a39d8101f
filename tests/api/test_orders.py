"""Orders as a partner lists and reads them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bezant.checkout import refunding
from bezant.orders import service as orders
from bezant.orders.model import OrderStatus
from bezant.payments.till import Till
from tests.api.market import Market
from tests.api.places import at
from tests.checkout.conftest import till
from tests.factories.catalog import GOLD_BAR, SILVER_BAR
from tests.factories.checkout import GET_ORDER, Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply

__all__ = ["till"]

PATH = "/partner/ecom/orders"


@dataclass
class Sales:
    """Orders of one partner, each made a second after the one before."""

    partner: PartnerClient
    till: Till
    clock: FakeClock

    async def sell(self, *, sku: str = GOLD_BAR, amount: int = 1, method: str = "cash") -> Buyer:
        """An order of a new customer."""
        self.clock.advance(seconds=1)
        buyer = await Buyer.enter(self.partner, sku=sku, amount=amount)
        reply = await buyer.complete(payment_type=method)
        assert reply.status == 200, reply.body
        return buyer

    async def take_to(self, buyer: Buyer, *steps: OrderStatus) -> None:
        """Takes an order on."""
        named = order_named(buyer, await buyer.order())
        for step in steps:
            async with self.till.db.transaction() as tx:
                order = await orders.lock_order(tx, *named)
                await orders.change_status(tx, order, step, cause="Elif", now=self.clock.now())

    async def one_of_each(self) -> dict[str, Buyer]:
        """An order that waits, one that is paid, one that is completed, one that is cancelled."""
        found = {
            "Pending": await self.sell(method="creditcard"),
            "Payment Confirmed": await self.sell(),
            "Completed": await self.sell(),
            "Cancelled": await self.sell(method="creditcard"),
        }
        await self.take_to(found["Completed"], OrderStatus.COMPLETED)
        named = order_named(found["Cancelled"], await found["Cancelled"].order())
        await refunding.cancel_order(self.till, *named, by="Elif", reason="Changed her mind")
        return found

    async def listed(self, **query: object) -> list[str]:
        """The partner's own ids of the orders on a page."""
        page = await self.partner.get(PATH, **query)
        assert page.status == 200, page.body
        return ids_of(page)


def ids_of(page: Reply) -> list[str]:
    """The partner's own ids of the orders on a page."""
    return [str(order["external_id"]) for order in page.items]


@pytest.fixture
def sales(partner: PartnerClient, till: Till, clock: FakeClock) -> Sales:
    """A partner that has sold nothing yet."""
    return Sales(partner, till, clock)


async def test_a_listed_order_is_the_order_as_it_is_read_alone(sales: Sales) -> None:
    buyer = await sales.sell(sku=SILVER_BAR, amount=3)

    page = await sales.partner.get(PATH)

    assert page.items == [(await buyer.order()).data]
    order = page.items[0]
    assert order["order_creation_status"] == "order"
    assert order["external_id"] == buyer.external_id
    assert at(order, "customer", "external_id") == buyer.customer


async def test_a_partner_without_orders_has_one_empty_page(partner: PartnerClient) -> None:
    page = await partner.get(PATH)

    assert page.items == []
    assert [page.data[name] for name in ("total", "current_page", "last_page")] == [0, 1, 1]


async def test_a_basket_is_no_order(sales: Sales) -> None:
    await Buyer.enter(sales.partner)

    assert await sales.listed() == []


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("2", ["Pending"]),
        ("12", ["Payment Confirmed"]),
        ("Completed", ["Completed"]),
        ("payment confirmed", ["Payment Confirmed"]),
        ("4,5", ["Cancelled", "Completed"]),
        ("Pending,5", ["Completed", "Pending"]),
        (" PENDING , 4 ,", ["Cancelled", "Pending"]),
        ("2,Pending,2", ["Pending"]),
        ("1,Processing,6,7,8,9,10,11", []),
        (",", ["Cancelled", "Completed", "Payment Confirmed", "Pending"]),
    ],
)
async def test_orders_are_listed_by_status(sales: Sales, status: str, names: list[str]) -> None:
    found = await sales.one_of_each()

    assert await sales.listed(status=status) == [found[name].external_id for name in names]


@pytest.mark.parametrize("status", ["13", "0", "-1", "02", "Done", "Pending;5", "2,Done", "٢"])
async def test_a_status_that_there_is_not_is_refused(partner: PartnerClient, status: str) -> None:
    reply = await partner.get(PATH, status=status)

    assert reply.status == 422
    assert list(reply.errors) == ["status"]
    assert "Payment Confirmed" in reply.errors["status"][0]


async def test_orders_are_listed_by_what_is_in_them_and_by_customer(sales: Sales) -> None:
    gold, silver = await sales.sell(), await sales.sell(sku=SILVER_BAR)

    assert await sales.listed(sku=GOLD_BAR) == [gold.external_id]
    assert await sales.listed(sku=SILVER_BAR) == [silver.external_id]
    assert await sales.listed(sku="NOTHING") == []
    assert await sales.listed(customer_external_id=gold.customer) == [gold.external_id]
    assert await sales.listed(customer_external_id=gold.customer, sku=SILVER_BAR) == []
    assert await sales.listed(customer_external_id="nobody") == []


async def test_what_is_asked_for_empty_narrows_nothing(sales: Sales) -> None:
    made = [(await sales.sell()).external_id]

    empty = ("status", "customer_external_id", "sku", "sortBy", "sortType", "page", "total")

    assert await sales.listed(**dict.fromkeys(empty, "")) == made


async def test_a_day_is_a_day_of_the_shops_time_zone(
    sales: Sales, clock: FakeClock, market: Market
) -> None:
    made = {}
    # Midnight in Istanbul is 21:00 in UTC, twelve hours after the clock's first moment; an
    # order comes a second after the time that is set here.
    for moment, seconds in (
        ("first's last second", 12 * 3_600 - 2),
        ("second's first", 0),
        ("second's last", 24 * 3_600 - 2),
        ("third's first", 0),
    ):
        clock.advance(seconds=seconds)
        await market.moves()
        made[moment] = (await sales.sell()).external_id

    async def between(first: str, last: str) -> list[str]:
        found = await sales.listed(startDate=first, endDate=last, sortType="asc")
        return [moment for moment, name in made.items() if name in found]

    second = ["second's first", "second's last"]
    assert await between("2026-06-02", "2026-06-02") == second
    assert await between("2026-06-01", "2026-06-02") == ["first's last second", *second]
    assert await between("2026-06-02", "2026-06-03") == [*second, "third's first"]
    assert await between("2026-06-04", "2026-06-30") == []


Key = Callable[[dict[str, object]], object]


@pytest.mark.parametrize(
    ("sort_by", "key"),
    [
        (None, lambda order: order["id"]),
        ("created_at", lambda order: order["id"]),
        ("total", lambda order: (order["total"], order["id"])),
        (
            "customer_external_id",
            lambda order: (order["customer"]["external_id"], order["id"]),
        ),
        ("type", lambda order: order["id"]),
    ],
)
@pytest.mark.parametrize("sort_type", [None, "desc", "asc"])
async def test_orders_are_sorted_both_ways(
    sales: Sales, sort_by: str | None, sort_type: str | None, key: Key
) -> None:
    for sku, amount in ((GOLD_BAR, 2), (SILVER_BAR, 1), (GOLD_BAR, 1), (GOLD_BAR, 2)):
        await sales.sell(sku=sku, amount=amount)
    asked = {"sortBy": sort_by, "sortType": sort_type}
    query = {name: value for name, value in asked.items() if value is not None}

    page = await sales.partner.get(PATH, **query)

    found = [dict(order) for order in page.items]
    assert len(found) == 4
    assert found == sorted(found, key=key, reverse=sort_type != "asc")  # type: ignore[arg-type]


async def test_pages_hold_each_order_once_whatever_they_are_sorted_by(sales: Sales) -> None:
    made = {(await sales.sell()).external_id for _ in range(7)}

    for sort_by in ("created_at", "total", "customer_external_id", "type"):
        for sort_type in ("asc", "desc"):
            pages = [
                await sales.listed(total=5, page=number, sortBy=sort_by, sortType=sort_type)
                for number in (1, 2, 3)
            ]
            assert [len(page) for page in pages] == [5, 2, 0]
            assert set(pages[0]) | set(pages[1]) == made


async def test_a_page_knows_its_neighbours_and_has_ten_orders_unless_told(sales: Sales) -> None:
    for _ in range(11):
        await sales.sell()

    first = await sales.partner.get(PATH)
    middle = await sales.partner.get(PATH, page=2, total=5)

    assert (len(first.items), first.data["per_page"], first.data["total"]) == (10, 10, 11)
    assert first.data["prev_page_url"] is None
    assert first.data["next_page_url"] == "/?page=2"
    assert middle.data["prev_page_url"] == "/?page=1"
    assert middle.data["next_page_url"] == "/?page=3"
    assert (middle.data["from"], middle.data["to"], middle.data["last_page"]) == (6, 10, 3)


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"total": "4"}, "total"),
        ({"total": "31"}, "total"),
        ({"total": "ten"}, "total"),
        ({"page": "0"}, "page"),
        ({"page": "x"}, "page"),
        ({"sku": "AB"}, "sku"),
        ({"sku": "A" * 22}, "sku"),
        ({"sortBy": "price"}, "sortBy"),
        ({"sortType": "up"}, "sortType"),
        ({"status": "x" * 201}, "status"),
        ({"startDate": "2026-06-01"}, "endDate"),
        ({"endDate": "2026-06-01"}, "startDate"),
        ({"startDate": "2026-06-02", "endDate": "2026-06-01"}, "endDate"),
        ({"startDate": "2026-02-30", "endDate": "2026-06-01"}, "startDate"),
        ({"customer_external_id": "c" * 111}, "customer_external_id"),
    ],
)
async def test_what_is_out_of_form_is_refused_by_name(
    partner: PartnerClient, query: dict[str, str], wrong: str
) -> None:
    reply = await partner.get(PATH, **query)

    assert (reply.status, list(reply.errors)) == (422, [wrong])


@pytest.mark.parametrize("total", [5, 30])
async def test_the_bounds_of_a_page_are_taken(partner: PartnerClient, total: int) -> None:
    page = await partner.get(PATH, total=total)

    assert (page.status, page.data["per_page"]) == (200, total)


async def test_another_partners_orders_are_not_seen(
    sales: Sales, other_partner: PartnerClient
) -> None:
    buyer = await sales.sell()
    await other_partner.new_customer(external_id=buyer.customer)

    for query in ({}, {"customer_external_id": buyer.customer}, {"sku": GOLD_BAR}):
        page = await other_partner.get(PATH, **query)
        assert (page.items, page.data["total"]) == ([], 0)
    token = str((await buyer.order()).data["token"])
    reply = await other_partner.post(
        GET_ORDER, customer_external_id=buyer.customer, cart_token=token
    )
    assert (reply.status, reply.body["code"]) == (404, 40404)


async def test_the_orders_of_a_person_who_was_forgotten_are_still_listed(sales: Sales) -> None:
    staying, gone = await sales.sell(), await sales.sell()
    for buyer in (staying, gone):
        await sales.take_to(buyer, OrderStatus.COMPLETED)
    removed = await sales.partner.delete(f"/partner/customer/{gone.customer}")
    assert removed.status == 200

    page = await sales.partner.get(PATH)

    assert ids_of(page) == [gone.external_id, staying.external_id]
    assert at(page.items[0], "customer", "external_id") == ""
    assert at(page.items[0], "customer", "email") == ""
    assert await sales.listed(customer_external_id=gone.customer) == []
    by_customer = await sales.listed(sortBy="customer_external_id", sortType="asc")
    assert sorted(by_customer) == sorted([gone.external_id, staying.external_id])
    again = await sales.partner.new_customer(external_id=gone.customer)
    assert await sales.listed(customer_external_id=again) == []


async def test_a_basket_and_the_order_that_it_becomes_are_read_by_one_token(
    sales: Sales,
) -> None:
    buyer = await Buyer.enter(sales.partner, sku=SILVER_BAR)
    basket = await buyer.order()
    completed = await buyer.complete()
    order = await buyer.order()

    assert basket.data["order_creation_status"] == "basket"
    assert (basket.data["status_id"], basket.data["status_name"]) == (1, "Created")
    assert order.data == completed.data
    same = ("id", "guid", "increment_id", "token", "items", "total", "price", "tax")
    assert [order.data[name] for name in same] == [basket.data[name] for name in same]


async def test_reading_an_order_does_not_price_it_anew(
    sales: Sales, clock: FakeClock, market: Market
) -> None:
    buyer = await Buyer.enter(sales.partner)
    basket = await buyer.order()
    await buyer.complete()
    clock.advance(days=30)
    await market.moves(gold=30_000_000)

    order = await buyer.order()

    assert order.data["total"] == basket.data["total"]
    assert [item["price"] for item in order.items] == [item["price"] for item in basket.items]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"cart_token": "A" * 32}, 404),
        ({"customer_external_id": "nobody"}, 404),
        ({"cart_token": "short"}, 422),
        ({"customer_external_id": ""}, 422),
    ],
)
async def test_what_is_nobodys_order_is_not_found(
    sales: Sales, change: dict[str, str], status: int
) -> None:
    buyer = await sales.sell()
    body = {"customer_external_id": buyer.customer, "cart_token": buyer.token}

    reply = await sales.partner.post(GET_ORDER, **(body | change))

    assert reply.status == status


async def test_an_order_of_another_customer_is_not_found(sales: Sales) -> None:
    buyer, other = await sales.sell(), await sales.sell()

    reply = await sales.partner.post(
        GET_ORDER, customer_external_id=other.customer, cart_token=buyer.token
    )

    assert reply.status == 404
