"""What the page says of each operation: fields, bounds, examples, refusals, as plain rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlencode

import msgspec

from bezant.kernel.texts import Language, Text, catalogue
from bezant.web import envelope
from bezant.web.codes import INTERNAL_ERROR_CODE, REGISTER
from bezant.web.operations import Operation
from bezant.web.reference.example import Example
from bezant.web.reference.examples import examples
from bezant.web.reference.failures import refusals_of
from bezant.web.reference.openapi import example_body
from bezant.web.reference.schemas import (
    JsonObject,
    description_of,
    properties_of,
    required_of,
    schemas_of,
    without_null,
)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a request or an answer. `depth` counts the objects that it stands in.

    `required` is for who sends it: no field of an answer is.
    """

    name: str
    depth: int
    kind: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A refusal: its code and its sentence, with the places that facts fill."""

    status: int
    code: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldTable:
    """The fields of a shape, what it is (`object`, `array of object`), what it says of itself."""

    kind: str = ""
    text: str = ""
    rows: Sequence[FieldRow] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One operation on the page."""

    operation: Operation
    parameters: FieldTable
    body: FieldTable
    answer: FieldTable
    request_example: str
    answer_example: str
    refusals: Sequence[ErrorRow]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A group of operations."""

    name: str
    anchor: str
    articles: Sequence[Article]


def chapters_of(
    operations: Sequence[Operation], *, base_url: str, language: Language
) -> Sequence[Chapter]:
    """The chapters in the order of the operations."""
    shown = examples(base_url)
    groups: dict[str, list[Article]] = {}
    for operation in operations:
        article = _article(operation, shown[operation.name], base_url, language)
        groups.setdefault(operation.group, []).append(article)
    return [
        _chapter(group.lower().replace(" ", "-"), articles, language)
        for group, articles in groups.items()
    ]


def _chapter(anchor: str, articles: Sequence[Article], language: Language) -> Chapter:
    return Chapter(Text(f"reference.chapter.{anchor}").into(language), anchor, articles)


def error_rows(language: Language) -> Sequence[ErrorRow]:
    """The whole register of codes."""
    sentences = catalogue(language)
    rows = {
        registered.code: ErrorRow(
            registered.status, registered.code, error.__name__, sentences[error.text]
        )
        # Of two refusals that share a code the first one stands for both.
        for error, registered in reversed(REGISTER.items())
    }
    defect = ErrorRow(500, INTERNAL_ERROR_CODE, "Defect", sentences["error.internal"])
    return sorted([*rows.values(), defect], key=lambda row: row.code)


def _article(operation: Operation, example: Example, base_url: str, language: Language) -> Article:
    by_code = {row.code: row for row in error_rows(language)}
    codes = dict.fromkeys(REGISTER[refusal].code for refusal in refusals_of(operation))
    return Article(
        operation=operation,
        parameters=_parameters(operation),
        body=_table(operation.body, is_sent=True),
        answer=_table(operation.returns, is_sent=False),
        request_example=_curl(operation, example, base_url),
        answer_example=_answer_example(operation, example),
        refusals=[by_code[code] for code in codes],
    )


def _answer_example(operation: Operation, example: Example) -> str:
    if operation.documents:
        return "\n".join(f"Content-Type: {each}" for each in operation.documents)
    answer = envelope.encoder.encode(envelope.Success(example.data))
    return msgspec.json.format(answer, indent=2).decode()


def _curl(operation: Operation, example: Example, base_url: str) -> str:
    target = operation.path
    for name, value in example.path.items():
        target = target.replace(f"{{{name}}}", value)
    if example.query:
        target += f"?{urlencode(example.query)}"
    lines = ['curl --digest --user "$BEZANT_USER:$BEZANT_SECRET"']
    if operation.method != "GET":
        lines.append(f"  --request {operation.method}")
    body = example_body(example)
    if body is not None:
        lines.append("  --header 'Content-Type: application/json'")
        lines.append(f"  --data {quote(msgspec.json.format(msgspec.json.encode(body)).decode())}")
    lines.append(f"  {quote(base_url + target)}")
    return " \\\n".join(lines)


def _parameters(operation: Operation) -> FieldTable:
    path = _table(operation.path_shape, is_sent=True)
    query = _table(operation.query, is_sent=True)
    return FieldTable(text=query.text, rows=[*path.rows, *query.rows])


def _table(shape: object, *, is_sent: bool) -> FieldTable:
    if shape is None:
        return FieldTable()
    (schema,), named = schemas_of([shape])
    root = _inner(_resolved(schema, named), named)
    # The first paragraph: those after it say of an operation what its text says, too.
    text = " ".join(description_of(root).partition("\n\n")[0].split())
    rows = _Lister(named, is_sent=is_sent).rows(root, depth=0)
    return FieldTable(_kind(schema, named), text, rows)


class _Lister:
    """Lists the fields of schemas. What is sent is never null; what is answered can be."""

    def __init__(self, named: Mapping[str, JsonObject], *, is_sent: bool) -> None:
        self._named = named
        self._is_sent = is_sent

    def rows(self, schema: JsonObject, *, depth: int) -> list[FieldRow]:
        """The fields of an object, each followed by those inside it.

        What nests in itself, as categories do, is listed once.
        """
        rows: list[FieldRow] = []
        required = required_of(schema) if self._is_sent else frozenset()
        for name, field in properties_of(schema).items():
            valued = without_null(field)
            told = _resolved(valued, self._named)
            inner = _inner(told, self._named)
            kind = _kind(valued if self._is_sent else field, self._named)
            described = description_of(valued) or description_of(told) or description_of(inner)
            rows.append(FieldRow(name, depth, kind, name in required, described))
            if inner is not schema:
                rows += self.rows(inner, depth=depth + 1)
        return rows


def _inner(schema: JsonObject, named: Mapping[str, JsonObject]) -> JsonObject:
    """What a list is a list of; of anything else itself."""
    items = schema.get("items")
    return _resolved(items, named) if isinstance(items, dict) else schema


def _resolved(schema: JsonObject, named: Mapping[str, JsonObject]) -> JsonObject:
    ref = schema.get("$ref")
    return named[str(ref).rpartition("/")[2]] if ref is not None else schema


def _kind(field: JsonObject, named: Mapping[str, JsonObject]) -> str:
    """A field's type and bounds in a few words: `string 1..110`, `integer 1..100`."""
    schema = _resolved(field, named)
    choices = schema.get("enum")
    if isinstance(choices, list):
        return " | ".join(str(choice) for choice in choices if choice != "")
    alternatives = schema.get("anyOf")
    if isinstance(alternatives, list):
        return " | ".join(_kind(each, named) for each in alternatives if isinstance(each, dict))
    if schema.get("type") == "array":
        items = schema.get("items")
        return f"array of {_kind(items, named)}" if isinstance(items, dict) else "array"
    words = [str(schema.get("format") or schema.get("type", "any"))]
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    least, most = schema.get("minimum"), schema.get("maximum")
    if shortest is not None and shortest == longest:
        words.append(f"of {shortest}")
    elif longest is not None:
        words.append(f"{shortest or 0}..{longest}")
    if least is not None and isinstance(most, int) and most < 2**53:
        words.append(f"{least}..{most}")
    if schema.get("pattern") is not None and longest is None:
        words.append(str(schema["pattern"]))
    return " ".join(words)
