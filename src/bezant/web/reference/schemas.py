"""The shapes of the API as JSON Schema, as OpenAPI 3.1 wants them.

msgspec writes the schemas; what it cannot know of our wire is put right here: a `Decimal`
is a JSON number, a description is a docstring without its indentation, and an optional field
has no null for a default.
"""

from collections.abc import Iterable
from inspect import cleandoc
from typing import Final, TypeAlias

import msgspec

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
"""A JSON value of a document that we write."""
JsonObject: TypeAlias = dict[str, Json]

REF: Final = "#/components/schemas/{name}"


def schemas_of(types: Iterable[object]) -> tuple[list[JsonObject], dict[str, JsonObject]]:
    """The schema of each type, and the named schemas that they refer to."""
    schemas, named = msgspec.json.schema_components(types, ref_template=REF)
    return [_as_object(_put_right(each)) for each in schemas], {
        name: _as_object(_put_right(schema)) for name, schema in named.items()
    }


def properties_of(schema: JsonObject) -> dict[str, JsonObject]:
    """The fields of an object's schema by name."""
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    return {name: _as_object(field) for name, field in properties.items()}


def without_null(schema: JsonObject) -> JsonObject:
    """The schema of a field that can be null, as it is when there is a value.

    A parameter of a path or a query is never null; it is there or not.
    """
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    kept = [each for each in choices if each != {"type": "null"}]
    if len(kept) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | _as_object(kept[0])


def description_of(schema: JsonObject) -> str:
    """What the schema says of itself, which may be nothing."""
    return str(schema.get("description", ""))


def required_of(schema: JsonObject) -> frozenset[str]:
    """The names of the fields that must be there."""
    required = schema.get("required", [])
    assert isinstance(required, list)
    return frozenset(str(name) for name in required)


def _put_right(schema: object) -> Json:
    if isinstance(schema, dict):
        fields = {str(name): _put_right(value) for name, value in schema.items()}
        if fields.get("format") == "decimal":
            del fields["format"]
            fields["type"] = "number"
        if fields.get("default", ...) is None:
            del fields["default"]
        if isinstance(described := fields.get("description"), str):
            fields["description"] = cleandoc(described)
        return fields
    if isinstance(schema, list | tuple):
        return [_put_right(each) for each in schema]
    assert schema is None or isinstance(schema, str | int | float | bool)
    return schema  # type: ignore[return-value]  # an example may be a number with decimals.


def _as_object(schema: Json) -> JsonObject:
    assert isinstance(schema, dict)
    return schema
