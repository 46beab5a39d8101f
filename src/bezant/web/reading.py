"""Reads what a caller sent into a shape, and says all that is wrong with it at once.

A shape is a msgspec Struct whose annotations carry the bounds; the same annotations make
the reference document. Rules beyond the annotations:

- an empty text, null, or nothing at all is the same: the field is absent;
- a query's numbers, dates and truths are texts; a body's are not;
- unknown fields are ignored;
- the two spellings of the customer's id stand for one another;
- a text that no database can hold (NUL) is refused.

Invariant: whatever is sent, the result is the shape or `Invalid` naming the fields.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, TypeVar, cast
from urllib.parse import unquote_plus

import msgspec
from msgspec import inspect, structs

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Text
from bezant.web.refusals import BodyNotJson, RequestMalformed

Shape = TypeVar("Shape", bound=msgspec.Struct)

MAX_QUERY_FIELDS: Final = 100
MAX_QUERY_BYTES: Final = 8 * 1024

SPELLINGS: Final[Mapping[str, str]] = {
    "customer_external_id": "external_customer_id",
    "external_customer_id": "customer_external_id",
}
"""Names that stand for one another on input: the contract uses both by place."""

_json: Final[msgspec.json.Decoder[object]] = msgspec.json.Decoder(object, float_hook=Decimal)


def read_query(shape: type[Shape], raw: bytes) -> Shape:
    """Reads a query string. Raises `Invalid`, `RequestMalformed`."""
    return _read(shape, parse_query(raw), texts=True)


def read_fields(shape: type[Shape], fields: Mapping[str, object]) -> Shape:
    """Reads the places of a path, which are texts. Raises `Invalid`."""
    return _read(shape, fields, texts=True)


def read_body(shape: type[Shape], raw: bytes) -> Shape:
    """Reads a JSON body; no body at all is an empty object. Raises `Invalid`, `BodyNotJson`."""
    return _read(shape, parse_body(raw), texts=False)


def parse_query(raw: bytes) -> dict[str, object]:
    """A query string's fields; of one that comes twice the last counts."""
    if not raw:
        return {}
    if len(raw) > MAX_QUERY_BYTES:
        raise RequestMalformed
    fields: dict[str, object] = {}
    try:
        pairs = raw.decode().split("&", MAX_QUERY_FIELDS)
        if len(pairs) > MAX_QUERY_FIELDS:
            raise RequestMalformed
        for pair in pairs:
            name, _, value = pair.partition("=")
            fields[_decoded(name)] = _decoded(value)
    except UnicodeDecodeError:
        raise RequestMalformed from None
    return fields


def parse_body(raw: bytes) -> dict[str, object]:
    """A JSON object's fields, its decimals exact."""
    if not raw:
        return {}
    try:
        fields = _json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        raise BodyNotJson from None
    if not isinstance(fields, dict):
        raise BodyNotJson
    return cast("dict[str, object]", fields)


def _decoded(text: str) -> str:
    if "%" in text or "+" in text:
        return unquote_plus(text, errors="strict")
    return text


def _read(shape: type[Shape], fields: Mapping[str, object], *, texts: bool) -> Shape:
    reader = _Reader(texts=texts)
    read = reader.struct(shape, fields, path="")
    if reader.wrong:
        raise Invalid(reader.wrong)
    return cast("Shape", read)


class _Reader:
    """One reading: collects what is wrong while it goes through a shape's fields."""

    def __init__(self, *, texts: bool) -> None:
        self._texts = texts
        self.wrong: dict[str, list[Text]] = {}

    def struct(
        self, shape: type[msgspec.Struct], fields: Mapping[str, object], *, path: str
    ) -> object:
        """The shape read from `fields`, or None when something was wrong."""
        values: dict[str, object] = {}
        sound = True
        for place in _places(shape):
            value = _sent(fields, place.wire_name)
            where = f"{path}{place.wire_name}"
            if value is None:
                if place.required:
                    self._blame(where, Text("field.required"))
                    sound = False
                continue
            read = self._value(place, value, path=where)
            sound = sound and read is not _WRONG
            values[place.name] = read
        return shape(**values) if sound else _WRONG

    def _value(self, place: "_Place", value: object, *, path: str) -> object:
        if place.nested is not None:
            return self._nested(place.nested, value, path=path)
        if place.nested_list is not None:
            return self._list(place, value, path=path)
        fault = (
            _unholdable(value)
            or _past_its_end(place.kind, value)
            or _no_number(place.kind, value, texts=self._texts)
        )
        if fault is None:
            try:
                return msgspec.convert(value, place.annotation, strict=not self._texts)
            except msgspec.ValidationError:
                fault = _fault(place.kind, value)
        self._blame(path, fault)
        return _WRONG

    def _nested(self, shape: type[msgspec.Struct], value: object, *, path: str) -> object:
        if not isinstance(value, dict):
            self._blame(path, Text("field.object"))
            return _WRONG
        return self.struct(shape, value, path=f"{path}.")

    def _list(self, place: "_Place", value: object, *, path: str) -> object:
        assert place.nested_list is not None
        shape, longest = place.nested_list
        if not isinstance(value, list):
            self._blame(path, Text("field.list"))
            return _WRONG
        if len(value) > longest:
            self._blame(path, Text("field.list_length", {"max": longest}))
            return _WRONG
        read = [self._nested(shape, v, path=f"{path}.{i}") for i, v in enumerate(value)]
        return _WRONG if any(each is _WRONG for each in read) else read

    def _blame(self, path: str, text: Text) -> None:
        self.wrong.setdefault(path, []).append(text)


