"""Deliveries: signed, in order, tried again, parked, and never sent again once taken."""

import asyncio
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from bezant.kernel.db import Database
from bezant.webhooks import delivering
from bezant.webhooks.model import EventType, Resend, Stream
from bezant.webhooks.retrying import TRY_FOR
from bezant.webhooks.service import endpoints, events
from tests.factories.clock import FakeClock
from tests.factories.servers import free_port
from tests.factories.shop import make_sign_in
from tests.webhooks.desk import Desk, courier, told
from tests.webhooks.receiver import (
    Receiver,
    Reply,
    answering,
    hanging_up,
    held,
    in_order,
    receiving,
)


async def test_the_published_library_accepts_what_arrives(desk: Desk, receiver: Receiver) -> None:
    endpoint, secret = await desk.add(receiver.url)

    await desk.announce(told(1))
    await desk.deliver(endpoint)

    (got,) = receiver.taken
    headers = {name.lower(): value for name, value in got.headers.items()}
    Webhook(secret).verify(got.body, headers)
    assert got.event_id.startswith("evt_")
    assert len(got.event_id) == 30
    assert got.headers["Content-Type"] == "application/json"
    # The decimal is written as the digits it holds.
    assert got.body.endswith(b'"data":{"number":1,"order":"order:1","total":1234.5}}')
    assert got.type == "order.status_changed"
    assert await desk.states() == ["delivered"]


