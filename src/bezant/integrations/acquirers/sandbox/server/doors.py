"""The sandbox's doors: its API for merchants, its pages for customers, its levers for tests.

Invariants: nothing but the pages is answered without the merchant's key and a signature of
the request; what is answered has been committed; neither a body nor what is in it is logged.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec
import structlog
from litestar import HttpMethod, Litestar, asgi, route
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from bezant.integrations.acquirers.sandbox.access import (
    KEY_HEADER,
    SIGNATURE_HEADER,
    Purpose,
    is_signed,
)
from bezant.integrations.acquirers.sandbox.server.bank import Bank
from bezant.integrations.acquirers.sandbox.server.notices import Notices
from bezant.integrations.acquirers.sandbox.server.refunds import Refunds
from bezant.integrations.acquirers.sandbox.server.settings import Keys, SandboxSettings
from bezant.integrations.acquirers.sandbox.server.state import State
from bezant.integrations.acquirers.sandbox.server.wallet import Wallet
from bezant.integrations.acquirers.sandbox.wire import Refused, encode

LONGEST_BODY: Final = 65_536
JSON: Final = "application/json"
_MILLIS: Final = 1_000

_log: Final = structlog.get_logger("bezant.sandbox")


class Malformed(Exception):
    """A request that says nothing that the sandbox understands."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the doors work with."""

    settings: SandboxSettings
    keys: Keys
    state: State
    bank: Bank
    wallet: Wallet
    refunds: Refunds
    notices: Notices


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `place` is the part of the path that is not fixed."""

    method: str
    path: str
    query: str
    place: str
    headers: Mapping[bytes, bytes]
    body: bytes

    @property
    def target(self) -> str:
        """The path and the query, as they are signed."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. One that is dropped never arrives."""

    body: bytes
    media: str = JSON
    status: int = HTTPStatus.OK
    headers: tuple[tuple[bytes, bytes], ...] = ()
    is_dropped: bool = False


Work = Callable[[Desk, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that can be asked. `path` may have one place, in braces."""

    method: str
    path: str
    work: Work
    is_open: bool = False
    """Whether anybody may ask: a customer's browser has no key."""


def create_application(settings: SandboxSettings, doors: tuple[Door, ...]) -> Litestar:
    """The application; its file is opened when the server starts it."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        desk = _desk(settings)
        app.state.desk = desk
        desk.notices.resume()
        try:
            yield
        finally:
            await desk.notices.close()
            desk.state.close()

    by_path: dict[str, dict[str, Door]] = {}
    for door in doors:
        by_path.setdefault(door.path, {})[door.method] = door
    return Litestar(
        route_handlers=[_route(path, by_method) for path, by_method in by_path.items()],
        lifespan=[opened],
        openapi_config=None,
        logging_config=None,
        after_exception=[_tell_of],
    )


def _desk(settings: SandboxSettings) -> Desk:
    state = State(settings.state)
    bank = Bank(settings, state)
    return Desk(
        settings=settings,
        keys=Keys.of(settings),
        state=state,
        bank=bank,
        wallet=Wallet(settings, state),
        refunds=Refunds(settings, state, bank),
        notices=Notices(settings, state),
    )


async def _tell_of(error: Exception, _scope: Scope) -> None:
    """A defect is logged, and a request that leads nowhere is none."""
    if not isinstance(error, HTTPException):
        _log.error("request_failed", exc_info=error)


def _route(path: str, by_method: Mapping[str, Door]) -> ASGIRouteHandler | HTTPRouteHandler:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            raise NotFoundException
        desk: Desk = scope["litestar_app"].state.desk
        door = by_method.get(scope["method"])
        if door is None:
            answered = _refusal(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            answered = await _answered(desk, door, await _read(scope, receive))
        await _send(answered, desk.settings.silence_ms, send)

    if "{" not in path:
        return asgi(path, copy_scope=False)(answer)

    # A route of the server's own interface cannot have places in its path.
    async def answer_place() -> ASGIApp:
        return answer

    methods = [HttpMethod(method) for method in by_method]
    return route(path.replace("}", ":str}"), http_method=methods, status_code=200)(answer_place)


async def _read(scope: HTTPScope, receive: Receive) -> Call | None:
    """The request, whole; None when it is longer than any that makes sense."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > LONGEST_BODY:
            return None
        if not message["more_body"]:
            break
    # A framework's view of places has any name that the path gave it; there is one at most.
    places: Mapping[str, str] = scope.get("path_params", {})
    return Call(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        place=next(iter(places.values()), ""),
        headers=dict(scope["headers"]),
        body=body,
    )


async def _answered(desk: Desk, door: Door, call: Call | None) -> Answer:
    if call is None:
        return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not door.is_open and not _is_the_merchant(desk.keys, call):
        _log.warning("caller_refused", path=door.path)
        return _refusal(HTTPStatus.UNAUTHORIZED)
    try:
        return await door.work(desk, call)
    except (Malformed, msgspec.DecodeError) as error:
        # What the decoder says names the field and never repeats its value.
        return _refusal(HTTPStatus.BAD_REQUEST, str(error))


def _is_the_merchant(keys: Keys, call: Call) -> bool:
    api_key = call.headers.get(KEY_HEADER.encode(), b"")
    if not hmac.compare_digest(api_key, keys.api.encode()):
        return False
    signature = call.headers.get(SIGNATURE_HEADER.encode(), b"").decode("latin-1")
    parts = (call.method.encode(), call.target.encode(), call.body)
    return is_signed(signature, keys.signing, Purpose.REQUEST, *parts)


async def _send(answer: Answer, silence_ms: int, send: Send) -> None:
    if answer.is_dropped:
        await _drop(silence_ms, send)
        return
    headers = [
        (b"content-type", answer.media.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *_ALWAYS,
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _drop(silence_ms: int, send: Send) -> None:
    """Breaks the connection off: an answer that is begun and never ended."""
    await asyncio.sleep(silence_ms / _MILLIS)
    headers = [(b"content-type", JSON.encode()), (b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _refusal(status: HTTPStatus, said: str = "") -> Answer:
    return Answer(encode(Refused(said or status.phrase)), status=status)


_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
