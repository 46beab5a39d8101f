"""What is seen of every request from outside: an id, a line in the log, a few numbers.

Invariants: a log line names the operation and never the query, a body or a header that a
caller sent, so no secret, card number or personal data gets into it; metrics are labelled
by operation and never by customer.
"""

import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from litestar.enums import ScopeType
from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS: Final = Counter("bezant_requests", "Requests answered", ["operation", "method", "status"])
SECONDS: Final = Histogram(
    "bezant_request_seconds",
    "Time to answer a request",
    ["operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUEST_ID_HEADER: Final = b"x-request-id"
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9_.:-]{8,64}")

_log: Final = structlog.get_logger("bezant.requests")


@dataclass(slots=True)
class Trace:
    """What becomes known of a request while it is answered."""

    request_id: str
    operation: str = "none"
    partner: str | None = None
    credential: str | None = None
    code: int | None = None
    status: int = 500


class Traced:
    """The outermost layer: gives each request a `Trace`, in `scope["state"]["trace"]`."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answers one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        trace = Trace(_request_id(scope["headers"]))
        scope.setdefault("state", {})["trace"] = trace
        started = time.perf_counter()

        async def send_with_id(message: "Message") -> None:
            if message["type"] == "http.response.start":
                trace.status = message["status"]
                own = (REQUEST_ID_HEADER, trace.request_id.encode())
                message["headers"] = [*message["headers"], own]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _record(trace, scope["method"], time.perf_counter() - started)


def _request_id(headers: object) -> str:
    """The caller's own id of the request where it has a sound form, or a new one."""
    assert isinstance(headers, list | tuple)
    for name, value in headers:
        if name == REQUEST_ID_HEADER and _REQUEST_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return secrets.token_hex(12)


def _record(trace: Trace, method: str, seconds: float) -> None:
    REQUESTS.labels(trace.operation, _known(method), trace.status).inc()
    SECONDS.labels(trace.operation).observe(seconds)
    _log.info(
        "request",
        request_id=trace.request_id,
        operation=trace.operation,
        method=_known(method),
        status=trace.status,
        code=trace.code,
        partner=trace.partner,
        credential=trace.credential,
        ms=round(seconds * 1000, 2),
    )


_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _known(method: str) -> str:
    return method if method in _METHODS else "other"
