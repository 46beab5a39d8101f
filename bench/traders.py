"""The load of purchases: traders who buy gold, each time with a fix of its own.

Runs in a process of its own (`python -m bench.traders`): a `TradersPlan` comes in on standard
input, a `TradersRun` goes out on standard output. All fixes are asked for first, by the same
connections, in a time that is told but is not the one that counts; from then on every call is a
purchase. Invariant: an answer that is not 200 ends the run as a failure, so a purchase that is
counted is an order in the books.
"""

import asyncio
import gc
import sys
import time
from itertools import count
from random import Random
from typing import Final

import msgspec
import uvloop
from msgspec import Struct

from bench.buyers import Connection
from bench.load import ANSWER_TIMEOUT_S, RanOut
from bench.requests import Signer, SignIn

FIX: Final = "/partner/pricefix"
BUY: Final = "/partner/order/digital/buy"
MOST_PER_SECOND: Final = 1_500
"""More purchases than any server here can answer; a run that needs more is told so."""
FIXES_TIMEOUT_S: Final = 200.0
"""After that the first fixes would be over before they are used."""
GRAMS, TOPUP = 0.01, 500
_TOKEN: Final = b'"token":"'
_TOKEN_LENGTH: Final = 32


class TradersPlan(Struct, frozen=True, kw_only=True):
    """Who buys at which port, and for how long."""

    port: int
    sign_in: SignIn
    nonces: list[str]
    """One for each connection, none used before."""
    customers: list[str]
    warm_up_s: float
    seconds: float
    seed: int


class TradersRun(Struct, frozen=True, kw_only=True):
    """How long each purchase took of those that began and ended in time, and how many fixes a
    second were made before.
    """

    seconds: float
    buys_s: list[float]
    fixes_per_second: float


class Trader:
    """Makes fixes, then buys with one after the other, on one connection."""

    def __init__(self, plan: TradersPlan, number: int) -> None:
        self._plan = plan
        self._chance = Random(f"{plan.seed}:{number}")
        self._signer = Signer(plan.sign_in, port=plan.port, nonce=plan.nonces[number])
        self._ids = (f"bench-{plan.seed}-{number}-{time.time_ns()}-{n}" for n in count())
        self._connection = Connection()
        self._tokens: list[str] = []
        self.buys_s: list[float] = []

    async def fix(self, how_many: int) -> None:
        """Makes so many fixes, of nobody in particular."""
        loop = asyncio.get_running_loop()
        _, self._connection = await loop.create_connection(Connection, "127.0.0.1", self._plan.port)
        body = msgspec.json.encode({"type": "digital"})
        for _ in range(how_many):
            answer = await self._connection.call(self._signer.sign("POST", FIX, body))
            at = answer.index(_TOKEN) + len(_TOKEN)
            self._tokens.append(answer[at : at + _TOKEN_LENGTH].decode())

    async def buy(self, *, begin: float) -> None:
        """Buys until the time is over. Raises `RanOut`."""
        end = begin + self._plan.seconds
        while time.perf_counter() < end:
            if not self._tokens:
                raise RanOut("more fixes were needed than were made")
            request = self._signer.sign("POST", BUY, msgspec.json.encode(self._order()))
            began = time.perf_counter()
            await self._connection.call(request)
            ended = time.perf_counter()
            if began >= begin and ended <= end:
                self.buys_s.append(ended - began)
        self._connection.close()

    def _order(self) -> dict[str, object]:
        return {
            "price_token": self._tokens.pop(),
            "external_id": next(self._ids),
            "customer": customer_body(self._chance.choice(self._plan.customers)),
            "items": [{"sku": "GAU", "amount": GRAMS}],
            "topup": {"price": TOPUP},
        }


def customer_body(external_id: str) -> dict[str, object]:
    """A customer as an order sends one; each is a person of their own."""
    return {
        "external_id": external_id,
        "firstname": "John",
        "lastname": "Due",
        "email": "john.due@example.com",
        "phone": "+905556242399",
        "identity_number": "11111111111",
    }


async def run(plan: TradersPlan) -> TradersRun:
    """Carries out a plan. Raises `NotAnswered`, `RanOut`, `TimeoutError`."""
    gc.freeze()
    traders = [Trader(plan, number) for number in range(len(plan.nonces))]
    each = int(MOST_PER_SECOND * (plan.warm_up_s + plan.seconds) / len(traders)) + 1
    began = time.perf_counter()
    async with asyncio.timeout(FIXES_TIMEOUT_S):
        await asyncio.gather(*(trader.fix(each) for trader in traders))
    fixing_s = time.perf_counter() - began
    begin = time.perf_counter() + plan.warm_up_s
    async with asyncio.timeout(plan.warm_up_s + plan.seconds + ANSWER_TIMEOUT_S):
        await asyncio.gather(*(trader.buy(begin=begin) for trader in traders))
    return TradersRun(
        seconds=plan.seconds,
        buys_s=[taken for trader in traders for taken in trader.buys_s],
        fixes_per_second=each * len(traders) / fixing_s,
    )


def main() -> None:
    """Reads the plan, runs it, writes what came of it."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=TradersPlan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(plan))))


if __name__ == "__main__":
    main()