async def test_events_of_a_stream_arrive_in_order_and_once(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = await desk.add(receiver.url)
    for number in range(20):
        await desk.announce(told(2 * number), told(2 * number + 1))

    await desk.deliver(endpoint)
    await desk.deliver(endpoint)

    assert receiver.said("number") == list(range(40))
    assert len(set(receiver.ids)) == 40


async def test_a_failure_holds_up_its_own_stream_only(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(answering(500))
    other = Stream("order:2")
    await desk.announce(told(1), told(2), told(11, stream=other), told(12, stream=other))

    await desk.deliver(endpoint)

    numbers = receiver.said("number")
    # Which of the two heads the one failure met is for the network to say.
    assert numbers in ([11, 12], [1, 2])
    clock.advance(seconds=6)
    await desk.deliver(endpoint)
    assert sorted(map(str, receiver.said("number"))) == ["1", "11", "12", "2"]
    assert in_order([each for each in receiver.said("number") if int(str(each)) < 10])
    assert in_order([each for each in receiver.said("number") if int(str(each)) > 10])


@pytest.mark.parametrize(
    "failure",
    [answering(500), answering(404), answering(307, Location="/elsewhere"), hanging_up],
    ids=["500", "404", "redirect", "hang-up"],
)
async def test_what_fails_is_tried_again_after_a_pause(
    desk: Desk, receiver: Receiver, clock: FakeClock, failure: Reply
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(failure)
    await desk.announce(told(1))

    await desk.deliver(endpoint)
    clock.advance(seconds=4)
    await desk.deliver(endpoint)
    assert len(receiver.tries) == 1
    clock.advance(seconds=3)
    await desk.deliver(endpoint)

    assert len(receiver.tries) == 2
    assert len(receiver.taken) == 1
    assert receiver.tries[0].event_id == receiver.tries[1].event_id
    assert receiver.tries[0].body == receiver.tries[1].body
    (delivery,) = await desk.deliveries()
    assert (delivery.state, delivery.tries, delivery.last_status) == ("delivered", 2, 200)


async def test_a_refused_connection_is_a_failure_with_a_reason(
    desk: Desk, clock: FakeClock
) -> None:
    port = free_port()
    endpoint, _ = await desk.add(f"http://127.0.0.1:{port}/hooks")
    await desk.announce(told(1))

    await desk.deliver(endpoint)

    (delivery,) = await desk.deliveries()
    assert (delivery.state, delivery.last_status) == ("waiting", None)
    assert "Cannot connect" in delivery.last_error
    async with receiving(port=port) as back:
        clock.advance(seconds=7)
        await desk.deliver(endpoint)
        assert len(back.taken) == 1


async def test_a_receiver_that_does_not_answer_in_time_is_tried_again(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    never = asyncio.Event()
    receiver.will(held(never))
    await desk.announce(told(1))

    async with courier(desk.db, clock, limit=timedelta(milliseconds=50)) as hasty:
        await delivering.deliver(hasty, endpoint.key, stop=asyncio.Event())

    (delivery,) = await desk.deliveries()
    assert delivery.last_error.startswith("no answer within")
    never.set()
    clock.advance(seconds=7)
    await desk.deliver(endpoint)
    assert await desk.states() == ["delivered"]


async def test_a_wait_that_the_receiver_asks_for_is_kept(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(answering(429, **{"Retry-After": "600"}))
    await desk.announce(told(1))
    await desk.deliver(endpoint)

    clock.advance(seconds=599)
    await desk.deliver(endpoint)
    assert len(receiver.tries) == 1
    clock.advance(seconds=1)
    await desk.deliver(endpoint)

    assert len(receiver.taken) == 1


async def test_after_three_days_it_is_parked_and_the_next_one_goes(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.always = answering(503)
    await desk.announce(told(1), told(2))
    begun, tries = clock.now(), 0
    while (await desk.states())[0] == "waiting":
        await desk.deliver(endpoint)
        tries += 1
        (first, _second) = await desk.deliveries()
        if first.next_try_at is not None:
            clock.advance(seconds=(first.next_try_at - clock.now()).total_seconds())
    assert clock.now() - begun == TRY_FOR
    assert 12 <= tries <= 16

    first, second = await desk.deliveries()
    assert (first.state, first.tries, first.last_status) == ("parked", tries, 503)
    assert first.last_error == "status 503"
    # The one behind it had its first try only now.
    assert (second.state, second.tries) == ("waiting", 1)
    receiver.always = None
    clock.advance(seconds=7)
    await desk.deliver(endpoint)
    assert receiver.said("number") == [2]


async def test_gone_disables_the_endpoint_and_parks_what_waits(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    receiver.will(answering(410))
    await desk.announce(told(1), told(2))

    await desk.deliver(endpoint)
    await desk.announce(told(3))
    await desk.deliver(endpoint)

    assert await desk.states() == ["parked", "parked"]
    assert len(receiver.tries) == 1
    async with desk.db.transaction() as tx:
        await endpoints.enable_endpoint(tx, endpoint.key.endpoint_id)
        again = Resend(partner_id=desk.partner_id, since=clock.now(), undelivered_only=True)
        assert await events.resend(tx, again, now=clock.now()) == 2
    await desk.deliver(endpoint)
    assert receiver.said("number") == [1, 2]


async def test_while_secrets_rotate_both_sign(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, old = await desk.add(receiver.url)
    async with desk.db.transaction() as tx:
        new = await endpoints.rotate_secret(
            tx,
            endpoint.key.endpoint_id,
            overlap=timedelta(hours=1),
            vault=desk.courier.vault,
            now=clock.now(),
        )
    await desk.announce(told(1))
    await desk.deliver(endpoint)
    clock.advance(seconds=3600)
    await desk.announce(told(2))
    await desk.deliver(endpoint)

    during, after = receiver.taken
    assert during.is_signed_by(old)
    assert during.is_signed_by(new)
    assert after.is_signed_by(new)
    assert not after.is_signed_by(old)


async def test_a_worker_that_dies_before_it_writes_down_the_answer_sends_the_same_again(
    desk: Desk, receiver: Receiver, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    await desk.announce(told(1), told(2))

    class Killed(BaseException):
        """Stands for the end of the process."""

    async def die(_self: Database, _work: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", die)
        with pytest.raises(Killed):
            await desk.deliver(endpoint)
    assert receiver.said("number") == [1]

    # Its turn is not over yet: nobody else sends anything meanwhile.
    await desk.deliver(endpoint)
    assert receiver.said("number") == [1]
    clock.advance(seconds=delivering.TURN.total_seconds())
    await desk.deliver(endpoint)

    assert receiver.said("number") == [1, 1, 2]
    assert receiver.ids[0] == receiver.ids[1]
    assert receiver.taken[0].body == receiver.taken[1].body
    assert len(set(receiver.ids)) == 2


async def test_what_one_worker_wrote_down_as_taken_another_does_not_undo(
    desk: Desk, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    answers = asyncio.Event()
    receiver.will(held(answers, status=500))
    await desk.announce(told(1))
    slow = asyncio.create_task(desk.deliver(endpoint))
    await receiver.wait_for(lambda r: len(r.tries) == 1)

    # The first worker has lost its turn without knowing.
    clock.advance(seconds=delivering.TURN.total_seconds())
    await desk.deliver(endpoint)
    assert await desk.states() == ["delivered"]
    answers.set()
    await slow

    assert await desk.states() == ["delivered"]
    assert len(receiver.tries) == 2


async def test_two_workers_at_once_send_nothing_twice(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = await desk.add(receiver.url)
    for number in range(60):
        await desk.announce(told(number, stream=Stream(f"order:{number % 6}")))

    async with courier(desk.db, desk.clock) as second:
        await asyncio.gather(
            *(
                delivering.deliver(each, endpoint.key, stop=asyncio.Event())
                for each in (desk.courier, second) * 4
            )
        )

    assert len(receiver.ids) == len(set(receiver.ids)) == 60
    for stream in range(6):
        assert in_order(n for n in receiver.said("number") if int(str(n)) % 6 == stream)


async def test_who_is_told_to_stop_leaves_the_rest_to_another(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, _ = await desk.add(receiver.url)
    await desk.announce(told(1))
    stop = asyncio.Event()
    stop.set()

    await desk.deliver(endpoint, stop=stop)

    assert not receiver.tries
    assert await desk.states() == ["waiting"]


async def test_another_partners_endpoint_hears_nothing(
    desk: Desk, receiver: Receiver, db: Database, clock: FakeClock
) -> None:
    mine, _ = await desk.add(receiver.url)
    sign_in = await make_sign_in(db, now=clock.now())
    other = Desk(db, clock, desk.courier, sign_in.partner.partner_id)
    async with receiving() as others:
        theirs, _ = await other.add(others.url)
        await desk.announce(told(1))
        await desk.deliver(mine, theirs)

        assert receiver.said("number") == [1]
        assert others.tries == []


async def test_each_endpoint_gets_the_types_that_it_wants(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as narrow:
        everything, _ = await desk.add(receiver.url)
        created, _ = await desk.add(narrow.url, EventType.ORDER_CREATED)
        await desk.announce(
            told(1, kind=EventType.ORDER_CREATED), told(2, kind=EventType.PAYMENT_FAILED)
        )
        await desk.deliver(everything, created)

        assert receiver.said("number") == [1, 2]
        assert narrow.said("number") == [1]
        assert narrow.ids[0] == receiver.ids[0]


async def test_a_test_event_is_sent_at_once_and_its_answer_told(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, secret = await desk.add(receiver.url)
    receiver.will(answering(418))

    refused = await delivering.send_test(desk.courier, endpoint.key.endpoint_id)
    answer = await delivering.send_test(desk.courier, endpoint.key.endpoint_id)

    assert (refused.status, refused.error) == (418, "status 418")
    assert answer.is_success
    (got,) = receiver.taken
    assert got.type == "webhook.test"
    assert got.is_signed_by(secret)
    assert await desk.states() == []
