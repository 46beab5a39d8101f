"""Whatever is killed in the middle of it, the books agree with the acquirer in the end.

While a crowd buys in every way, HTTP workers and the background worker are killed, and the line
to the acquirer is cut. Afterwards the worker that is left alone has to bring everything to an
end, and nobody was told what is not so.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from bezant.checkout import settling
from bezant.integrations.acquirers.sandbox.wire import NoticePlan
from bezant.kernel.clock import Clock, SystemClock
from bezant.payments.service import legs, returning
from tests.factories.checkout import payment_of, stock_of
from tests.factories.processes import background_workers, http_workers
from tests.factories.servers import LiveServer, free_port, listeners
from tests.stress.checkout.books import require_books
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.crowd import Crowd, Told
from tests.stress.checkout.line import Line, line
from tests.stress.checkout.shop import Shop, some_at_once

pytestmark = pytest.mark.stress

CUSTOMERS, PIECES = 12, 100_000
KILLS = ("http", "line", "background") * 9
TRIES_TO_KILL = 600
SETTLED_WITHIN_S = 150
OLD_ENOUGH_S = 7.0
"""A server gives up when a worker ends sooner after it was started than this."""

SELECT_UNDER_WAY = """
    SELECT (SELECT count(*) FROM payment_attempt WHERE state IN ('open', 'challenged'))
         + (SELECT count(*) FROM refund WHERE state = 'asked')
"""
COUNT_ORDERS = "SELECT count(*) FROM sales_order"
SELECT_STATES = """
    SELECT o.status_id, p.state, p.captured > 0 AS is_taken, count(*) AS orders
      FROM sales_order o JOIN payment p USING (partner_id, order_id) GROUP BY 1, 2, 3
