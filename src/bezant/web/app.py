"""The web application: the operations of the API and the pages beside them, on Litestar.

Litestar routes; the door does the rest. Invariant: whatever is asked, under `/partner` the
answer is an envelope.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from litestar import HttpMethod, Litestar, Request, Response, route
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from bezant.kernel.errors import BezantError
from bezant.web import envelope
from bezant.web.call import Answer, House
from bezant.web.codes import code_of
from bezant.web.door import answer_request
from bezant.web.headers import read_headers
from bezant.web.operations import Operation
from bezant.web.partner.api import OPERATIONS
from bezant.web.reference import page
from bezant.web.refusals import MethodNotAllowed, NoSuchPath, RequestMalformed
from bezant.web.site import PAGES
from bezant.web.tracing import Traced

OpenHouse = Callable[[], AbstractAsyncContextManager[House]]
"""Opens what the doors need, for as long as the application runs."""

JSON: Final = "application/json"
"""The media type of every answer of the API."""


def create_app(open_house: OpenHouse) -> Traced:
    """The application; it opens the house when the server starts it."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        async with open_house() as house:
            app.state.house = house
            yield

    litestar = Litestar(
        route_handlers=[*_routes(OPERATIONS), *PAGES, *page.PAGES],
        lifespan=[opened],
        openapi_config=None,
        exception_handlers={HTTPException: _not_routed},
        logging_config=None,
    )
    return Traced(litestar)


def _routes(operations: Sequence[Operation]) -> list[HTTPRouteHandler]:
    return [_route(operation) for operation in operations]


def _route(operation: Operation) -> HTTPRouteHandler:
    async def answer(request: Request[None, None, State]) -> ASGIApp:
        house: House = request.app.state.house
        return _Rendered(await answer_request(house, operation, request))

    path = operation.path.replace("}", ":str}")
    return route(
        path,
        http_method=HttpMethod(operation.method),
        name=operation.name,
        status_code=200,
    )(answer)


class _Rendered:
    """An answer on its way out; whole as it is, so nothing of it is looked at again."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends the answer."""
        answer = self._answer
        length = (b"content-length", b"%d" % len(answer.body))
        own = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [*_ALWAYS, length, *own],
            }
        )
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})


_ALWAYS: Final = (
    (b"content-type", JSON.encode()),
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
