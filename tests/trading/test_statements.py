"""What a trade costs the database, and whom it tells."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bezant.customers.service import create_customer
from bezant.kernel.db import Connection, Database, change_on
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import InsufficientBalance
from bezant.pricing.model import PricingTerms
from bezant.trading import ordering, quoting
from bezant.trading.model import DigitalOrder, FixWanted, Trade, TradeKind, Wish
from bezant.web.partner.wire.customers import CustomerCreate, new_customer
from bezant.webhooks.model import EndpointWanted
from bezant.webhooks.service import endpoints
from tests.api.places import at
from tests.trading.desk import Desk
from tests.webhooks.desk import vault

EVENTS = """
    SELECT type, stream, convert_from(body, 'UTF8') AS body FROM webhook_event
     WHERE partner_id = $1 ORDER BY number
"""
DELIVERIES = "SELECT count(*) FROM webhook_delivery WHERE partner_id = $1 AND state = 'waiting'"


@asynccontextmanager
async def counted(db: Database) -> AsyncIterator[tuple[Connection, list[str]]]:
    """A connection, and the statements that are sent on it.

    What the driver asks of types that a connection meets for the first time is not counted.
    """
    sent: list[str] = []

    def note(record: object) -> None:
        query = str(getattr(record, "query", ""))
        if "pg_catalog" not in query and "current_setting" not in query:
            sent.append(query)

    async with db.reading() as connection:
        connection.add_query_logger(note)
        try:
            yield connection, sent
        finally:
            connection.remove_query_logger(note)


class Told(msgspec.Struct):
    """The body of an event, as far as it is looked at."""

    type: str
    data: dict[str, object]


def terms(desk: Desk) -> PricingTerms:
    return PricingTerms(desk.partner_id, Currency.TRY, timedelta(seconds=60), ZoneInfo("UTC"))


async def bought(desk: Desk, connection: Connection, token: str, **changes: object) -> DigitalOrder:
    """A gram for the desk's customer."""
    new = new_customer(CustomerCreate(external_id=desk.customer), channel="", checks_numbers=False)
    trade = Trade(
        partner_id=desk.partner_id,
        kind=TradeKind.BUY,
        token=token,
        currency=None,
        external_id=desk.name(),
        customer=desk.customer,
        newcomer=new,
        wishes=[Wish(Asset.GAU, Amount(1_000_000, Asset.GAU))],
        topup=Money(202_000, Currency.TRY),
        channel="web",
        asked_mac=uuid4().bytes * 2,
    )
    trade = msgspec.structs.replace(trade, **changes)

    async def work(on: Connection) -> DigitalOrder:
        return await ordering.place(on, trade, terms=terms(desk), now=desk.clock.now())

    return await change_on(connection, work)


async def entered(desk: Desk) -> None:
    new = new_customer(CustomerCreate(external_id=desk.customer), channel="", checks_numbers=False)
    async with desk.db.transaction() as tx:
        await create_customer(tx, desk.partner_id, new, now=desk.clock.now())


async def test_a_fix_is_one_read_and_one_write(desk: Desk) -> None:
    wanted = FixWanted(partner_id=desk.partner_id, customer=None, total=None)

    async with counted(desk.db) as (connection, sent):
        await quoting.fix(connection, wanted, terms=terms(desk), now=desk.clock.now())

    assert len(sent) == 2, sent


async def test_an_order_is_one_read_and_one_write(desk: Desk) -> None:
    await entered(desk)
    token = await desk.fix()

    async with counted(desk.db) as (connection, sent):
        order = await bought(desk, connection, token)

    assert len(sent) == 2, sent
    assert order.order_id > 0
    assert await desk.balances() == {"GAU": 1_000_000}


async def test_an_order_that_is_refused_leaves_nothing(desk: Desk) -> None:
    token = await desk.fix()

    async with desk.db.reading() as connection:
        with pytest.raises(InsufficientBalance):
            await bought(desk, connection, token, topup=None)

    # Not even the stranger who would have been entered.
    found = await desk.partner.get(f"/partner/customer/{desk.customer}")
    assert found.status == 404
    assert await desk.orders() == 0


async def listening(desk: Desk) -> None:
    """Gives the partner an endpoint for every event."""
    async with desk.db.transaction() as tx:
        await endpoints.add_endpoint(
            tx,
            desk.partner_id,
            EndpointWanted("http://127.0.0.1:9/hook", frozenset()),
            vault=vault(),
            now=desk.clock.now(),
        )


async def told(desk: Desk) -> list[tuple[str, Told]]:
    """What the partner is told: stream and body."""
    async with desk.db.reading() as connection:
        rows = await connection.fetch(EVENTS, desk.partner_id)
    return [(row["stream"], msgspec.json.decode(row["body"], type=Told)) for row in rows]


async def test_an_order_is_told_with_what_it_moved(desk: Desk) -> None:
    await listening(desk)
    assert (await desk.buy(0.5, topup={"price": 1000}, external_id="told")).status == 409
    assert await told(desk) == []

    reply = await desk.buy(0.5, topup={"price": 1100}, external_id="told")

    (created, completed, changed) = await told(desk)
    assert [each.type for _, each in (created, completed, changed)] == [
        "order.created",
        "order.completed",
        "balance.changed",
    ]
    assert created[0] == completed[0] == f"digital-order:{at(reply.data, 'guid', 0)}"
    assert completed[1].data["total"] == 1010
    assert completed[1].data["external_id"] == "told"
    assert changed[1].data["changes"] == [
        {"sku": "GAU", "amount": 0.5},
        {"sku": "TRY", "amount": 90},
    ]


async def test_a_sale_is_told_the_other_way_round(desk: Desk) -> None:
    assert (await desk.buy(1, topup={"price": 2020})).status == 200
    await listening(desk)

    assert (await desk.sell(0.25)).status == 200

    assert (await told(desk))[2][1].data["changes"] == [
        {"sku": "GAU", "amount": -0.25},
        {"sku": "TRY", "amount": 495},
    ]


async def test_the_webhooks_of_an_order_are_sent_again_under_their_ids(desk: Desk) -> None:
    await listening(desk)
    assert (await desk.buy(external_id="again")).status == 200
    async with desk.db.reading() as connection:
        await connection.execute(
            "UPDATE webhook_delivery SET state = 'delivered', next_try_at = NULL, settled_at = $2"
            " WHERE partner_id = $1",
            desk.partner_id,
            desk.clock.now(),
        )
    quiet = await desk.partner.post("/partner/order", external_id="again", push_hook=False)
    async with desk.db.reading() as connection:
        assert await connection.fetchval(DELIVERIES, desk.partner_id) == 0

    pushed = await desk.partner.post("/partner/order", external_id="again", push_hook=True)

    assert (quiet.status, pushed.status) == (200, 200)
    assert pushed.body == quiet.body
    async with desk.db.reading() as connection:
        # Those of the order; what became of the balance is another stream.
        assert await connection.fetchval(DELIVERIES, desk.partner_id) == 2
