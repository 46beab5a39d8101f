"""The outbox: written with the change or not at all, asked for again, and forgotten."""

from datetime import timedelta

import pytest

from bezant.kernel.db import Database, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.metal import Metal
from bezant.webhooks.model import (
    MAX_ENDPOINTS,
    EndpointExists,
    EventType,
    NoSuchEndpoint,
    Resend,
    Stream,
    TooManyEndpoints,
)
from bezant.webhooks.service import endpoints, events, market
from tests.factories.clock import FakeClock
from tests.webhooks.desk import Desk, told
from tests.webhooks.receiver import Receiver, answering

COUNT_EVENTS = "SELECT count(*) FROM webhook_event WHERE partner_id = $1"
COUNT_JOBS = "SELECT count(*) FROM webhook_pgqueuer WHERE payload LIKE convert_to($1, 'UTF8')"

WAITS_OF_JOBS = """
    SELECT execute_after - created AS wait FROM webhook_pgqueuer
     WHERE payload LIKE convert_to($1, 'UTF8') ORDER BY id
"""


async def counts(desk: Desk) -> tuple[int, int]:
    """Events and jobs of the partner."""
    async with desk.db.reading() as connection:
        jobs = await connection.fetchval(COUNT_JOBS, f"{desk.partner_id}/%")
        return await connection.fetchval(COUNT_EVENTS, desk.partner_id), jobs


async def test_a_change_that_is_rolled_back_tells_nobody(desk: Desk, receiver: Receiver) -> None:
    class ChangedMind(Exception):
        """The reason why it is rolled back."""

    async def change(tx: Tx) -> None:
        await events.announce(tx, desk.partner_id, [told(1)], now=desk.clock.now())
        raise ChangedMind

    endpoint, _ = await desk.add(receiver.url)
    with pytest.raises(ChangedMind):
        await desk.db.write(change)

    await desk.deliver(endpoint)

    assert receiver.tries == []
    assert await counts(desk) == (0, 0)


