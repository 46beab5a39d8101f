"""A crowd that buys in every way at once, and asks again whenever a connection breaks."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from bezant.integrations.acquirers.sandbox.wire import NoticePlan
from tests.api.shelf import Goods
from tests.factories.checkout import Buyer, payment_of
from tests.factories.shop import Reply
from tests.stress.checkout.shop import NO_3D, WITH_3D, Shop, fill

T = TypeVar("T")

PATIENCE_S = 60
PAUSE_S = 0.1
DECLINED = NO_3D | {"card_number": "4532010000000511"}
REPLY_LOST = NO_3D | {"card_number": "4532010000009009"}
NEVER_REACHED = NO_3D | {"card_number": "4532010000009017"}
DECLINED_BY_3D = WITH_3D | {"card_number": "5528740000000516"}

CARDS = {
    "a card": NO_3D,
    "a declined card": DECLINED,
    "a lost answer": REPLY_LOST,
    "a lost charge": NEVER_REACHED,
    "3-D": WITH_3D,
    "3-D, no way back": WITH_3D,
    "3-D, only taken": WITH_3D,
    "3-D, declined": DECLINED_BY_3D,
    "3-D, rejected": WITH_3D,
    "3-D, left": WITH_3D,
}
"""The cards of the ways to pay; cash has none."""
WAYS = (
    *("cash",) * 3,
    *("a card",) * 3,
    "a declined card",
    "a lost answer",
    "a lost charge",
    *("3-D",) * 4,
    "3-D, no way back",
    "3-D, only taken",
    "3-D, declined",
    "3-D, rejected",
    "3-D, left",
)


@dataclass(frozen=True)
class Told:
    """What a buyer was told of an order, in the answer that they got."""

    way: str
    buyer: Buyer
    reply: Reply


@dataclass
class Crowd:
    """Customers who buy until they are told to stop.

    `left` are the addresses of 3-D pages that their customers left, and `broken` is how often
    a connection broke under a request.
    """

    shop: Shop
    goods: Goods
    chance: random.Random
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[Told] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    broken: int = 0

    async def buy(self, customer: str) -> None:
        """Buys one piece after the other."""
        while not self.stop.is_set():
            buyer = Buyer(self.shop.partner, customer, "", "")
            await self._order(buyer, self.chance.choice(WAYS))

    async def until_answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks again and again while connections break, the same each time."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await ask()
            except httpx.TransportError:
                self.broken += 1
                assert time.monotonic() < end, "no answer for too long"
            await asyncio.sleep(PAUSE_S)

    async def _order(self, buyer: Buyer, way: str) -> None:
        card = CARDS.get(way)
        await self.until_answered(lambda: fill(buyer, self.goods))
        reply = await self.until_answered(
            lambda: buyer.complete() if card is None else buyer.pay_by_card(card)
        )
        assert reply.status == 200, reply.body
        self.told.append(Told(way, buyer, reply))
        if way.startswith("3-D") and payment_of(reply)["state"] == "pending":
            await self._go_to_bank(str(payment_of(reply)["redirect_url"]), way)

    async def _go_to_bank(self, address: str, way: str) -> None:
        """Does at the bank what this way is; there is no bank if its answer was lost."""
        page = await self.until_answered(lambda: self.shop.http.get(address))
        bank = page.headers.get("location", "")
        if not bank.startswith(f"{self.shop.standing.sandbox_url}/3d/"):
            return
        control = self.shop.control
        match way:
            case "3-D, left":
                self.left.append(bank)
                return
            case "3-D, rejected":
                returned = await control.reject(bank)
            case "3-D, no way back":
                await control.approve(bank, notice=NoticePlan.TWICE)
                return
            case "3-D, only taken":
                await control.approve(bank)
                return
            case _:
                notice = self.chance.choice((NoticePlan.NEVER, NoticePlan.TOGETHER))
                returned = await control.approve(bank, notice=notice)
        assert returned is not None
        await self.until_answered(lambda: self.shop.http.get(returned.url))
