"""Webhooks through outages and a killed worker: every event arrives, in order, under one id.

Real workers in processes of their own, a receiver that fails by chance and is away for a
while, and a worker that is killed while it sends.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.settings import Settings
from bezant.webhooks.delivering import STREAMS_AT_ONCE
from bezant.webhooks.model import Stream
from tests.factories.servers import variables_of
from tests.factories.shop import make_sign_in
from tests.webhooks.desk import Desk, courier, told
from tests.webhooks.receiver import Receiver, hanging_up, receiving

pytestmark = pytest.mark.stress

ORDERS, CHANGES = 100, 12
FAILS_OF_A_HUNDRED = 6
MOST_FAILURES = 2
"""Of an event: after a third, two minutes pass, and after a fourth ten, in which its order waits.
What is drawn for which event depends on how busy the machine is."""
WITHIN_S = 420

SELECT_STATES = "SELECT state, count(*) FROM webhook_delivery WHERE partner_id = $1 GROUP BY 1"


@contextmanager
def worker(settings: Settings, home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker in a process of its own, until the block ends."""
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bezant.worker"],
            env=os.environ
            | variables_of(settings, home=home)
            | {"BEZANT_WEBHOOKS_ALLOW_PRIVATE": "true", "BEZANT_FEED": "none"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest_asyncio.fixture
async def desk(live_db: Database) -> AsyncIterator[Desk]:
    """A partner on the durable database."""
    clock = SystemClock()
    sign_in = await make_sign_in(live_db, now=clock.now())
    async with courier(live_db, clock) as made:
        yield Desk(live_db, clock, made, sign_in.partner.partner_id)


async def test_every_event_arrives_in_order_whatever_fails(
    live_settings: Settings, desk: Desk, tmp_path: Path
) -> None:
    chance = random.Random(1204)

    failed: Counter[str] = Counter()

    async def by_chance(request: web.Request) -> web.StreamResponse:
        event_id, drawn = request.headers["webhook-id"], chance.randrange(100)
        if drawn >= FAILS_OF_A_HUNDRED or failed[event_id] == MOST_FAILURES:
            return web.Response()
        failed[event_id] += 1
        if drawn % 3 == 0:
            return await hanging_up(request)
        return web.Response(status=500 if drawn % 3 == 1 else 429)

    async with receiving() as receiver:
        receiver.always = by_chance
        _, secret = await desk.add(receiver.url)
        with worker(live_settings, tmp_path) as first, worker(live_settings, tmp_path):
            changing = asyncio.create_task(_change_orders(desk, chance))
            await receiver.wait_for(lambda r: len(r.taken) >= 200, within_s=WITHIN_S)
            first.kill()
            with worker(live_settings, tmp_path):
                await changing
                await receiver.wait_for(_has_everything, within_s=WITHIN_S)
                await _until_written_down(desk)

    assert all(each.is_signed_by(secret) for each in receiver.taken)
    _require_order(receiver)
    # Only what the killed worker had under way may have come twice.
    twice = sum(count - 1 for count in Counter(receiver.ids).values())
    assert twice <= STREAMS_AT_ONCE, twice


async def _change_orders(desk: Desk, chance: random.Random) -> None:
    async def change(order: int) -> None:
        for number in range(CHANGES):
            await asyncio.sleep(chance.uniform(0, 1))
            await desk.announce(told(number, stream=Stream(f"order:{order}")))

    await asyncio.gather(*(change(order) for order in range(ORDERS)))


def _has_everything(receiver: Receiver) -> bool:
    return len(set(receiver.ids)) == ORDERS * CHANGES


async def _until_written_down(desk: Desk) -> None:
    async with asyncio.timeout(90):
        while True:
            async with desk.db.reading() as connection:
                rows = await connection.fetch(SELECT_STATES, desk.partner_id)
            if [tuple(row) for row in rows] == [("delivered", ORDERS * CHANGES)]:
                return
            await asyncio.sleep(1)


def _require_order(receiver: Receiver) -> None:
    """Each order's events came first in the order in which they happened."""
    seen: set[str] = set()
    by_order: dict[str, list[int]] = defaultdict(list)
    for each in receiver.taken:
        if each.event_id not in seen:
            seen.add(each.event_id)
            by_order[str(each.data["order"])].append(int(str(each.data["number"])))
    assert len(by_order) == ORDERS
    assert all(numbers == list(range(CHANGES)) for numbers in by_order.values()), by_order
