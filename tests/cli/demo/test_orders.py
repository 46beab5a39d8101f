"""The demo's orders: in every status that lasts, on sound books, made once."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest_asyncio

from bezant.checkout import reading
from bezant.checkout.audit import audit
from bezant.checkout.views import OrderView
from bezant.cli.demo.orders import STORIES, make_orders
from bezant.cli.demo.shop import LEADS, DemoShop
from bezant.kernel.db import Database
from bezant.kernel.paging import PageRequest
from bezant.kernel.texts import Language
from bezant.orders.model import OrderFilter, OrderStatus
from bezant.payments.model import PaymentState
from bezant.payments.till import Till
from bezant.settings import Settings
from bezant.wiring import till_of
from tests.cli.demo.test_shop import seed
from tests.factories.clock import FakeClock
from tests.factories.shop import SECRET_KEY

ZONE = ZoneInfo("Europe/Istanbul")
# No order rests in these: a basket has the first, a card's refund on its way the other.
PASSED_THROUGH = {OrderStatus.CREATED, OrderStatus.REFUNDING}


@pytest_asyncio.fixture
async def shop(demo_db: Database) -> DemoShop:
    """A demo shop that has sold nothing yet."""
    return await seed(demo_db)


def till_at(db: Database, clock: FakeClock, *, acquirer: str = "sandbox") -> Till:
    """The till of a deployment; nobody is charged at it."""
    settings = Settings(secret_key=SECRET_KEY, acquirer=acquirer, data_dir=Path("nowhere"))
    return till_of(settings, db, clock)


async def sell(db: Database, shop: DemoShop, *, acquirer: str = "sandbox") -> int:
    """How many orders were made."""
    till = till_at(db, FakeClock(), acquirer=acquirer)
    return await make_orders(till, shop, time_zone=ZONE)


async def orders_of(db: Database, shop: DemoShop, place: int) -> list[OrderView]:
    """The orders of one of the partners, the newest first."""
    wanted = OrderFilter(partner_id=shop.partners[place].partner_id)
    async with db.reading() as connection:
        page = await reading.list_orders(
            connection, wanted, page=PageRequest(1, 100), language=Language.TR
        )
    return list(page.rows)


async def test_each_partner_has_orders_in_every_status_that_lasts(
    demo_db: Database, shop: DemoShop
) -> None:
    made = await sell(demo_db, shop)

    assert made == len(STORIES) * len(shop.partners)
    for place in range(len(shop.partners)):
        found = await orders_of(demo_db, shop, place)
        assert {one.status for one in found} == set(OrderStatus) - PASSED_THROUGH
        assert [one.ordered_at for one in found] == sorted(
            (one.ordered_at for one in found), reverse=True
        )
        assert all(one.ordered_at <= FakeClock().now() for one in found)


async def test_the_books_are_sound_and_the_stock_is_what_was_sold(
    demo_db: Database, shop: DemoShop
) -> None:
    await sell(demo_db, shop)

    findings = await audit(demo_db, now=FakeClock().now())
    assert [(one.rule, list(one.breaks)) for one in findings if one.breaks] == []
    async with demo_db.reading() as connection:
        sold = await connection.fetchval("SELECT sum(received - stock) FROM product")
        kept = await connection.fetchval(
            "SELECT sum(amount) FROM order_item JOIN sales_order USING (partner_id, order_id)"
            "  JOIN stock_reservation r USING (partner_id, order_id, product_id, amount)"
            " WHERE r.state <> 'released'"
        )
    assert sold == kept > 0


async def test_money_went_back_in_part_and_in_whole(demo_db: Database, shop: DemoShop) -> None:
    await sell(demo_db, shop)

    found = await orders_of(demo_db, shop, 1)
    parts = [one for one in found if 0 < one.payment.refunded < one.payment.amount]
    assert [one.status for one in parts] == [OrderStatus.COMPLETED]
    whole = [one for one in found if one.status is OrderStatus.REFUNDED]
    assert {one.payment.state for one in whole} == {PaymentState.REFUNDED}
    assert all(one.payment.refunded == one.payment.amount for one in whole)


async def test_parcels_can_be_followed_once_they_are_on_their_way(
    demo_db: Database, shop: DemoShop
) -> None:
    await sell(demo_db, shop)

    underway = {OrderStatus.SHIPPED, OrderStatus.TRANSFERRING, OrderStatus.COMPLETED}
    for one in await orders_of(demo_db, shop, 0):
        if one.status in underway:
            assert one.cargo_url == f"https://cargo.example/{one.cargo_number}"
        elif one.status is not OrderStatus.REFUNDED:
            assert one.cargo_number == one.cargo_url == ""


async def test_a_second_run_sells_nothing_and_the_first_customers_never_buy(
    demo_db: Database, shop: DemoShop
) -> None:
    await sell(demo_db, shop)

    assert await sell(demo_db, shop) == 0
    leads = {person.external_id for person in shop.people[:LEADS]}
    for place in range(len(shop.partners)):
        buyers = {one.customer.external_id for one in await orders_of(demo_db, shop, place)}
        assert buyers
        assert not buyers & leads


async def test_where_no_cards_are_taken_nobody_owes_a_card(
    demo_db: Database, shop: DemoShop
) -> None:
    await sell(demo_db, shop, acquirer="none")

    found = await orders_of(demo_db, shop, 2)
    assert {one.status for one in found} == set(OrderStatus) - PASSED_THROUGH - {
        OrderStatus.PENDING,
        OrderStatus.CANCELLED,
    }
