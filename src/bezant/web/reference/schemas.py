"""The shapes of the API as JSON Schema, as OpenAPI 3.1 wants them.

msgspec writes the schemas; what it cannot know of our wire is put right here: a `Decimal`
is a JSON number, and an optional field that is absent is not null but simply not there.
"""

from collections.abc import Iterable
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
    """The fields of an object's schema, null taken out of the optional ones."""
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    return {name: _without_null(_as_object(field)) for name, field in properties.items()}


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
        return fields
    if isinstance(schema, list | tuple):
        return [_put_right(each) for each in schema]
    assert schema is None or isinstance(schema, str | int | float | bool)
    return schema  # type: ignore[return-value]  # an example may be a number with decimals.


def _without_null(schema: JsonObject) -> JsonObject:
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    kept = [each for each in choices if each != {"type": "null"}]
    if len(kept) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | _as_object(kept[0])


def _as_object(schema: Json) -> JsonObject:
    assert isinstance(schema, dict)
    return schema
