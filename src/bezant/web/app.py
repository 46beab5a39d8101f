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
from litestar.response.base import ASGIResponse

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
    async def answer(request: Request[None, None, State]) -> ASGIResponse:
        house: House = request.app.state.house
        return _response(await answer_request(house, operation, request))

    path = operation.path.replace("}", ":str}")
    return route(
        path,
        http_method=HttpMethod(operation.method),
        name=operation.name,
        status_code=200,
    )(answer)


def _response(answer: Answer) -> ASGIResponse:
    return ASGIResponse(
        body=answer.body,
        status_code=answer.status,
        media_type=JSON,
        headers=[*answer.headers, *_ALWAYS],
    )


_ALWAYS: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


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
    headers = {**dict(_ALWAYS), **(error.headers or {})}
    return Response(body, status_code=status, media_type=JSON, headers=headers)
