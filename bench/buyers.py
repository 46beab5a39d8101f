"""The load of checkouts: customers who fill a basket, give an address, and order.

Runs in a process of its own (`python -m bench.buyers`): a `BuyersPlan` comes in on standard
input, a `BuyersRun` goes out on standard output. A flow is four calls, each signed under a
live nonce of its connection: a new basket with a first product, a second product, both
addresses, and the order. Invariant: an answer that is not 200 ends the run as a failure, so a
flow that is counted is an order that was paid.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Mapping
from functools import partial
from itertools import count
from random import Random
from typing import Final, cast

import msgspec
import uvloop
from msgspec import Struct

from bench.load import ANSWER_TIMEOUT_S, NotAnswered
from bench.requests import Signer, SignIn

BASKET: Final = "/partner/ecom/basket"
SET_ADDRESS: Final = "/partner/ecom/basket/setaddress"
COMPLETE: Final = "/partner/ecom/basket/complete"
CALLS: Final = ("create", "add", "address", "complete")
_HEAD_END: Final = b"\r\n\r\n"
_OK: Final = b"HTTP/1.1 200"
_LENGTH: Final = b"content-length:"
_TOKEN: Final = b'"token":"'
_TOKEN_LENGTH: Final = 32
_ADDRESS: Final = {
    "external_id": "home",
    "tax_number": "12313123312",
    "fullname": "John Due",
    "phone": "+905071112233",
    "city": "Ankara",
    "county": "Çankaya",
    "district": "District",
    "address": "açık adres",
}
_LEGALS: Final = [
    {"type": "preliminary-information", "version": 1},
    {"type": "distance-sales", "version": 1},
]
_CARD: Final = {
    "card_holder": "JOHN DUE",
    "card_number": "4532010000000008",
    "card_expiry": "12/39",
    "card_cvv": "123",
    "customer_ip": "203.0.113.7",
    "is_3d": False,
}


class BuyersPlan(Struct, frozen=True, kw_only=True):
    """Who buys what at which port, how they pay, and for how long."""

    port: int
    sign_in: SignIn
    nonces: list[str]
    """One for each connection, none used before."""
    customers: list[str]
    skus: list[str]
    by_card: bool
    warm_up_s: float
    seconds: float
    seed: int


class BuyersRun(Struct, frozen=True, kw_only=True):
    """How long each flow took, and each of its calls, of those that began and ended in time."""

    seconds: float
    flows_s: list[float]
    calls_s: dict[str, list[float]]


class Connection(asyncio.Protocol):
    """One connection kept alive, with one call under way at any time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._whole = 0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Is ready."""
        # uvloop's transports do what asyncio's do and are none of its classes.
        self._transport = cast("asyncio.Transport", transport)

    async def call(self, request: bytes) -> bytes:
        """The body of the answer. Raises `NotAnswered`."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """Takes a piece of an answer."""
        assert self._answer is not None
        self._received += data
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        at = head.index(_LENGTH) + len(_LENGTH)
        whole = end + len(_HEAD_END) + int(head[at:].split(b"\r\n", 1)[0])
        if len(self._received) < whole:
            return
        answer = bytes(self._received)
        self._received.clear()
        if answer.startswith(_OK):
            self._answer.set_result(answer)
        else:
            self._answer.set_exception(NotAnswered(answer.decode("utf-8", "replace")))

    def connection_lost(self, exc: Exception | None) -> None:
        """Is a failure while an answer is still to come."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NotAnswered(f"the connection closed: {exc}"))

    def close(self) -> None:
        """Ends the connection."""
        if self._transport is not None:
            self._transport.close()


class Buyer:
    """Carries out one flow after the other on one connection."""

    def __init__(self, plan: BuyersPlan, number: int, *, begin: float) -> None:
        self._plan = plan
        self._chance = Random(f"{plan.seed}:{number}")
        self._signer = Signer(plan.sign_in, port=plan.port, nonce=plan.nonces[number])
        self._ids = (f"bench-{plan.seed}-{number}-{time.time_ns()}-{n}" for n in count())
        self._begin, self._end = begin, begin + plan.seconds
        self.flows_s: list[float] = []
        self.calls_s: dict[str, list[float]] = {name: [] for name in CALLS}

    async def buy(self) -> None:
        """Buys until the time is over."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._plan.port)
        while time.perf_counter() < self._end:
            await self._flow(connection)
        connection.close()

    async def _flow(self, connection: Connection) -> None:
        plan, chance = self._plan, self._chance
        customer = chance.choice(plan.customers)
        first, second = chance.sample(plan.skus, 2)
        who: dict[str, object] = {"external_customer_id": customer}
        moments = [time.perf_counter()]
        call = partial(self._call, connection, moments)
        answer = await call("POST", BASKET, who | {"sku": first, "amount": 1})
        at = answer.index(_TOKEN) + len(_TOKEN)
        who["cart_token"] = answer[at : at + _TOKEN_LENGTH].decode()
        await call("POST", BASKET, who | {"sku": second, "amount": 2})
        addresses = {"shipping": _ADDRESS, "billing": _ADDRESS}
        await call("PATCH", SET_ADDRESS, who | addresses)
        await call("PUT", COMPLETE, who | self._order())
        if moments[0] >= self._begin and moments[-1] <= self._end:
            self.flows_s.append(moments[-1] - moments[0])
            for name, begun, ended in zip(CALLS, moments, moments[1:], strict=False):
                self.calls_s[name].append(ended - begun)

    def _order(self) -> dict[str, object]:
        order: dict[str, object] = {"external_id": next(self._ids), "legals": _LEGALS}
        if self._plan.by_card:
            return order | {"payment_type": "creditcard", "payment": _CARD}
        return order | {"payment_type": "cash"}

    async def _call(
        self,
        connection: Connection,
        moments: list[float],
        method: str,
        uri: str,
        body: Mapping[str, object],
    ) -> bytes:
        answer = await connection.call(self._signer.sign(method, uri, msgspec.json.encode(body)))
        moments.append(time.perf_counter())
        return answer


async def run(plan: BuyersPlan) -> BuyersRun:
    """Carries out a plan. Raises `NotAnswered`, `TimeoutError`."""
    gc.freeze()
    begin = time.perf_counter() + plan.warm_up_s
    buyers = [Buyer(plan, number, begin=begin) for number in range(len(plan.nonces))]
    limit_s = plan.warm_up_s + plan.seconds + ANSWER_TIMEOUT_S
    await asyncio.wait_for(asyncio.gather(*(buyer.buy() for buyer in buyers)), limit_s)
    return BuyersRun(
        seconds=plan.seconds,
        flows_s=[taken for buyer in buyers for taken in buyer.flows_s],
        calls_s={
            name: [taken for buyer in buyers for taken in buyer.calls_s[name]] for name in CALLS
        },
    )


def main() -> None:
    """Reads the plan, runs it, writes what came of it."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=BuyersPlan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(plan))))


if __name__ == "__main__":
    main()
