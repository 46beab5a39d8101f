"""Whatever is killed in the middle of it, no order is lost, made twice, or told of wrongly.

While customers buy and sell, the whole server, its background worker and PostgreSQL are ended
as kill -9 does, each in turn at a random moment. Whoever hears nothing asks again, the same.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
import pytest_asyncio

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.integrations.embedded_postgres.layout import Layout
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.errors import DatabaseAway
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import HoldKind, NewHold, Reference, ReferenceKind, customer
from bezant.settings import Settings
from tests.factories.databases import cloned_database
from tests.factories.places import on_disk
from tests.factories.processes import background_workers
from tests.factories.shop import SECRET_KEY, Reply
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.shop import some_at_once
from tests.stress.trading.floor import (
    BUY_PRICE,
    SELL_PRICE,
    Floor,
    Running,
    gold,
    open_floor,
    paid,
    running,
)

pytestmark = pytest.mark.stress

CUSTOMERS = 12
KILLS = ("server", "worker", "postgres") * 7
TRIES_TO_KILL = 300
PATIENCE_S, PAUSE_S = 90, 0.1
AWAY = 50300
HOLD_LIFE = timedelta(seconds=2)
HOLDS_END_WITHIN_S = 90
GRAM, BUYS = 1_000_000, 0.6
OLD_ENOUGH_S = 7.0
"""A server gives up when a worker ends sooner after it was started than this."""

SELECT_LEAKED = """
    SELECT count(*) FROM ledger_hold WHERE state = 'live' AND expires_at <= $1
"""
SELECT_STATES = "SELECT state, count(*) AS holds FROM ledger_hold GROUP BY state"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Where a PostgreSQL of this module's own has its data."""
    with TemporaryDirectory(prefix="bz-", dir=on_disk()) as found:
        # PostgreSQL's own account has to pass through it.
        Path(found).chmod(0o755)
        yield Path(found) / "data"


@pytest.fixture(scope="module")
def started(place: Path, run_name: str) -> Iterator[Running]:
    """A server on that PostgreSQL."""
    with (
        EmbeddedPostgres.start(place) as postgres,
        cloned_database(
            postgres.database_url("postgres"), run=run_name, worker="kills", durable=True
        ) as url,
        running(Settings(database_url=url, secret_key=SECRET_KEY)) as made,
    ):
        yield made


@pytest_asyncio.fixture
async def floor(started: Running) -> AsyncIterator[Floor]:
    """A partner on it."""
    url = started.settings.database_url
    assert url is not None
    db = await Database.connect(url)
    found, http = await open_floor(started, db)
    async with http:
        yield found
    await db.close()


@dataclass(frozen=True)
class Told:
    """An order that was asked for, and how it was answered."""

    body: dict[str, object]
    buys: bool
    reply: Reply


