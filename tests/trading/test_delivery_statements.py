"""What a delivery costs the database, and whom it tells."""

from uuid import uuid4

from bezant.customers.model import AddressDetails, AddressType
from bezant.delivery.model import ShipmentStatus
from bezant.kernel.db import Connection, change_on
from bezant.trading import delivering
from bezant.trading.deliveries import DeliveryWanted, PiecesWanted
from bezant.trading.model import DigitalOrder
from tests.trading.deliveries import Shop, advance, ordered
from tests.trading.test_statements import counted, listening, terms, told


def wanted(shop: Shop) -> DeliveryWanted:
    """A piece for the shop's customer."""
    return DeliveryWanted(
        pieces=PiecesWanted(
            partner_id=shop.desk.partner_id,
            customer=shop.desk.customer,
            sku=shop.bar.sku,
            amount=1,
            wallet=None,
        ),
        external_id=shop.desk.name(),
        ship_to=AddressDetails(type=AddressType.SHIPPING, city="Ankara"),
        bill_to=None,
        topup_minor=0,
        shown_minor=None,
        channel="web",
        asked_mac=uuid4().bytes * 2,
    )


async def test_a_delivery_is_one_read_and_one_write(shop: Shop) -> None:
    desk, asked = shop.desk, wanted(shop)

    async def work(on: Connection) -> DigitalOrder:
        return await delivering.place(on, asked, terms=terms(desk), now=desk.clock.now())

    async with counted(desk.db) as (connection, sent):
        order = await change_on(connection, work)
        again = await change_on(connection, work)

    assert len(sent) == 3, sent
    assert order.order_id > 0
    assert again == order


async def test_what_a_delivery_costs_is_one_read(shop: Shop) -> None:
    desk, asked = shop.desk, wanted(shop)

    async with counted(desk.db) as (connection, sent):
        cost = await delivering.calculate(
            connection, asked.pieces, terms=terms(desk), now=desk.clock.now()
        )

    assert len(sent) == 1, sent
    assert cost.total.minor == 130_00


async def test_a_delivery_is_told_with_what_it_moved(shop: Shop) -> None:
    await listening(shop.desk)
    delivery = await ordered(shop.desk, shop.bar.sku, amount=2)
    await advance(shop.desk, delivery, ShipmentStatus.PREPARING)
    await advance(shop.desk, delivery, ShipmentStatus.SHIPPED, tracking_number="TR42")
    await advance(shop.desk, delivery, ShipmentStatus.DELIVERED)

    events = await told(shop.desk)

    assert [(each.type, each.data.get("status_name")) for _, each in events] == [
        ("order.created", "Created"),
        ("delivery.status_changed", "Created"),
        ("balance.changed", None),
        ("order.status_changed", "Preparing"),
        ("delivery.status_changed", "Preparing"),
        ("order.status_changed", "Shipped"),
        ("delivery.status_changed", "Shipped"),
        ("balance.changed", None),
        ("order.status_changed", "Completed"),
        ("order.completed", "Completed"),
        ("delivery.status_changed", "Completed"),
    ]
    changes = [each.data["changes"] for _, each in events if each.type == "balance.changed"]
    assert changes == [[{"sku": "TRY", "amount": -260}], [{"sku": "GAU", "amount": -2}]]
    shipped = events[6][1].data
    assert shipped["cargo_tracking_number"] == "TR42"
    assert shipped["products"] == [
        {"product_id": shop.bar.product_id, "sku": shop.bar.sku, "amount": 2}
    ]
    streams = {stream for stream, each in events if each.type != "balance.changed"}
    assert streams == {f"digital-order:{delivery['guid']}"}


async def test_a_cancellation_is_told_with_what_it_gave_back(shop: Shop) -> None:
    delivery = await ordered(shop.desk, shop.bar.sku)
    await listening(shop.desk)

    await advance(shop.desk, delivery, ShipmentStatus.CANCELLED)

    events = await told(shop.desk)
    assert [each.type for _, each in events] == [
        "order.status_changed",
        "order.cancelled",
        "delivery.status_changed",
        "balance.changed",
    ]
    assert events[-1][1].data["changes"] == [{"sku": "TRY", "amount": 130}]
