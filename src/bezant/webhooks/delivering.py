"""Delivering: an endpoint's events, sent in rounds by whoever has its turn.

Invariants: one worker at a time delivers to an endpoint; a round sends at most one event of
each stream, the first that waits; nothing is sent inside a transaction. A slow endpoint
keeps one place of the queue busy and no other endpoint waiting.

A turn is given back before a last look: whoever was told "somebody is at it" wrote its event
before that look. A turn whose worker died ends by itself.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec
import structlog

from bezant.kernel.clock import Clock
from bezant.kernel.db import Database, Tx
from bezant.webhooks.model import (
    TEST_TYPE,
    Answer,
    Body,
    DeliveryState,
    Due,
    Endpoint,
    EndpointId,
    EndpointKey,
    Tried,
    new_event_id,
)
from bezant.webhooks.posting import Poster
from bezant.webhooks.retrying import tried
from bezant.webhooks.service import endpoints
from bezant.webhooks.service.endpoints import Vault
from bezant.webhooks.signing import signed_headers
from bezant.webhooks.store import endpoints as store
from bezant.webhooks.store import outbox, queue

STREAMS_AT_ONCE: Final = 8
"""Events that one round sends."""
MAX_ROUNDS: Final = 200
WORK_FOR: Final = timedelta(seconds=30)
"""After so long a worker lets the endpoints that wait behind this one go first."""
TURN: Final = timedelta(seconds=45)
"""Longer than a round with every time limit in it."""
SLACK: Final = timedelta(seconds=1)
"""Our clock and the database's may be apart by so much and a job still finds work."""
OVERDUE: Final = timedelta(seconds=30)
NOW: Final = timedelta(0)

_log: Final = structlog.get_logger("bezant.webhooks")


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs."""

    db: Database
    clock: Clock
    vault: Vault
    poster: Poster


class TestData(msgspec.Struct, frozen=True):
    """The `data` of a test event."""

    message: str


async def deliver(courier: Courier, key: EndpointKey, *, stop: asyncio.Event) -> None:
    """Sends what is due to an endpoint, until nothing is, somebody else is at it, or `stop`."""
    holder, started = uuid4(), courier.clock.now()
    for _ in range(MAX_ROUNDS):
        if stop.is_set() or courier.clock.now() > started + WORK_FOR:
            break
        if not await _take_turn(courier, key, holder):
            return
        if not await _round(courier, key):
            break
    async with courier.db.reading() as connection:
        await store.end_turn(connection, key, holder=holder)
        left = await outbox.select_due(connection, key, now=courier.clock.now(), limit=1)
        if left:
            await queue.wake(connection, [(key, NOW)])


async def wake_overdue(courier_db: Database, *, now: datetime) -> None:
    """Wakes whatever should have been tried and was not: a job was lost, or its worker."""
    async with courier_db.reading() as connection:
        await queue.wake_overdue(connection, due_before=now - OVERDUE, now=now)


async def send_test(courier: Courier, endpoint_id: EndpointId) -> Answer:
    """Sends a test event to an endpoint, once and at once. Raises `NoSuchEndpoint`."""
    now = courier.clock.now()
    async with courier.db.reading() as connection:
        endpoint = await endpoints.find_endpoint(connection, endpoint_id)
        secrets = await endpoints.secrets_in_use(
            connection, endpoint.key, vault=courier.vault, now=now
        )
    event_id = new_event_id()
    body = Body(TEST_TYPE, now, TestData("Hello from Bezant.")).encoded()
    headers = signed_headers(event_id, body, secrets_in_use=secrets, at=now)
    return await courier.poster.post(endpoint.url, body, headers=headers, now=now)


async def _take_turn(courier: Courier, key: EndpointKey, holder: UUID) -> bool:
    now = courier.clock.now()
    async with courier.db.reading() as connection:
        return await store.take_turn(connection, key, holder=holder, until=now + TURN, now=now)


async def _round(courier: Courier, key: EndpointKey) -> bool:
    """Whether there was anything to send."""
    now = courier.clock.now()
    async with courier.db.reading() as connection:
        endpoint = await store.find_endpoint(connection, key.endpoint_id)
        if endpoint is None or endpoint.disabled_at is not None:
            return False
        due = await outbox.select_due(connection, key, now=now, limit=STREAMS_AT_ONCE)
        if not due:
            return False
        secrets = await endpoints.secrets_in_use(connection, key, vault=courier.vault, now=now)
    answers = await asyncio.gather(
        *(_send(courier, endpoint, each, secrets=secrets, now=now) for each in due)
    )
    now = courier.clock.now()
    tries = [tried(each, answer, now=now) for each, answer in zip(due, answers, strict=True)]
    is_gone = any(answer.is_gone for answer in answers)

    async def record(tx: Tx) -> None:
        await outbox.record_tries(tx, key, tries, now=now)
        if is_gone:
            await endpoints.disable_endpoint(tx, key, why="the endpoint answered 410", now=now)
        elif waits := _waits(tries, now=now):
            await queue.wake(tx, [(key, wait + SLACK) for wait in waits])

    await courier.db.write(record)
    _tell_operator(key, due, tries, is_gone=is_gone)
    return True


def _tell_operator(
    key: EndpointKey, due: Sequence[Due], tries: Sequence[Tried], *, is_gone: bool
) -> None:
    for each, outcome in zip(due, tries, strict=True):
        if outcome.state is DeliveryState.PARKED:
            _log.warning("webhook parked", event_id=each.event_id, endpoint=key.endpoint_id)
    if is_gone:
        _log.warning("webhook endpoint disabled: it answered 410", endpoint=key.endpoint_id)


async def _send(
    courier: Courier, endpoint: Endpoint, due: Due, *, secrets: Sequence[str], now: datetime
) -> Answer:
    headers = signed_headers(due.event_id, due.body, secrets_in_use=secrets, at=now)
    return await courier.poster.post(endpoint.url, due.body, headers=headers, now=now)


def _waits(tries: Sequence[Tried], *, now: datetime) -> list[timedelta]:
    """How long until the deliveries that failed are to be tried again, each wait once."""
    return sorted({each.next_try_at - now for each in tries if each.next_try_at is not None})
