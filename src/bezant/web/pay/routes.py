"""The paths under `/pay`, and the boundary where a refusal becomes a page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from litestar import HttpMethod, Response, route
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from bezant.kernel.errors import BezantError
from bezant.payments.views import Notice
from bezant.web.bodies import read_at_most
from bezant.web.call import House
from bezant.web.codes import INTERNAL_ERROR_CODE, code_of
from bezant.web.pay import keeping, paying
from bezant.web.pay.desk import Front, HouseKeepDesk, TillDesk
from bezant.web.pay.sheets import HTML, always, asset_answer
from bezant.web.pay.sorry import refused, sorry
from bezant.web.pay.visit import Incoming, Visit
from bezant.web.tracing import Trace

FrontOf = Callable[[House], Front]
"""What the pages need, out of the house."""
Work = Callable[[Visit], Awaitable[ASGIResponse]]
Refusal = Callable[[Visit, BezantError], ASGIResponse]

TEXT: Final = "text/plain"
PAYMENTS, CARDS = "/pay", "/pay/cards"
MAX_NOTICE_BYTES: Final = 64 * 1024

_log: Final = structlog.get_logger("bezant.pay")


@dataclass(frozen=True, slots=True)
class _Page:
    """One path and method. `name` is what the log and the numbers call it."""

    method: HttpMethod
    path: str
    name: str
    work: Work
    refusal: Refusal = refused


def pay_pages(front_of: FrontOf) -> list[HTTPRouteHandler]:
    """The pages, for the application."""
    return [_handler(page, front_of) for page in _PAGES]


def front_of_house(house: House) -> Front:
    """What the pages need, at the house's own till."""
    return Front(
        desk=TillDesk(house.till),
        cards=None if house.cards is None else HouseKeepDesk(house.cards),
        clock=house.clock,
        time_zone=house.rules.time_zone,
        base_url=house.rules.base_url,
        address_of=house.authentication.client_address,
    )


async def _notice(visit: Visit) -> ASGIResponse:
    """Hears an acquirer; whatever is not heard is sent again by it."""
    body = await read_at_most(visit.request.receive, visit.headers, limit_bytes=MAX_NOTICE_BYTES)
    # Of a header that came twice, the last counts.
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in visit.request.scope["headers"]
    }
    await visit.front.desk.hear_notice(visit.place("acquirer"), Notice(headers, body))
    return ASGIResponse(body=b"ok\n", media_type=TEXT, headers=always())


def _notice_refused(_visit: Visit, error: BezantError) -> ASGIResponse:
    """Acquirers read a status and no page."""
    status = code_of(error).status
    return ASGIResponse(body=b"no\n", status_code=status, media_type=TEXT, headers=always())


async def _asset(visit: Visit) -> ASGIResponse:
    return asset_answer(visit.place("name"), visit.place("tag"))


_GET, _POST = HttpMethod.GET, HttpMethod.POST
_PAGES: Final[Sequence[_Page]] = (
    _Page(_GET, "/pay/static/{tag:str}/{name:str}", "payAsset", _asset),
    _Page(_POST, "/pay/notices/{acquirer:str}", "hearNotice", _notice, _notice_refused),
    _Page(_GET, "/pay/{token:str}", "showPayment", paying.show),
    _Page(_POST, "/pay/{token:str}", "payByCard", paying.pay),
    _Page(_POST, "/pay/{token:str}/cancel", "giveUpPayment", paying.give_up),
    _Page(_GET, "/pay/{token:str}/return", "comeBack", paying.come_back),
    _Page(_POST, "/pay/{token:str}/return", "comeBack", paying.come_back),
    _Page(_GET, "/pay/{token:str}/callback/success", "paymentMade", paying.success),
    _Page(_GET, "/pay/{token:str}/callback/fail", "paymentFailed", paying.fail),
    _Page(_GET, "/pay/cards/{token:str}", "showKeeping", keeping.show),
    _Page(_POST, "/pay/cards/{token:str}", "keepCard", keeping.keep),
    _Page(_GET, "/pay/cards/{token:str}/return", "cameBack", keeping.came_back),
    _Page(_POST, "/pay/cards/{token:str}/return", "cameBack", keeping.came_back),
    _Page(_GET, "/pay/cards/{token:str}/callback/success", "cardKept", keeping.success),
    _Page(_GET, "/pay/cards/{token:str}/callback/fail", "cardNotKept", keeping.fail),
)


def _handler(page: _Page, front_of: FrontOf) -> HTTPRouteHandler:
    home = CARDS if page.path.startswith(CARDS) else PAYMENTS

    async def answer(request: Incoming) -> ASGIResponse:
        trace: Trace = request.scope["state"]["trace"]
        trace.operation = page.name
        visit = Visit.of(front_of(request.app.state.house), request, home)
        try:
            return await page.work(visit)
        except BezantError as error:
            trace.code = code_of(error).code
            return page.refusal(visit, error)

    def defect(request: Incoming, _error: Exception) -> Response[bytes]:
        trace: Trace = request.scope["state"]["trace"]
        trace.code = INTERNAL_ERROR_CODE
        _log.exception("defect", request_id=trace.request_id, operation=page.name)
        visit = Visit.of(front_of(request.app.state.house), request, home)
        drawn = sorry(visit, "defect", status=500, request_id=trace.request_id)
        return Response(drawn.body, status_code=500, media_type=HTML, headers=dict(always()))

    made = route(
        page.path,
        http_method=page.method,
        status_code=200,
        include_in_schema=False,
        exception_handlers={Exception: defect},
    )
    return made(answer)


PAGES: Final = pay_pages(front_of_house)
"""The pages before the house's own till, for the application."""