"""
COUNT_LEGS = "SELECT settled_by, count(*) AS charges FROM payment_attempt GROUP BY 1 ORDER BY 1"


class LaterClock:
    """The machine's clock, ten minutes ahead: every order's time is over by it."""

    def now(self) -> datetime:
        """The moment in ten minutes."""
        return SystemClock().now() + timedelta(minutes=10)


@pytest.fixture(scope="module")
def line_port() -> int:
    """Where the line to the acquirer listens."""
    return free_port()


@pytest.fixture(scope="module")
def variables(line_port: int) -> dict[str, str]:
    """Short limits, and the acquirer at the end of a line that can be cut."""
    return {
        "BEZANT_HOLD_LIFE_S": "3600",
        "BEZANT_PAYMENT_WINDOW_S": "15",
        "BEZANT_THREE_D_LIMIT_S": "15",
        "BEZANT_SANDBOX_URL": f"http://127.0.0.1:{line_port}",
    }


async def test_what_was_sold_and_taken_agrees_after_any_kill(
    shop: Shop, line_port: int, say: Say
) -> None:
    goods = await shop.shelf.put(stock=PIECES)
    chance = random.Random(1204)
    crowd = Crowd(shop, goods, chance)
    customers = [await shop.partner.new_customer() for _ in range(CUSTOMERS)]
    upstream = urlsplit(shop.standing.sandbox_url).port or 0
    async with line(line_port, upstream_port=upstream, chance=chance) as wire:
        async with asyncio.TaskGroup() as group:
            for customer in customers:
                group.create_task(crowd.buy(customer))
            await kill_some(Reaper(shop.standing.server, wire, chance), KILLS)
            crowd.stop.set()
        await until_heard(shop)
        await _end_what_waits(shop, crowd)
        await until_heard(shop)

    async with shop.db.reading() as connection:
        orders = await connection.fetchval(COUNT_ORDERS)
        states = await connection.fetch(SELECT_STATES)
        by_legs = await connection.fetch(COUNT_LEGS)
    assert orders == len(crowd.told), "each order was told of, and only once"
    assert {tuple(row)[:3] for row in states} == {(12, "success", True), (4, "failed", False)}
    paid = sum(row["orders"] for row in states if row["status_id"] == 12)
    assert await stock_of(shop.till, goods.sku) == PIECES - paid
    await some_at_once(_require_told, crowd.told)
    await require_books(shop, all_is_over=True)
    assert (await shop.takings()).refunded > 0, "something was taken late, and went back"
    heard = ", ".join(f"{row['charges']} by {row['settled_by']}" for row in by_legs)
    say(
        f"{orders} orders, {paid} paid, {len(KILLS)} kills, {crowd.broken} requests broken,"
        f" charges heard of: {heard}"
    )


@dataclass
class Reaper:
    """Kills what a shop lives of, by chance."""

    server: LiveServer
    line: Line
    chance: random.Random
    seen: dict[int, float] = field(default_factory=dict)

    def kill(self, what: str) -> bool:
        """Kills one of these, if there is one that may be killed now."""
        match what:
            case "line":
                return self.line.cut() > 0
            case "background":
                return self._kill_one(background_workers(self.server))
            case _:
                if listeners(self.server.port) < 2:
                    return False
                return self._kill_one(
                    {pid for pid in http_workers(self.server) if self._is_old_enough(pid)}
                )

    def _is_old_enough(self, pid: int) -> bool:
        now = time.monotonic()
        return now - self.seen.setdefault(pid, now) > OLD_ENOUGH_S

    def _kill_one(self, pids: set[int]) -> bool:
        if not pids:
            return False
        os.kill(self.chance.choice(sorted(pids)), signal.SIGKILL)
        return True


async def kill_some(reaper: Reaper, kills: Sequence[str]) -> None:
    """Kills these one after the other, with some time between them."""
    for what in kills:
        await asyncio.sleep(reaper.chance.uniform(0.5, 2.5))
        for _ in range(TRIES_TO_KILL):
            if reaper.kill(what):
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError(f"there was no {what} to be killed")


async def until_heard(shop: Shop) -> None:
    """Waits until the worker has heard of every charge, and sent every refund."""
    for _ in range(SETTLED_WITHIN_S):
        if not await _under_way(shop):
            return
        await asyncio.sleep(1)
    raise AssertionError("something is under way for too long")


async def _under_way(shop: Shop) -> int:
    async with shop.db.reading() as connection:
        found: int = await connection.fetchval(SELECT_UNDER_WAY)
    return found


async def _end_what_waits(shop: Shop, crowd: Crowd) -> None:
    """Releases what nobody paid for, as the worker would in a while; some then come late.

    Half of those who had left the bank's page approve after all; of half of those, the acquirer
    notifies us, and the others have to be asked about.
    """
    clock: Clock = LaterClock()
    later = replace(shop.till, clock=clock)
    while await settling.release_overdue(later):
        pass
    for number, bank in enumerate(crowd.left[::2]):
        notice = NoticePlan.BEFORE if number % 2 else NoticePlan.NEVER
        assert await shop.control.approve(bank, notice=notice) is not None
    while await legs.sweep(later) + await returning.send_refunds(later):
        pass


async def _require_told(told: Told) -> None:
    """What a buyer was told is so: the order is there, as it was said."""
    order = await told.buyer.order()
    assert order.status == 200, order.body
    same = ("id", "guid", "external_id", "increment_id", "token", "total", "items")
    assert {name: order.data[name] for name in same} == {n: told.reply.data[n] for n in same}
    state, said = payment_of(order)["state"], payment_of(told.reply)["state"]
    status = order.data["status_name"]
    if said == "success" or told.way == "cash":
        assert (state, status) == ("success", "Payment Confirmed")
        assert order.data["paid_total"] == told.reply.data["paid_total"]
    if told.way in _NEVER_PAID:
        assert (state, status) == ("failed", "Cancelled")


_NEVER_PAID = ("a declined card", "a lost charge", "3-D, declined", "3-D, rejected", "3-D, left")
