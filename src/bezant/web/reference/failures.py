"""What an operation can be refused for, as the document says it: by status, with examples."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

import msgspec

from bezant.baskets.model import MAX_AMOUNT, MAX_LINES, BasketFull, TooManyPieces
from bezant.customers.kyc.model import KycLimitExceeded
from bezant.customers.model import MAX_ADDRESSES, TooManyAddresses
from bezant.kernel.errors import BezantError, DatabaseAway, Invalid
from bezant.kernel.texts import Fact, Language, Text
from bezant.partners.service.replies import KeyUsedForAnotherRequest, StillRunning
from bezant.payments.kept import MAX_CARDS, TooManyCards
from bezant.web.codes import INTERNAL_ERROR_CODE, REGISTER
from bezant.web.door import MAX_BODY_BYTES
from bezant.web.headers import ApiVersion
from bezant.web.operations import Operation
from bezant.web.reference.example import CUSTOMER, SKU, TOKEN
from bezant.web.reference.schemas import Json, JsonObject
from bezant.web.refusals import (
    AddressNotAllowed,
    BodyNotJson,
    BodyTooLarge,
    NonceStale,
    NotSignedIn,
    NotSupportedMediaType,
    RequestMalformed,
    ScopeMissing,
    TooManyRequests,
)

Refusals = tuple[type[BezantError], ...]

LIMIT_HEADERS: Final = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")

_PROPERTIES: Final[JsonObject] = {
    "data": {"type": "null"},
    "success": {"const": False},
    "code": {"type": "integer"},
    "message": {"type": "string"},
    "errors": {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
}

FAILURE: Final[JsonObject] = {
    "title": "Failure",
    "description": "A refusal. `errors` is there where fields are at fault.",
    "type": "object",
    "required": ["data", "success", "code", "message"],
    "properties": _PROPERTIES,
}
"""The schema of every refusal's envelope but one."""

FAILURE_WITH_BASKET: Final[JsonObject] = {
    **FAILURE,
    "title": "FailureWithBasket",
    "description": "A refusal that comes with the basket as it is now.",
    "properties": {
        **_PROPERTIES,
        "data": {"anyOf": [{"$ref": "#/components/schemas/EcomOrder"}, {"type": "null"}]},
    },
}
"""The schema of the envelope of expired prices."""

_ALWAYS: Final[Refusals] = (
    RequestMalformed,
    NotSignedIn,
    NonceStale,
    ScopeMissing,
    AddressNotAllowed,
    Invalid,
    TooManyRequests,
    DatabaseAway,
)
_WITH_BODY: Final[Refusals] = (BodyNotJson, BodyTooLarge, NotSupportedMediaType)
_MUTATING: Final[Refusals] = (StillRunning, KeyUsedForAnotherRequest)
_HEADERS: Final = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After", *LIMIT_HEADERS),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}


def refusals_of(operation: Operation) -> Refusals:
    """Everything that an operation can be refused for, in the order of the codes."""
    found = {*_ALWAYS, *operation.refusals}
    if operation.body is not None:
        found |= set(_WITH_BODY)
    if operation.honours_idempotency_key:
        found |= set(_MUTATING)
    return tuple(sorted(found, key=lambda each: REGISTER[each].code))


def failures_of(operation: Operation) -> JsonObject:
    """The answers of refusals by status, each with what its envelope says."""
    by_status: defaultdict[int, JsonObject] = defaultdict(dict)
    for refusal in refusals_of(operation):
        code = REGISTER[refusal]
        envelope = _envelope(code.code, _sentence(refusal, operation))
        if refusal is Invalid:
            envelope["errors"] = _field_at_fault(operation)
        by_status[code.status][refusal.__name__] = {
            "summary": str(code.code),
            "value": envelope,
        }
    defect = Text("error.internal", {"request_id": "3f1c9a5e77d04b21a6c8e0d2"})
    by_status[HTTPStatus.INTERNAL_SERVER_ERROR]["Defect"] = {
        "summary": str(INTERNAL_ERROR_CODE),
        "value": _envelope(INTERNAL_ERROR_CODE, defect.into(Language.EN)),
    }
    return {str(status): _answer(status, shown) for status, shown in sorted(by_status.items())}


def _envelope(code: int, message: str) -> JsonObject:
    return {"data": None, "success": False, "code": code, "message": message}


def _sentence(refusal: type[BezantError], operation: Operation) -> str:
    """The refusal's sentence, its places filled with facts that could be."""
    facts = {**_FACTS, "scope": operation.scope, "limit": _LIMITS.get(refusal, 0)}
    facts |= _OWN_FACTS.get(refusal, {})
    return Text(refusal.text, facts).into(Language.EN)


def _field_at_fault(operation: Operation) -> JsonObject:
    """A field that the operation cannot do without, or else the header that all have."""
    for name in _required_fields(operation):
        return {name: [Text("field.required").into(Language.EN)]}
    choices = ", ".join(str(int(version)) for version in ApiVersion)
    return {"api-version": [Text("field.choice", {"choices": choices}).into(Language.EN)]}


def _required_fields(operation: Operation) -> Iterator[str]:
    # What stands in a path is never missing.
    for shape in (operation.query, operation.body):
        for field in msgspec.structs.fields(shape) if shape is not None else ():
            if field.required:
                yield field.encode_name


def _answer(status: int, shown: JsonObject) -> JsonObject:
    name = "FailureWithBasket" if status == HTTPStatus.GONE else "Failure"
    schema: Json = {"$ref": f"#/components/schemas/{name}"}
    answer: JsonObject = {
        "description": f"{HTTPStatus(status).phrase}.",
        "content": {"application/json": {"schema": schema, "examples": shown}},
    }
    headers = _HEADERS.get(HTTPStatus(status), ())
    if headers:
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return answer


_FACTS: Final[Mapping[str, Fact]] = {
    "address": "203.0.113.7",
    "bytes": MAX_BODY_BYTES,
    "cart_token": TOKEN,
    "cost": "139.50 TRY",
    "currency": "EUR",
    "expected": "138.20 TRY",
    "external_id": CUSTOMER,
    "id": 66,
    "left": 2,
    "level": 1,
    "metal": Text("metal.gold"),
    "most": "5000 TRY",
    "product": SKU,
    "reason": "stocktaking",
    "reference": "cash_update TOPUP-2024-000123",
    "seconds": 12,
    "sku": SKU,
    "asset": "GAU",
    "available": "0.5",
    "wanted": "1",
}
# What these call so is something else than what the others do.
_OWN_FACTS: Final[Mapping[type[BezantError], Mapping[str, Fact]]] = {
    KycLimitExceeded: {"limit": Text("kyc.limit.order_value"), "wanted": "5000.01 TRY"},
}
_LIMITS: Final[Mapping[type[BezantError], int]] = {
    BasketFull: MAX_LINES,
    TooManyPieces: MAX_AMOUNT,
    TooManyAddresses: MAX_ADDRESSES,
    TooManyCards: MAX_CARDS,
    TooManyRequests: 600,
}