async def test_a_change_that_is_not_committed_yet_tells_nobody_yet(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    async with desk.db.transaction() as tx:
        await events.announce(tx, desk.partner_id, [told(1)], now=desk.clock.now())
        await desk.deliver(endpoint)
        assert receiver.tries == []
    await desk.deliver(endpoint)

    assert receiver.said("number") == [1]


async def test_events_are_one_round_trip_and_one_job_for_each_endpoint(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.add(receiver.url)
    await desk.add(f"{receiver.base_url}/elsewhere")
    async with desk.db.transaction() as tx:
        statements: list[object] = []
        tx.add_query_logger(statements.append)
        await events.announce(
            tx, desk.partner_id, [told(n) for n in range(9)], now=desk.clock.now()
        )
        tx.remove_query_logger(statements.append)

    assert len(statements) == 1
    assert await counts(desk) == (9, 2)


async def test_a_failure_leaves_a_job_for_the_next_try(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(answering(500))
    await desk.announce(told(1))
    await desk.deliver(endpoint)

    async with desk.db.reading() as connection:
        waits = await connection.fetch(WAITS_OF_JOBS, f"{desk.partner_id}/%")

    at_once, later = (row["wait"] for row in waits)
    assert at_once == timedelta(0)
    # After the pause of 5 s, up to a fifth more, and what two clocks may be apart.
    assert timedelta(seconds=6) <= later <= timedelta(seconds=7)


async def test_what_no_endpoint_wants_is_not_kept(desk: Desk, receiver: Receiver) -> None:
    await desk.announce(told(1))
    assert await counts(desk) == (0, 0)

    await desk.add(receiver.url, EventType.ORDER_CREATED)
    await desk.announce(told(2))
    assert await counts(desk) == (0, 0)
    await desk.announce(told(3), told(4, kind=EventType.ORDER_CREATED))
    assert await counts(desk) == (1, 1)


async def test_every_partner_hears_of_a_metal_that_is_halted_and_resumed(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, _ = await desk.add(receiver.url, EventType.PRICE_HALTED, EventType.PRICE_RESUMED)
    now = desk.clock.now()
    async with desk.db.transaction() as tx:
        await market.halt(tx, [Metal.PALLADIUM], reason="a strike", now=now)
        assert await market.resume(tx, list(Metal), now=now) == [Metal.PALLADIUM]
        assert await market.resume(tx, list(Metal), now=now) == []

    await desk.deliver(endpoint)

    assert [(each.type, each.data) for each in receiver.taken] == [
        ("price.halted", {"metal": "palladium", "reason": "a strike"}),
        ("price.resumed", {"metal": "palladium"}),
    ]


async def test_an_event_can_be_sent_again_under_its_id(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = await desk.add(receiver.url)
    await desk.announce(told(1), told(2), told(3, stream=Stream("order:2")))
    await desk.deliver(endpoint)
    event_id = next(e.event_id for e in await desk.deliveries() if e.stream == "order:2")

    async with desk.db.transaction() as tx:
        one = Resend(partner_id=desk.partner_id, event_id=event_id, undelivered_only=False)
        assert await events.resend(tx, one, now=desk.clock.now()) == 1
    await desk.deliver(endpoint)
    assert receiver.ids[-1] == event_id
    assert receiver.said("number").count(3) == 2

    async with desk.db.transaction() as tx:
        order = Resend(partner_id=desk.partner_id, stream=Stream("order:1"), undelivered_only=False)
        assert await events.resend(tx, order, now=desk.clock.now()) == 2
    await desk.deliver(endpoint)
    assert receiver.said("number")[-2:] == [1, 2]


async def test_what_has_arrived_is_not_sent_again_unless_it_is_asked_for(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    begun = clock.now()
    await desk.announce(told(1))
    await desk.deliver(endpoint)
    receiver.will(answering(410))
    await desk.announce(told(2))
    await desk.deliver(endpoint)
    async with desk.db.transaction() as tx:
        await endpoints.enable_endpoint(tx, endpoint.key.endpoint_id)
        parked = Resend(partner_id=desk.partner_id, since=begun, undelivered_only=True)
        assert await events.resend(tx, parked, now=clock.now()) == 1
    await desk.deliver(endpoint)

    assert receiver.said("number") == [1, 2]


async def test_what_waits_can_be_sent_now(desk: Desk, receiver: Receiver, clock: FakeClock) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(answering(503, **{"Retry-After": "86400"}))
    await desk.announce(told(1))
    await desk.deliver(endpoint)
    async with desk.db.transaction() as tx:
        waiting = Resend(partner_id=desk.partner_id, since=clock.now(), undelivered_only=True)
        assert await events.resend(tx, waiting, now=clock.now()) == 1
    await desk.deliver(endpoint)

    assert receiver.said("number") == [1]
    (delivery,) = await desk.deliveries()
    assert delivery.tries == 1


async def test_another_partners_events_cannot_be_sent_again(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = await desk.add(receiver.url)
    await desk.announce(told(1))
    await desk.deliver(endpoint)
    (delivery,) = await desk.deliveries()

    async with desk.db.transaction() as tx:
        foreign = Resend(
            partner_id=PartnerId(desk.partner_id - 1),
            event_id=delivery.event_id,
            undelivered_only=False,
        )
        assert await events.resend(tx, foreign, now=desk.clock.now()) == 0


async def test_deliveries_are_forgotten_a_month_after_they_arrived_and_parked_ones_later(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    await desk.announce(told(1))
    await desk.deliver(endpoint)
    receiver.will(answering(410))
    await desk.announce(told(2))
    await desk.deliver(endpoint)

    await events.forget(desk.db, now=clock.now() + timedelta(days=29))
    assert await desk.states() == ["delivered", "parked"]
    await events.forget(desk.db, now=clock.now() + timedelta(days=31))
    assert await desk.states() == ["parked"]
    assert (await counts(desk))[0] == 1
    await events.forget(desk.db, now=clock.now() + timedelta(days=91))
    assert (await counts(desk))[0] == 0


async def test_an_endpoint_that_is_removed_takes_its_deliveries_along(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    await desk.announce(told(1))
    async with desk.db.transaction() as tx:
        await endpoints.remove_endpoint(tx, endpoint.key.endpoint_id)
        with pytest.raises(NoSuchEndpoint):
            await endpoints.find_endpoint(tx, endpoint.key.endpoint_id)

    await desk.deliver(endpoint)

    assert await desk.states() == []
    assert receiver.tries == []


async def test_a_partner_has_each_address_once_and_so_many_at_most(
    desk: Desk, db: Database
) -> None:
    await desk.add("http://127.0.0.1/0")
    with pytest.raises(EndpointExists):
        await desk.add("http://127.0.0.1/0")
    for number in range(1, MAX_ENDPOINTS):
        await desk.add(f"http://127.0.0.1/{number}")
    with pytest.raises(TooManyEndpoints):
        await desk.add("http://127.0.0.1/more")
