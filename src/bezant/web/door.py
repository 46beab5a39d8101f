"""The door: every request to the API goes through here, in this order.

    headers, body → authentication and admission → what was sent → the route → the envelope

A request has one connection to the database, from its admission to its answer, and waits
for nobody outside while it has it: the body is here before. An operation that has to wait for
somebody outside gives the connection back before it does. The door is one of the two
places that catch everything: a refusal becomes its envelope, and a defect becomes a 500
that names the request and tells nothing else.
"""

from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
import structlog
from litestar.types import HTTPScope, Receive

from bezant.kernel.errors import BezantError, DatabaseAway, Kind
from bezant.kernel.steps import Led
from bezant.partners.model import Admission
from bezant.web import envelope
from bezant.web.authentication import CredentialChanged, Knock, Visitor
from bezant.web.bodies import read_at_most
from bezant.web.call import Answer, Call, House, LongCall, Repetition
from bezant.web.codes import INTERNAL_ERROR_CODE, code_of
from bezant.web.headers import RequestHeaders, read_headers
from bezant.web.operations import MUTATING, Operation
from bezant.web.reading import read_body, read_fields, read_query
from bezant.web.refusals import (
    NonceStale,
    NotSignedIn,
    NotSupportedMediaType,
    TooManyRequests,
)
from bezant.web.tracing import Trace

MAX_BODY_BYTES: Final = 1024 * 1024
RETRY_UNAVAILABLE_S: Final = 5

