"""The web application: the operations of the API and the pages beside them, on Litestar.

Litestar routes; the door does the rest. Invariant: whatever is asked, under `/partner` the
answer is an envelope.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from litestar import HttpMethod, Litestar, Request, Response, asgi, route
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from bezant.kernel.errors import BezantError
from bezant.web import envelope
from bezant.web.call import JSON, Answer, House
from bezant.web.codes import code_of
from bezant.web.door import Incoming, answer_request
from bezant.web.headers import read_headers
from bezant.web.operations import Operation
from bezant.web.partner.api import OPERATIONS
from bezant.web.pay.routes import PAGES as PAY_PAGES
from bezant.web.reference import page
from bezant.web.refusals import MethodNotAllowed, NoSuchPath, RequestMalformed
from bezant.web.site import PAGES
from bezant.web.tracing import Traced

OpenHouse = Callable[[], AbstractAsyncContextManager[House]]
"""Opens what the doors need, for as long as the application runs."""


def create_app(open_house: OpenHouse) -> Traced:
    """The application; it opens the house when the server starts it."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        async with open_house() as house:
            app.state.house = house
            yield

    litestar = Litestar(
        route_handlers=[*_routes(OPERATIONS), *PAGES, *page.PAGES, *PAY_PAGES],
        lifespan=[opened],
        openapi_config=None,
        exception_handlers={HTTPException: _not_routed},
        logging_config=None,
    )
    return Traced(litestar)


def _routes(operations: Sequence[Operation]) -> list[ASGIRouteHandler | HTTPRouteHandler]:
    """A route for each path; which operation of it is meant is told by the method."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [_route(path, by_method) for path, by_method in by_path.items()]


def _route(path: str, by_method: Mapping[str, Operation]) -> ASGIRouteHandler | HTTPRouteHandler:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            raise NotFoundException
        operation = by_method.get(scope["method"])
        if operation is None:
            raise MethodNotAllowedException(headers={"Allow": ", ".join(sorted(by_method))})
        house: House = scope["litestar_app"].state.house
        await _send(await answer_request(house, operation, Incoming(scope, receive)), send)

    if "{" not in path:
        # The door reads requests and makes answers itself: what a handler of the framework
        # does beside that would be a tenth of a request's time, done for nothing.
        return asgi(path, copy_scope=False)(answer)

    # A route of the server's own interface cannot have places in its path.
    async def answer_place() -> ASGIApp:
        return answer

    methods = [HttpMethod(method) for method in by_method]
    return route(path.replace("}", ":str}"), http_method=methods, status_code=200)(answer_place)


async def _send(answer: Answer, send: Send) -> None:
    length = (b"content-length", b"%d" % len(answer.body))
    own = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    media_type = (b"content-type", answer.media_type.encode())
    headers = [media_type, *_ALWAYS, length, *own]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


def _not_routed(request: Request[None, None, State], error: HTTPException) -> Response[bytes]:
    """The envelope of what the router refuses: no such path, or not with this method."""
    refused: BezantError = RequestMalformed()
    if isinstance(error, NotFoundException):
        refused = NoSuchPath()
    elif isinstance(error, MethodNotAllowedException):
        refused = MethodNotAllowed()
    request.scope["state"]["trace"].code = code_of(refused).code
    language = read_headers(request.scope["headers"]).language
    status, body = envelope.failure(refused, language)
    always = {name.decode(): value.decode() for name, value in _ALWAYS}
    headers = {**always, **(error.headers or {})}
    return Response(body, status_code=status, media_type=JSON, headers=headers)
