"""An order goes from status to status along the allowed ways only, and remembers each."""

import asyncio
from datetime import datetime

import pytest

from bezant.kernel.db import NotAtOnce, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import CustomerId, OrderId, PartnerId
from bezant.orders import service as orders
from bezant.orders.model import (
    STAFF_WAYS,
    NoSuchOrder,
    NoWayThere,
    Order,
    OrderStatus,
    require_name,
    require_way,
)
from bezant.payments.till import Till
from tests.factories.checkout import Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.databases import undone

# Written down a second time, on purpose: a way that is opened or closed is a decision.
ALLOWED = {
    "Pending": "Payment Confirmed, Cancelled",
    "Payment Confirmed": "Processing, Preparing, Completed, Refunding",
    "Processing": "Preparing, Refunding",
    "Preparing": "Packed, Refunding",
    "Packed": "Shipped, Refunding",
    "Shipped": "Transferring, Completed, Refunding",
    "Transferring": "Completed, Refunding",
    "Completed": "Refunding",
    "Refunding": "Refunded",
}
PAIRS = [(before, after) for before in OrderStatus for after in OrderStatus]


def is_allowed(before: OrderStatus, after: OrderStatus) -> bool:
    """Whether the table above has this way."""
    return after.shown in ALLOWED.get(before.shown, "").split(", ")


Named = tuple[PartnerId, OrderId]


@pytest.fixture
async def order(partner: PartnerClient, till: Till) -> Named:
    """An order that was paid in cash."""
    buyer = await Buyer.enter(partner)
    return order_named(buyer, await buyer.complete())


def test_there_are_nineteen_ways() -> None:
    assert sum(is_allowed(*pair) for pair in PAIRS) == 19


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_each_way_is_open_or_closed_as_it_is_written(
    before: OrderStatus, after: OrderStatus
) -> None:
    if is_allowed(before, after):
        require_way(before, after)
        return
    with pytest.raises(NoWayThere) as refused:
        require_way(before, after)
    assert refused.value.facts == {"before": before.shown, "after": after.shown}


def test_nothing_follows_an_end() -> None:
    for status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
        assert status.shown not in ALLOWED


def test_staff_sets_no_status_that_says_where_money_is() -> None:
    assert OrderStatus.PAYMENT_CONFIRMED not in STAFF_WAYS
    assert not STAFF_WAYS & {
        OrderStatus.CREATED,
        OrderStatus.PENDING,
        OrderStatus.CANCELLED,
        OrderStatus.REFUNDING,
        OrderStatus.REFUNDED,
    }


async def test_every_way_is_gone_in_the_database_and_remembered(
    till: Till, order: Named, clock: FakeClock
) -> None:
    for before, after in PAIRS:
        async with undone(till.db) as tx:
            await tx.execute(
                "UPDATE sales_order SET status_id = $3::smallint,"
                " reserved_until = CASE WHEN $3::smallint = 2 THEN ordered_at END"
                " WHERE partner_id = $1 AND order_id = $2",
                *order,
                before,
            )
            await _try_way(tx, order, after, now=clock.now())


async def _try_way(tx: Tx, named: Named, after: OrderStatus, *, now: datetime) -> None:
    """The order goes there and remembers it, if it may, and stays where it is if not."""
    order = await orders.lock_order(tx, *named)
    if not is_allowed(order.status, after):
        with pytest.raises(NoWayThere):
            await orders.change_status(tx, order, after, cause="a test", now=now)
        assert (await orders.lock_order(tx, *named)).status is order.status
        return
    change = await orders.change_status(tx, order, after, cause="a test", now=now)
    assert (change.before, change.after) == (order.status, after)
    assert (await orders.lock_order(tx, *named)).status is after
    last = await tx.fetchrow(
        "SELECT number, status_id, cause, at FROM order_status_change"
        " WHERE partner_id = $1 AND order_id = $2 ORDER BY number DESC LIMIT 1",
        *named,
    )
    assert last is not None
    assert tuple(last) == (2, after, "a test", now)


async def _change(till: Till, named: Named, after: OrderStatus, clock: FakeClock) -> None:
    async with till.db.transaction() as tx:
        order = await orders.lock_order(tx, *named)
        await orders.change_status(tx, order, after, cause="a test", now=clock.now())


async def _history(till: Till, named: Named) -> list[tuple[int, int]]:
    async with till.db.reading() as connection:
        rows = await connection.fetch(
            "SELECT number, status_id FROM order_status_change"
            " WHERE partner_id = $1 AND order_id = $2 ORDER BY number",
            *named,
        )
    return [tuple(row) for row in rows]