@dataclass
class Crowd:
    """Customers who buy and sell until they are told to stop, and remember what they were told."""

    floor: Floor
    chance: random.Random
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[Told] = field(default_factory=list)
    grams: dict[str, int] = field(default_factory=dict)
    lira: dict[str, int] = field(default_factory=dict)
    broken: int = 0

    async def trade(self, who: str) -> None:
        """Trades one gram after the other, and holds a part of what there is for a moment."""
        self.grams[who] = self.lira[who] = 0
        while not self.stop.is_set():
            # The first gram stays, as a part of it may be held.
            buys = self.grams[who] <= 1 or self.chance.random() < BUYS
            token = await self.fixed(who)
            body = gold(who, 1, token=token)
            if buys:
                body = paid(body, BUY_PRICE)
            reply = await self.ask(body, buys=buys)
            assert reply.status == 200, reply.body
            self.told.append(Told(body, buys, reply))
            self.grams[who] += 1 if buys else -1
            self.lira[who] += 0 if buys else SELL_PRICE
            await self.hold(who)

    async def fixed(self, who: str) -> str:
        """A fix, whatever it takes to get one."""
        reply = await self.until_answered(
            lambda: self.floor.partner.post(
                "/partner/pricefix", type="digital", customer_external_id=who
            )
        )
        assert reply.status == 200, reply.body
        return str(reply.data["token"])

    async def ask(self, body: dict[str, object], *, buys: bool) -> Reply:
        """An order's answer, however often it has to be asked for."""
        return await self.until_answered(
            lambda: self.floor.buy(body) if buys else self.floor.sell(body)
        )

    async def until_answered(self, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """Asks again, the same, while connections break and the database is away."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                reply = await ask()
            except httpx.TransportError:
                pass
            else:
                if reply.body.get("code") != AWAY:
                    return reply
            self.broken += 1
            assert time.monotonic() < end, "no answer for too long"
            await asyncio.sleep(PAUSE_S)

    async def hold(self, who: str) -> None:
        """Holds a microgram of what is there, which the worker has to give back in time."""
        if not self.grams[who]:
            return
        floor, now = self.floor, SystemClock().now()
        partner_id = floor.partner.sign_in.partner.partner_id
        reference = Reference(ReferenceKind.OPERATION, f"{who}-{self.chance.random()}")
        try:
            owner = customer(await floor.number_of(who))
            new = NewHold(owner, Amount(1, Asset.GAU), HoldKind.BLOCKED, reference, now + HOLD_LIFE)
            await floor.db.write(lambda tx: ledger.hold(tx, partner_id, new, now=now))
        except DatabaseAway:
            # It may be there or not; either way it is over in a while.
            self.broken += 1
        await asyncio.sleep(self.chance.uniform(0, PAUSE_S))


@dataclass
class Reaper:
    """Kills what trading lives of, and brings it up again."""

    floor: Floor
    place: Path
    chance: random.Random
    seen: dict[int, float] = field(default_factory=dict)

    async def kill(self, what: str) -> None:
        """Kills one of these as soon as it may be killed."""
        match what:
            case "server":
                self.floor.running.kill()
                server = await asyncio.to_thread(self.floor.running.start_again)
                self.floor.partner.http.base_url = httpx.URL(server.base_url)
            case "postgres":
                os.kill(int(Layout(self.place).pid_file.read_text().split()[0]), signal.SIGKILL)
                # What is started anew recovers first, and is held by whoever holds it already.
                await asyncio.to_thread(lambda: EmbeddedPostgres.start(self.place).stop())
            case _:
                await self._kill_worker()

    async def _kill_worker(self) -> None:
        for _ in range(TRIES_TO_KILL):
            now = time.monotonic()
            found = background_workers(self.floor.running.server)
            old = [pid for pid in found if now - self.seen.setdefault(pid, now) > OLD_ENOUGH_S]
            if old:
                os.kill(self.chance.choice(old), signal.SIGKILL)
                return
            await asyncio.sleep(PAUSE_S)
        raise AssertionError("there was no worker to be killed")


async def test_no_order_is_lost_or_made_twice_whatever_is_killed(
    floor: Floor, place: Path, say: Say
) -> None:
    chance = random.Random(1204)
    crowd = Crowd(floor, chance)
    customers = [await floor.new_customer() for _ in range(CUSTOMERS)]
    reaper = Reaper(floor, place, chance)
    async with asyncio.TaskGroup() as group:
        for who in customers:
            group.create_task(crowd.trade(who))
        for what in KILLS:
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            await reaper.kill(what)
        await asyncio.sleep(1)
        crowd.stop.set()
    assert await floor.orders() == len(crowd.told), "each order was told of, and only once"
    await some_at_once(lambda each: _require_same(crowd, each), crowd.told)
    assert await floor.orders() == len(crowd.told)
    holds = await _until_no_hold_leaks(floor)
    for who in customers:
        units = {"GAU": crowd.grams[who] * GRAM, "TRY": crowd.lira[who] * 100}
        accounts = await floor.accounts(who)
        assert accounts == {sku: (held, held) for sku, held in units.items() if held}
    floor.running.say("ledger", "verify")
    floor.running.say("audit")
    say(f"{len(crowd.told)} orders, {len(KILLS)} kills, {crowd.broken} requests broken, {holds}")


async def _require_same(crowd: Crowd, told: Told) -> None:
    """Asked again, an order is answered as it was."""
    again = await crowd.ask(told.body, buys=told.buys)
    assert again.status == 200, again.body
    assert again.body == told.reply.body


async def _until_no_hold_leaks(floor: Floor) -> str:
    """Waits until the worker has ended every hold whose time is over; how they ended."""
    for _ in range(HOLDS_END_WITHIN_S):
        now = SystemClock().now() + HOLD_LIFE
        async with floor.db.reading() as connection:
            leaked = await connection.fetchval(SELECT_LEAKED, now)
            states = await connection.fetch(SELECT_STATES)
        if not leaked:
            return ", ".join(f"{row['holds']} holds {row['state']}" for row in states)
        await asyncio.sleep(1)
    raise AssertionError("a hold is live after its time")
