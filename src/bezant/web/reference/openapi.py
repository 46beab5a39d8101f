"""The OpenAPI 3.1 document, written from the table of operations."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bezant import __version__
from bezant.web import envelope
from bezant.web.headers import DEFAULT_CHANNEL, LATEST_VERSION, MAX_CHANNEL_LENGTH, ApiVersion
from bezant.web.operations import Operation
from bezant.web.reading import SPELLINGS
from bezant.web.reference.example import Example
from bezant.web.reference.examples import examples
from bezant.web.reference.failures import (
    FAILURE,
    FAILURE_WITH_BASKET,
    LIMIT_HEADERS,
    failures_of,
)
from bezant.web.reference.schemas import (
    Json,
    JsonObject,
    description_of,
    properties_of,
    required_of,
    schemas_of,
    without_null,
)

OPENAPI_VERSION: Final = "3.1.0"


def openapi_document(operations: Sequence[Operation], *, base_url: str) -> bytes:
    """The document as JSON; the same operations always give the same bytes."""
    types: list[object] = []
    for operation in operations:
        types += [operation.path_shape, operation.query, operation.body, operation.returns]
    schemas, named = schemas_of([each for each in types if each is not None])
    by_type = dict(zip((id(each) for each in types if each is not None), schemas, strict=True))
    writer = _Writer(named, by_type, base_url)
    paths: JsonObject = {}
    for operation in operations:
        entry = paths.setdefault(operation.path, {})
        assert isinstance(entry, dict)
        entry[operation.method.lower()] = writer.operation(operation)
    parameters: JsonObject = {**_HEADERS, "IdempotencyKey": _IDEMPOTENCY_KEY}
    document: JsonObject = {
        "openapi": OPENAPI_VERSION,
        "info": _INFO,
        "servers": [{"url": base_url}],
        "security": [{"digest": []}],
        "tags": [{"name": group} for group in dict.fromkeys(o.group for o in operations)],
        "paths": paths,
        "components": {
            "securitySchemes": {"digest": _DIGEST},
            "parameters": parameters,
            "headers": _ANSWER_HEADERS,
            "schemas": {
                **writer.used,
                "Failure": FAILURE,
                "FailureWithBasket": FAILURE_WITH_BASKET,
            },
        },
    }
    return msgspec.json.format(envelope.encoder.encode(document), indent=1) + b"\n"


def example_body(example: Example) -> Json:
    """A request's body as it is sent: without the fields that are absent."""
    return None if example.body is None else _without_absent(_json(example.body))


def _json(value: object) -> Json:
    decoded: Json = msgspec.json.decode(envelope.encoder.encode(value))
    return decoded


