"""Deliveries for tests: a body of a request, and what staff does to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from bezant.delivery.model import Dispatch, ShipmentStatus
from bezant.pricing.model import Part
from bezant.trading import delivery_steps
from bezant.trading.model import DigitalOrder
from tests.api.shelf import Goods, Shelf
from tests.factories.shop import Reply, billing_body, shipping_body
from tests.trading.desk import Desk

CREATE = "/partner/delivery/create"
CALCULATE = "/partner/delivery/calculate"
WALLETS = "/partner/delivery/wallets"
HAS = {"GAU": 5_000_000, "TRY": 100_000_00 - 5 * 2020_00}
"""What a customer has who bought five grams and topped up 100,000."""

PARTS = {
    Part.MINTED_MARKUP: (5_000, 0),
    Part.INSURANCE: (0, 25),
    Part.SHIPPING: (7_500, 0),
    Part.MARKET_COMMISSION: (0, 100),
}
"""50 for the minting, 0.25 % of the metal for insurance, 75 for shipping; a market's commission
is of what is sold, and nothing is sold here."""


@dataclass(frozen=True)
class Shop:
    """A desk whose customer has five grams of gold and much cash, and a bar to be delivered."""

    desk: Desk
    shelf: Shelf
    bar: Goods


async def body_for(desk: Desk, sku: str, **changes: object) -> dict[str, object]:
    """What asks for one piece to be delivered to the customer."""
    body: dict[str, object] = {
        "customer": {
            "external_id": desk.customer,
            "firstname": "John",
            "lastname": "Due",
            "phone": "+905071112233",
            "email": "john.due@example.com",
        },
        "external_id": desk.name(),
        "sku": sku,
        "amount": 1,
        "address": {"shipping": shipping_body(), "billing": billing_body()},
        "payment_type": "cash",
    }
    return body | changes


async def order(desk: Desk, sku: str, **changes: object) -> Reply:
    """Orders a delivery of one piece to the customer."""
    return await desk.partner.call("POST", CREATE, body=await body_for(desk, sku, **changes))


async def ordered(desk: Desk, sku: str, **changes: object) -> Mapping[str, object]:
    """A delivery that was ordered."""
    reply = await order(desk, sku, **changes)
    assert reply.status == 200, reply.body
    return reply.data


async def advance(
    desk: Desk, delivery: Mapping[str, object], to: ShipmentStatus, **parcel: str
) -> DigitalOrder:
    """Takes a delivery on as staff does."""
    dispatch = Dispatch(to=to, by="Elif", **parcel)
    guid = UUID(str(delivery["guid"]))
    _, after = await desk.db.write(
        lambda tx: delivery_steps.advance(tx, desk.partner_id, guid, dispatch, now=desk.clock.now())
    )
    return after


async def blocked(desk: Desk) -> dict[str, object]:
    """What of each account is blocked, as the partner reads it."""
    reply = await desk.partner.get(f"/partner/balance/customer/{desk.customer}")
    return {str(each["currency_code"]): each["blocked"] for each in reply.items if each["blocked"]}


async def stock_of(desk: Desk, sku: str) -> int:
    """How many pieces of a product may be promised."""
    async with desk.db.reading() as connection:
        return int(await connection.fetchval("SELECT stock FROM product WHERE sku = $1", sku))
