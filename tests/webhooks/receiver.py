"""A partner's server on loopback, which checks signatures with the published library."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from standardwebhooks.webhooks import Webhook

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """A webhook as it arrived."""

    event_id: str
    timestamp: int
    signatures: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, object]:
        """What it tells."""
        found: dict[str, object] = json.loads(self.body)["data"]
        return found

    @property
    def type(self) -> str:
        """What kind of event it is."""
        return str(json.loads(self.body)["type"])

    def is_signed_by(self, secret: str) -> bool:
        """Whether one of its signatures is the one that the library makes of it."""
        at = datetime.fromtimestamp(self.timestamp, UTC)
        return (
            Webhook(secret).sign(self.event_id, at, self.body.decode()) in self.signatures.split()
        )


@dataclass
class Receiver:
    """Answers 200 unless it is told otherwise, and keeps all that it was sent."""

    base_url: str = ""
    tries: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    always: Reply | None = None
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where webhooks are to be sent."""
        return f"{self.base_url}/hooks"

    @property
    def ids(self) -> list[str]:
        """The ids of what it answered with success, in the order of arrival."""
        return [each.event_id for each in self.taken]

    def said(self, field_name: str) -> list[object]:
        """A field of the data of everything that it took, in the order of arrival."""
        return [each.data[field_name] for each in self.taken]

    def will(self, *replies: Reply) -> None:
        """How the next requests are answered, one after the other."""
        self.replies.extend(replies)

    async def wait_for(
        self, is_enough: Callable[["Receiver"], bool], *, within_s: int = 30
    ) -> None:
        """Waits until what arrived is enough."""
        async with asyncio.timeout(within_s), self.arrived:
            await self.arrived.wait_for(lambda: is_enough(self))

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Notes a webhook and answers it."""
        received = Received(
            event_id=request.headers["webhook-id"],
            timestamp=int(request.headers["webhook-timestamp"]),
            signatures=request.headers["webhook-signature"],
            headers=dict(request.headers),
            body=await request.read(),
        )
        self.tries.append(received)
        await self._tell()
        reply = self.replies.pop(0) if self.replies else self.always
        response = await reply(request) if reply else web.Response()
        if 200 <= response.status < 300:
            self.taken.append(received)
        await self._tell()
        return response

    async def _tell(self) -> None:
        async with self.arrived:
            self.arrived.notify_all()


def answering(status: int, **headers: str) -> Reply:
    """Answers with a status."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=f"status {status}", headers=headers)

    return reply


async def hanging_up(request: web.Request) -> web.StreamResponse:
    """Ends the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=500)


def held(until: asyncio.Event, status: int = 200) -> Reply:
    """Answers only once `until` is set."""

    async def reply(_: web.Request) -> web.StreamResponse:
        await until.wait()
        return web.Response(status=status)

    return reply


@asynccontextmanager
async def receiving(*, port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver on a free port of loopback, until the block ends."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hooks", receiver.take)
    app.router.add_post("/elsewhere", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    receiver.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def in_order(numbers: Iterable[object]) -> bool:
    """Whether numbers only go up."""
    found = [int(str(each)) for each in numbers]
    return found == sorted(set(found))