def _without_absent(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {name: _without_absent(each) for name, each in value.items() if each is not None}


class _Writer:
    """Writes operations, with the schemas at hand."""

    def __init__(
        self, named: dict[str, JsonObject], by_type: dict[int, JsonObject], base_url: str
    ) -> None:
        self._named = named
        self._by_type = by_type
        self._examples = examples(base_url)
        # The shapes of paths and queries are told parameter by parameter.
        self.used: JsonObject = {
            name: schema
            for name, schema in named.items()
            if not name.endswith(("Query", "CustomerPath"))
        }

    def operation(self, operation: Operation) -> JsonObject:
        """One operation."""
        example = self._examples[operation.name]
        parameters: list[Json] = [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS]
        if operation.honours_idempotency_key and not operation.documents:
            parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
        parameters += self._parameters(operation.path_shape, "path", example)
        parameters += self._parameters(operation.query, "query", example)
        written: JsonObject = {
            "operationId": operation.name,
            "tags": [operation.group],
            "summary": operation.summary,
            "description": "\n\n".join(self._paragraphs(operation)),
            "parameters": parameters,
        }
        if operation.body is not None:
            content: JsonObject = {"schema": self._by_type[id(operation.body)]}
            content["example"] = example_body(example)
            written["requestBody"] = {
                "description": _BODY_RULES,
                "required": True,
                "content": {"application/json": content},
            }
        written["responses"] = {"200": self._success(operation, example), **failures_of(operation)}
        return written

    def _paragraphs(self, operation: Operation) -> list[str]:
        paragraphs = [operation.text, f"Scope: `{operation.scope}`."]
        if operation.query is not None:
            # A document has no other place for what holds for the parameters together.
            paragraphs.insert(1, description_of(self._named[operation.query.__name__]))
        return paragraphs

    def _parameters(
        self, shape: type[msgspec.Struct] | None, place: str, example: Example
    ) -> list[Json]:
        if shape is None:
            return []
        schema = self._named[shape.__name__]
        required = required_of(schema)
        values = example.path if place == "path" else example.query
        return [
            _parameter(
                name,
                without_null(field),
                place=place,
                required=name in required,
                value=values.get(name),
            )
            for name, field in properties_of(schema).items()
        ]

    def _success(self, operation: Operation, example: Example) -> JsonObject:
        headers = list(LIMIT_HEADERS)
        if operation.documents:
            headers.append("x-document-sha256")
            content: JsonObject = dict.fromkeys(operation.documents, _DOCUMENT)
        else:
            content = {"application/json": self._enveloped(operation, example)}
            if operation.honours_idempotency_key:
                headers.append("Idempotency-Replayed")
        return {
            "description": "Carried out.",
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
            "content": content,
        }

    def _enveloped(self, operation: Operation, example: Example) -> JsonObject:
        schema: JsonObject = {
            "type": "object",
            "required": ["data", "success", "code", "message"],
            "properties": {
                "data": self._by_type[id(operation.returns)],
                "success": {"const": True},
                "code": {"const": 0},
                "message": {"const": ""},
            },
        }
        return {"schema": schema, "example": _json(envelope.Success(example.data))}


def _parameter(
    name: str, field: JsonObject, *, place: str, required: bool, value: str | None
) -> JsonObject:
    described = str(field.get("description", ""))
    if place == "query" and not required:
        described = f"{described} Empty is the same as absent.".strip()
    if place == "query" and name in SPELLINGS:
        described = f"{described} `{SPELLINGS[name]}` is understood too."
    schema = {key: each for key, each in field.items() if key != "description"}
    parameter: JsonObject = {"name": name, "in": place, "required": required}
    parameter |= {"description": described, "schema": schema}
    if value is not None:
        parameter["example"] = int(value) if schema.get("type") == "integer" else value
    return parameter


_INFO: Final[JsonObject] = {
    "title": "Bezant partner API",
    "version": __version__,
    "description": (
        "Selling physical gold, silver, platinum and palladium at live prices. Every answer is "
        "an envelope of `data`, `success`, `code` and `message`; a `code` is the HTTP status and "
        "two digits, and is stable."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
_DIGEST: Final[JsonObject] = {
    "type": "http",
    "scheme": "digest",
    "description": "HTTP Digest of RFC 7616, SHA-256 or MD5, qop=auth.",
}
_HEADERS: Final[JsonObject] = {
    "ClientId": {
        "name": "x-client-id",
        "in": "header",
        "required": False,
        "description": "Through what the customer came. Empty or missing means `web`.",
        "schema": {"type": "string", "maxLength": MAX_CHANNEL_LENGTH, "default": DEFAULT_CHANNEL},
    },
    "ApiVersion": {
        "name": "api-version",
        "in": "header",
        "required": False,
        "description": "May come twice or empty; the last value that is not empty counts.",
        "schema": {
            "type": "string",
            "enum": [str(int(version)) for version in ApiVersion],
            "default": str(int(LATEST_VERSION)),
        },
    },
    "Language": {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "description": "`tr` or `en`; anything else falls back to `tr`.",
        "schema": {"type": "string", "default": "tr"},
    },
}
_IDEMPOTENCY_KEY: Final[JsonObject] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "A repetition with the same key within 24 hours gets the first answer again, with "
        "`Idempotency-Replayed: true`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_BODY_RULES: Final = (
    "An empty text and null are the same as an absent field; unknown fields are ignored. "
    "`external_customer_id` and `customer_external_id` stand for one another."
)
# A document is bytes, which JSON Schema has no type for.
_DOCUMENT: Final[JsonObject] = {"schema": {}}
_WHOLE: Final[JsonObject] = {"type": "integer", "minimum": 0}
_ANSWER_HEADERS: Final[JsonObject] = {
    "WWW-Authenticate": {
        "description": "Two challenges, SHA-256 and MD5. `stale=true` asks for another try.",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds until another try makes sense.", "schema": _WHOLE},
    "RateLimit-Limit": {"description": "Requests a minute.", "schema": _WHOLE},
    "RateLimit-Remaining": {"description": "Requests left at this moment.", "schema": _WHOLE},
    "RateLimit-Reset": {"description": "Seconds until it is whole again.", "schema": _WHOLE},
    "x-document-sha256": {
        "description": "The hash of the document's bytes, in hexadecimal.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
    "Idempotency-Replayed": {
        "description": "There on the repetition of a request: this is the first one's answer.",
        "schema": {"type": "string", "const": "true"},
    },
}
