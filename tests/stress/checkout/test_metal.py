"""Metal is bought by card while processes are killed; in the end the books are the acquirer's.

Every card does what its number says: it pays at once, is refused, pays and its answer is lost, or
never reaches the acquirer. Nobody is told what is not so, and the ledger has what was taken.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import pytest

from bezant.ledger.verifying import verify
from bezant.trading.auditing import audit
from tests.factories.clock import FakeClock
from tests.factories.servers import free_port
from tests.factories.vault import fill_vault
from tests.stress.checkout.books import require_books
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.crowd import NEVER_REACHED, REPLY_LOST
from tests.stress.checkout.line import line
from tests.stress.checkout.shop import NO_3D, Shop
from tests.stress.checkout.test_kills import Reaper, kill_some, until_heard
from tests.trading.desk import Desk, open_trading
from tests.trading.test_ordering import the_order

Said = TypeVar("Said")

pytestmark = pytest.mark.stress

CUSTOMERS = 6
KILLS = ("http", "line", "background") * 3
NO_FUNDS = NO_3D | {"card_number": "4532010000000511"}
CARDS = (NO_3D, NO_3D, NO_FUNDS, REPLY_LOST, NEVER_REACHED)
SELECT_ENDS = """
    SELECT o.external_id, o.status_id, p.state, p.captured > 0 AS is_taken
      FROM digital_order o
      JOIN payment p ON p.partner_id = o.partner_id AND p.digital_order_id = o.order_id
"""
SELECT_AT_ACQUIRER = """
    SELECT (SELECT coalesce(-sum(p.amount), 0) FROM ledger_account a
              JOIN ledger_posting p USING (partner_id, account_id)
             WHERE a.kind = 'vault' AND a.asset = 'TRY')
         = (SELECT coalesce(sum(amount), 0) FROM payment WHERE captured > 0) AS agrees
"""


@pytest.fixture(scope="module")
def line_port() -> int:
    """Where the line to the acquirer listens."""
    return free_port()


@pytest.fixture(scope="module")
def variables(line_port: int) -> dict[str, str]:
    """The acquirer is at the end of a line that can be cut."""
    return {"BEZANT_SANDBOX_URL": f"http://127.0.0.1:{line_port}"}


class Buying:
    """Customers who buy metal until they are told to stop, and what they were told."""

    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self.shop = shop
        self.chance = chance
        self.stop = asyncio.Event()
        self.told: dict[str, Mapping[str, object]] = {}
        self.broken = 0

    async def go_on(self, desk: Desk) -> None:
        """One customer; a call that breaks is sent again, as it was, until it is answered."""
        while not self.stop.is_set():
            card = self.chance.choice(CARDS)
            token = await self._unbroken(desk.fix)
            name = desk.name()
            call = partial(
                desk.buy,
                0.1,
                sku="GAU",
                external_id=name,
                price_token=token,
                topup=None,
                payment_type="creditcard",
                payment=card,
            )
            self.told[name] = the_order(await self._unbroken(call))

    async def _unbroken(self, call: Callable[[], Awaitable[Said]]) -> Said:
        """What is answered in the end."""
        while True:
            try:
                return await call()
            except httpx.TransportError:
                self.broken += 1


async def test_metal_and_money_agree_after_any_kill(shop: Shop, line_port: int, say: Say) -> None:
    chance = random.Random(1911)
    buying = Buying(shop, chance)
    desks = [Desk(shop.db, FakeClock(), shop.partner) for _ in range(CUSTOMERS)]
    await fill_vault(shop.db)
    await open_trading(shop.db, desks[0].partner_id)
    upstream = urlsplit(shop.standing.sandbox_url).port or 0
    async with line(line_port, upstream_port=upstream, chance=chance) as wire:
        async with asyncio.TaskGroup() as group:
            for desk in desks:
                group.create_task(buying.go_on(desk))
            await kill_some(Reaper(shop.standing.server, wire, chance), KILLS)
            buying.stop.set()
        await until_heard(shop)

    async with shop.db.reading() as connection:
        ends = await connection.fetch(SELECT_ENDS)
        agrees = await connection.fetchval(SELECT_AT_ACQUIRER)
    assert {row["external_id"] for row in ends} == set(buying.told)
    assert {tuple(row)[1:] for row in ends} == {(5, "success", True), (4, "failed", False)}
    for row in ends:
        said = buying.told[row["external_id"]]["status_id"]
        assert said in (2, row["status_id"]), row
    assert agrees
    assert not {rule: breaks for rule, breaks in (await audit(shop.db)).items() if breaks}
    assert not [each for each in await verify(shop.db) if each.breaks]
    await require_books(shop, all_is_over=True)
    count = Counter(row["status_id"] for row in ends)
    say(f"{count[5]} paid, {count[4]} not, {len(KILLS)} kills, {buying.broken} requests broken")