_WRONG: Final = object()


@dataclass(frozen=True, slots=True)
class _Place:
    """A field of a shape, looked at once."""

    name: str
    wire_name: str
    required: bool
    annotation: object
    kind: inspect.Type
    nested: type[msgspec.Struct] | None
    nested_list: tuple[type[msgspec.Struct], int] | None


@cache
def _places(shape: type[msgspec.Struct]) -> tuple[_Place, ...]:
    kinds = {field.name: field.type for field in _struct_kind(shape).fields}
    return tuple(_place(field, kinds[field.name]) for field in structs.fields(shape))


def _struct_kind(shape: type[msgspec.Struct]) -> inspect.StructType:
    kind = inspect.type_info(shape)
    assert isinstance(kind, inspect.StructType)
    return kind


def _place(field: structs.FieldInfo, kind: inspect.Type) -> _Place:
    kind = _without_null(kind)
    nested_list = None
    if isinstance(kind, inspect.ListType) and isinstance(kind.item_type, inspect.StructType):
        assert kind.max_length is not None, f"{field.name} has no greatest length"
        nested_list = (kind.item_type.cls, kind.max_length)
    return _Place(
        name=field.name,
        wire_name=field.encode_name,
        required=field.required,
        annotation=field.type,
        kind=kind,
        nested=kind.cls if isinstance(kind, inspect.StructType) else None,
        nested_list=nested_list,
    )


def _without_null(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if not isinstance(kind, inspect.UnionType):
        return kind
    others = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
    assert len(others) == 1, "a field is of one type, or null"
    return _without_null(others[0])


def _sent(fields: Mapping[str, object], name: str) -> object | None:
    value = fields.get(name)
    if value is None or value == "":
        other = SPELLINGS.get(name)
        value = fields.get(other) if other else None
    return None if value == "" else value


def _unholdable(value: object) -> Text | None:
    if isinstance(value, str) and "\x00" in value:
        return Text("field.unholdable")
    return None


def _past_its_end(kind: inspect.Type, value: object) -> Text | None:
    """A line end after what a pattern describes: Python's `$` would let it through."""
    if isinstance(kind, inspect.StrType) and kind.pattern and isinstance(value, str):
        return Text("field.pattern") if value.endswith("\n") else None
    return None


def _no_number(kind: inspect.Type, value: object, *, texts: bool) -> Text | None:
    """A text where a body has a number, or one that no number compares with, as `NaN`."""
    if not isinstance(kind, inspect.DecimalType) or not isinstance(value, str):
        return None
    try:
        is_number = texts and Decimal(value).is_finite()
    except ArithmeticError:
        is_number = False
    return None if is_number else Text("field.type")


def _fault(kind: inspect.Type, value: object) -> Text:
    """What is wrong with a value that is not of its kind, or out of its bounds."""
    for expected, explain in _EXPLANATIONS.items():
        if isinstance(kind, expected):
            return explain(kind, value)
    return Text("field.type")


def _text_fault(kind: inspect.Type, value: object) -> Text:
    assert isinstance(kind, inspect.StrType)
    if not isinstance(value, str):
        return Text("field.text")
    shortest, longest = kind.min_length or 0, kind.max_length
    if longest is None or shortest <= len(value) <= longest:
        return Text("field.pattern")
    if shortest == longest:
        return Text("field.exact_length", {"length": longest})
    return Text("field.length", {"min": shortest, "max": longest})


def _number_fault(kind: inspect.Type, value: object) -> Text:
    assert isinstance(kind, inspect.IntType)
    try:
        whole = int(value) if isinstance(value, str) else value
    except ValueError:
        return Text("field.integer")
    if type(whole) is not int:
        return Text("field.integer")
    if kind.le is None:
        return Text("field.at_least", {"min": kind.ge or 0})
    return Text("field.range", {"min": kind.ge or 0, "max": kind.le})


def _choice_fault(kind: inspect.Type, _value: object) -> Text:
    assert isinstance(kind, inspect.EnumType)
    return Text(
        "field.choice", {"choices": ", ".join(str(each.value) for each in kind.cls if each.value)}
    )


def _list_fault(kind: inspect.Type, value: object) -> Text:
    assert isinstance(kind, inspect.ListType)
    if isinstance(value, Sequence) and kind.max_length is not None and len(value) > kind.max_length:
        return Text("field.list_length", {"max": kind.max_length})
    return Text("field.list")


_EXPLANATIONS: Final[Mapping[type[inspect.Type], Callable[[inspect.Type, object], Text]]] = {
    inspect.StrType: _text_fault,
    inspect.IntType: _number_fault,
    inspect.EnumType: _choice_fault,
    inspect.ListType: _list_fault,
    inspect.DateType: lambda _kind, _value: Text("field.date"),
    inspect.BoolType: lambda _kind, _value: Text("field.boolean"),
}