async def test_the_history_is_every_status_in_order(
    till: Till, order: Named, clock: FakeClock
) -> None:
    steps = ("PROCESSING", "PREPARING", "PACKED", "SHIPPED", "TRANSFERRING", "COMPLETED")
    for name in steps:
        clock.advance(seconds=60)
        await _change(till, order, OrderStatus[name], clock)

    ids = [12, *(OrderStatus[name] for name in steps)]
    assert await _history(till, order) == [(n, i) for n, i in enumerate(ids, start=1)]


async def test_of_two_changes_at_once_one_is_refused(
    till: Till, order: Named, clock: FakeClock
) -> None:
    outcomes = await asyncio.gather(
        *(_change(till, order, OrderStatus.PROCESSING, clock) for _ in range(5)),
        return_exceptions=True,
    )

    assert sorted(str(type(each).__name__) for each in outcomes) == ["NoWayThere"] * 4 + [
        "NoneType"
    ]
    assert await _history(till, order) == [(1, 12), (2, 3)]


async def test_a_change_that_was_decided_on_an_old_status_changes_nothing(
    till: Till, order: Named, clock: FakeClock
) -> None:
    async with till.db.transaction() as tx:
        old = await orders.lock_order(tx, *order)
    await _change(till, order, OrderStatus.PROCESSING, clock)

    with pytest.raises(NotAtOnce):
        async with till.db.transaction() as tx:
            await orders.change_status(
                tx, old, OrderStatus.COMPLETED, cause="a test", now=clock.now()
            )

    assert await _history(till, order) == [(1, 12), (2, 3)]


async def test_an_order_that_there_is_not_is_not_locked(till: Till, order: Named) -> None:
    partner_id, order_id = order
    for named in ((partner_id, OrderId(0)), (PartnerId(partner_id + 1_000_000), order_id)):
        async with till.db.transaction() as tx:
            with pytest.raises(NoSuchOrder):
                await orders.lock_order(tx, *named)


async def test_an_order_is_open_until_it_is_over(
    till: Till, order: Named, clock: FakeClock
) -> None:
    async def is_open(customer: CustomerId) -> bool:
        async with till.db.reading() as connection:
            return await orders.has_open_orders(connection, order[0], customer)

    customer = (await _locked(till, order)).customer_id
    for name in ("PREPARING", "PACKED", "SHIPPED", "TRANSFERRING"):
        assert await is_open(customer)
        await _change(till, order, OrderStatus[name], clock)
    assert await is_open(customer)
    await _change(till, order, OrderStatus.COMPLETED, clock)
    assert not await is_open(customer)
    assert not await is_open(CustomerId(customer + 1_000_000))


async def test_a_completed_order_that_is_being_refunded_is_open_again(
    till: Till, order: Named, clock: FakeClock
) -> None:
    async with undone(till.db) as tx:
        for status in (OrderStatus.COMPLETED, OrderStatus.REFUNDING):
            locked = await orders.lock_order(tx, *order)
            await orders.change_status(tx, locked, status, cause="a test", now=clock.now())
        customer = (await orders.lock_order(tx, *order)).customer_id
        found = await orders.has_open_orders(tx, order[0], customer)

    assert found


async def _locked(till: Till, named: Named) -> Order:
    async with till.db.transaction() as tx:
        return await orders.lock_order(tx, *named)


async def test_a_parcels_number_and_address_are_kept(
    till: Till, order: Named, clock: FakeClock, partner: PartnerClient
) -> None:
    async with till.db.transaction() as tx:
        locked = await orders.lock_order(tx, *order)
        await orders.set_cargo(tx, locked, number="TR1", url="https://c.test/1", now=clock.now())

    listed = await partner.get("/partner/ecom/orders")
    assert listed.items[0]["delivery"] == {
        "cargo_tracking_number": "TR1",
        "cargo_tracking_url": "https://c.test/1",
    }


async def test_a_paid_orders_pieces_are_not_kept_for_a_time(
    till: Till, order: Named, clock: FakeClock
) -> None:
    async with till.db.transaction() as tx:
        await orders.keep_reserved(tx, *order, until=clock.now(), now=clock.now())

    assert (await _locked(till, order)).reserved_until is None


async def test_a_waiting_orders_pieces_are_never_kept_for_less_long(
    partner: PartnerClient, till: Till, clock: FakeClock
) -> None:
    buyer = await Buyer.enter(partner)
    named = order_named(buyer, await buyer.complete(payment_type="creditcard"))
    before = (await _locked(till, named)).reserved_until

    async with till.db.transaction() as tx:
        await orders.keep_reserved(tx, *named, until=clock.now(), now=clock.now())

    assert before is not None
    assert (await _locked(till, named)).reserved_until == before


@pytest.mark.parametrize("by", ["b", "b" * 110, " Elif Kaya "])
def test_a_name_is_one_to_110_characters(by: str) -> None:
    require_name(by)


@pytest.mark.parametrize("by", ["", " ", "b" * 111])
def test_no_name_or_one_that_is_too_long_is_refused(by: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_name(by)

    assert list(refused.value.fields) == ["by"]