_log: Final = structlog.get_logger("bezant.door")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as the server hands it over (ASGI's `scope` and `receive`)."""

    scope: HTTPScope
    receive: Receive


async def answer_request(house: House, operation: Operation, incoming: Incoming) -> Answer:
    """The answer to one request, whatever it is."""
    trace: Trace = incoming.scope["state"]["trace"]
    trace.operation = operation.name
    headers, now = read_headers(incoming.scope["headers"]), house.clock.now()
    visit = _Visit(house, operation, incoming, headers, now)
    limits: list[tuple[str, str]] = []
    try:
        try:
            answer = await _served(visit, trace, limits)
        except BezantError as error:
            # Saying no can itself meet a defect, such as an error without a code.
            trace.code = code_of(error).code
            answer = await refusal(house, error, headers, now=now)
    except Exception:  # noqa: BLE001 - the boundary: a defect is logged and told as a 500.
        _log.exception("defect", request_id=trace.request_id, operation=operation.name)
        trace.code = INTERNAL_ERROR_CODE
        answer = Answer(500, envelope.defect(headers.language, trace.request_id))
    return replace(answer, headers=answer.headers + tuple(limits))


async def refusal(
    house: House, error: BezantError, headers: RequestHeaders, *, now: datetime
) -> Answer:
    """A refusal's envelope, with the headers that tell a client what to do about it."""
    extra: tuple[tuple[str, str], ...] = ()
    if isinstance(error, DatabaseAway):
        house.authentication.doubt_epoch()
    if isinstance(error, NotSignedIn | NonceStale):
        try:
            offered = await house.authentication.challenge(
                stale=isinstance(error, NonceStale), now=now
            )
        except DatabaseAway as away:
            return await refusal(house, away, headers, now=now)
        extra = tuple(("WWW-Authenticate", challenge) for challenge in offered)
    elif isinstance(error, TooManyRequests):
        extra = (
            ("Retry-After", str(error.facts["seconds"])),
            ("RateLimit-Limit", str(error.facts["limit"])),
            ("RateLimit-Remaining", "0"),
            ("RateLimit-Reset", str(error.facts["seconds"])),
        )
    elif error.kind is Kind.UNAVAILABLE:
        extra = (("Retry-After", str(RETRY_UNAVAILABLE_S)),)
    status, body = envelope.failure(error, headers.language)
    return Answer(status, body, extra)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request on its way through the door."""

    house: House
    operation: Operation
    incoming: Incoming
    headers: RequestHeaders
    now: datetime


async def _served(visit: _Visit, trace: Trace, limits: list[tuple[str, str]]) -> Answer:
    """Lets the request in and has it answered; `limits` gets what is left of its allowance."""
    operation = visit.operation
    knock = _knock(visit)
    body = b"" if operation.body is None else await _body(visit.incoming, visit.headers)
    # Twice, for a credential that was changed since this process remembered it.
    for _ in range(2):
        with suppress(CredentialChanged):
            return await _received(visit, knock, body, trace, limits)
    raise NotSignedIn


async def _received(
    visit: _Visit, knock: Knock, body: bytes, trace: Trace, limits: list[tuple[str, str]]
) -> Answer:
    house, operation = visit.house, visit.operation
    async with AsyncExitStack() as held:
        connection = await held.enter_async_context(house.db.reading())
        visitor = await house.authentication.recognize(
            connection, knock, kind=operation.kind, scope=operation.scope
        )
        trace.partner = visitor.credential.partner.code
        trace.credential = visitor.credential.username
        try:
            guest = _Guest(visitor, Led(connection, visitor.admission), held, body)
            return await _attend(visit, guest)
        finally:
            if visitor.admitted is not None:
                limits += _limit_headers(visitor.admitted, visit.now)


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who was recognized, on a connection that is led by the admission, and what was sent."""

    visitor: Visitor
    led: Led
    held: AsyncExitStack
    body: bytes


async def _attend(visit: _Visit, guest: _Guest) -> Answer:
    """Has a request answered. Whatever else is said of it, its admission comes first."""
    carry_out = _carry_out_long if visit.operation.waits_outside else _carry_out
    try:
        answer = await carry_out(visit, guest)
    except BezantError:
        if guest.visitor.admitted is None:
            await guest.led.lead()
        raise
    if guest.visitor.admitted is None:
        await guest.led.lead()
    return answer


def _knock(visit: _Visit) -> Knock:
    """Who the request says that it is from. Raises `NotSignedIn` when it does not say."""
    if not visit.headers.authorization:
        raise NotSignedIn
    scope = visit.incoming.scope
    client = scope.get("client")
    return Knock(
        method=scope["method"],
        raw_path=scope["raw_path"],
        query=scope["query_string"],
        authorization=visit.headers.authorization,
        forwarded_for=visit.headers.forwarded_for,
        peer=client[0] if client else "",
        at=visit.now,
    )


async def _carry_out(visit: _Visit, guest: _Guest) -> Answer:
    headers = visit.headers
    channel, version = headers.channel(), headers.version()
    inputs = _inputs(visit, guest.body)
    call = Call(
        rules=visit.house.rules,
        connection=guest.led.connection,
        credential=guest.visitor.credential,
        language=headers.language,
        channel=channel,
        version=version,
        now=visit.now,
        takes_cards=bool(visit.house.till.acquirers),
        repetition=_repetition(visit, guest.body),
    )
    return await visit.operation.handler(call, *inputs)


async def _carry_out_long(visit: _Visit, guest: _Guest) -> Answer:
    headers = visit.headers
    channel, version = headers.channel(), headers.version()
    inputs = _inputs(visit, guest.body)
    call = LongCall(
        rules=visit.house.rules,
        house=visit.house,
        credential=guest.visitor.credential,
        language=headers.language,
        channel=channel,
        version=version,
        now=visit.now,
        connection=guest.led.connection,
        held=guest.held,
    )
    return await visit.operation.handler(call, *inputs)


def _inputs(visit: _Visit, body: bytes) -> list[msgspec.Struct]:
    """What was sent in path, query and body, in that order."""
    operation, scope = visit.operation, visit.incoming.scope
    inputs: list[msgspec.Struct] = []
    if operation.path_shape is not None:
        inputs.append(read_fields(operation.path_shape, scope["path_params"]))
    if operation.query is not None:
        inputs.append(read_query(operation.query, scope["query_string"]))
    if operation.body is not None:
        _require_json(visit.headers, body)
        inputs.append(read_body(operation.body, body))
    return inputs


def _repetition(visit: _Visit, body: bytes) -> Repetition | None:
    """What tells this request from another; None unless it is to be done only once."""
    key = visit.headers.key_for_repetition()
    if key is None or visit.operation.method not in MUTATING:
        return None
    scope = visit.incoming.scope
    method = scope["method"].encode()
    fingerprint = visit.house.fingerprint(method, scope["raw_path"], scope["query_string"], body)
    return Repetition(key, fingerprint)


async def _body(incoming: Incoming, headers: RequestHeaders) -> bytes:
    return await read_at_most(incoming.receive, headers, limit_bytes=MAX_BODY_BYTES)


def _require_json(headers: RequestHeaders, body: bytes) -> None:
    media_type = headers.content_type.partition(";")[0].strip().lower()
    if body and media_type not in {"", "application/json"}:
        raise NotSupportedMediaType


def _limit_headers(admission: Admission, now: datetime) -> tuple[tuple[str, str], ...]:
    """How much the credential may still ask for in this minute."""
    return (
        ("RateLimit-Limit", str(admission.limit)),
        ("RateLimit-Remaining", str(admission.remaining(now))),
        ("RateLimit-Reset", str(admission.whole_in_s(now))),
    )
