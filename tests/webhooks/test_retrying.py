"""When a delivery is tried again, and what is signed: rules without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from bezant.webhooks.model import Answer, DeliveryState, Due, EventId, new_event_id
from bezant.webhooks.retrying import PAUSES, TRY_FOR, pause, tried
from bezant.webhooks.signing import new_secret, signed_headers

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
FAILED = Answer(status=500, error="no")


def due(*, tries: int = 0, first_tried_at: datetime | None = None) -> Due:
    return Due(
        number=1,
        event_id=EventId("evt_" + "a" * 26),
        body=b"{}",
        tries=tries,
        first_tried_at=first_tried_at,
    )


@given(st.integers(1, 60))
def test_a_pause_is_the_planned_one_and_up_to_a_fifth_more(tries: int) -> None:
    planned = PAUSES[min(tries, len(PAUSES)) - 1]
    event_id = new_event_id()

    assert planned <= pause(tries, event_id) <= planned * 6 / 5
    assert pause(tries, event_id) == pause(tries, event_id)


def test_events_that_failed_together_come_apart() -> None:
    assert len({pause(5, new_event_id()) for _ in range(50)}) > 20


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_success_delivers(status: int) -> None:
    done = tried(due(), Answer(status=status), now=NOW)

    assert (done.state, done.next_try_at) == (DeliveryState.DELIVERED, None)


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 404, 500])
def test_anything_else_is_tried_again(status: int | None) -> None:
    done = tried(due(), Answer(status=status), now=NOW)

    assert done.state is DeliveryState.WAITING
    assert done.first_tried_at == NOW
    assert done.next_try_at is not None
    assert NOW + PAUSES[0] <= done.next_try_at <= NOW + PAUSES[0] * 6 / 5


def test_a_gone_endpoint_parks_at_once() -> None:
    assert tried(due(), Answer(status=410), now=NOW).state is DeliveryState.PARKED


def test_the_last_try_is_three_days_after_the_first() -> None:
    first = NOW - TRY_FOR + timedelta(minutes=1)

    before = tried(due(tries=12, first_tried_at=first), FAILED, now=NOW)
    after = tried(due(tries=13, first_tried_at=first), FAILED, now=first + TRY_FOR)

    assert before.next_try_at == first + TRY_FOR
    assert after.state is DeliveryState.PARKED


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(seconds=1), PAUSES[0]),
        (timedelta(hours=2), timedelta(hours=2)),
    ],
)
def test_a_receiver_can_ask_for_a_longer_pause_and_not_for_a_shorter_one(
    asked: timedelta, wait: timedelta
) -> None:
    done = tried(due(), Answer(status=503, retry_after=asked), now=NOW)

    assert done.next_try_at is not None
    assert done.next_try_at - NOW >= wait


def test_what_is_kept_of_an_answer_has_a_limit() -> None:
    assert len(tried(due(), Answer(status=500, error="x" * 5000), now=NOW).error) == 300


@given(st.binary(max_size=200))
def test_signatures_are_those_of_the_published_library(body: bytes) -> None:
    text = body.hex().encode()
    old, new = new_secret(), new_secret()

    headers = signed_headers(due().event_id, text, secrets_in_use=[new, old], at=NOW)

    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["webhook-signature"].split() == [
        Webhook(secret).sign(due().event_id, NOW, text.decode()) for secret in (new, old)
    ]
