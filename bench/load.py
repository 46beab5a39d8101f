"""The load: sixteen connections kept alive, each with one request under way at any time.

Runs in a process of its own (`python -m bench.load`): a `Plan` comes in on standard input, a
`Run` goes out on standard output. Invariants: the requests are made before the clock starts;
an answer that is not 200, or a connection that closes, ends the run as a failure.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from random import Random
from typing import Final, cast

import msgspec
import uvloop
from msgspec import Struct

from bench.latencies import Run, summed_up
from bench.requests import SignIn, signed_requests

CONNECTIONS: Final = 16
# More than any server here can answer; a run that needs more is told so.
MOST_PER_SECOND: Final = 4_000
ANSWER_TIMEOUT_S: Final = 10.0
_HEAD_END: Final = b"\r\n\r\n"
_OK: Final = b"HTTP/1.1 200"
_LENGTH: Final = b"content-length:"


class Plan(Struct, frozen=True, kw_only=True):
    """What to send, to which port, and for how long."""

    port: int
    sign_in: SignIn
    nonces: list[str]
    """One for each connection, none used before."""
    first_customer: int
    customers: int
    """So many ids from the first on; each request takes one of them at random."""
    warm_up_s: float
    seconds: float
    seed: int
    repeats: bool = False
    """Whether a request may be sent again, to a server that does not look at it."""


class RanOut(Exception):
    """The server answered more requests than were made beforehand."""


class NotAnswered(Exception):
    """An answer was not 200, or the connection closed before it was whole."""


class Tally:
    """What came back, counted from the moment at which the warm-up ends."""

    def __init__(self, *, begin: float, end: float) -> None:
        self.begin, self.end = begin, end
        self.latencies_s: list[float] = []
        self.bytes_received = 0
        self.answers = 0

    def count(self, sent: float, received: float, length: int) -> None:
        """Counts one answer; of those within the time that counts, more than the number."""
        self.answers += 1
        if sent >= self.begin and received <= self.end:
            self.latencies_s.append(received - sent)
            self.bytes_received += length


class Caller(asyncio.Protocol):
    """One connection: sends a request, waits for all of its answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self._requests = requests
        self._tally = tally
        self._transport: asyncio.Transport | None = None
        self._sent = 0.0
        self._received = bytearray()
        self._whole = 0
        self._body = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        # uvloop's transports do what asyncio's do and are none of its classes.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Takes a piece of an answer; the last one is counted and followed by a request."""
        self._received += data
        if not self._whole:
            self._read_head()
        if not self._whole or len(self._received) < self._whole:
            return
        now = time.perf_counter()
        self._tally.count(self._sent, now, self._body)
        self._received.clear()
        self._whole = 0
        if now < self._tally.end:
            self._send()
        else:
            self._finish(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Is a failure while an answer is still to come."""
        self._finish(NotAnswered(f"the connection closed: {exc}"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None or self._transport is None:
            self._finish(RanOut("more requests were needed than were made"))
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _read_head(self) -> None:
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        if not self._received.startswith(_OK):
            self._finish(NotAnswered(self._received[:end].decode("latin-1")))
            return
        at = head.index(_LENGTH) + len(_LENGTH)
        self._body = int(head[at:].split(b"\r\n", 1)[0])
        self._whole = end + len(_HEAD_END) + self._body

    def _finish(self, failure: Exception | None) -> None:
        if self.done.done():
            return
        if failure is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(failure)
        if self._transport is not None:
            self._transport.close()


async def run(plan: Plan) -> Run:
    """Carries out a plan. Raises `NotAnswered`, `RanOut`, `TimeoutError`."""
    made = _requests(plan)
    # What was made beforehand is never garbage; going through it would stop the clock's hand.
    gc.freeze()
    begin = time.perf_counter() + plan.warm_up_s
    tally = Tally(begin=begin, end=begin + plan.seconds)
    loop = asyncio.get_running_loop()
    callers = []
    for own in made:
        requests = cycle(own) if plan.repeats else iter(own)
        _, caller = await loop.create_connection(
            partial(Caller, requests, tally), "127.0.0.1", plan.port
        )
        callers.append(caller)
    limit_s = plan.warm_up_s + plan.seconds + ANSWER_TIMEOUT_S
    await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), limit_s)
    return summed_up(
        tally.latencies_s,
        seconds=plan.seconds,
        bytes_received=tally.bytes_received,
        answers=tally.answers,
    )


def _requests(plan: Plan) -> list[list[bytes]]:
    """The requests of each connection."""
    chance = Random(plan.seed)
    each = int(MOST_PER_SECOND * (plan.warm_up_s + plan.seconds) / len(plan.nonces)) + 1
    ids = range(plan.first_customer, plan.first_customer + plan.customers)
    return [
        list(
            signed_requests(
                plan.sign_in,
                port=plan.port,
                nonce=nonce,
                customers=[str(chance.choice(ids)) for _ in range(each)],
            )
        )
        for nonce in plan.nonces
    ]


def main() -> None:
    """Reads the plan, runs it, writes what came of it."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    done = uvloop.run(run(plan))
    sys.stdout.buffer.write(msgspec.json.encode(done))


if __name__ == "__main__":
    main()
