"""Finds the way to a value inside an answer."""

from collections.abc import Mapping, Sequence
from decimal import Decimal


def at(data: object, *path: str | int) -> object:
    """The value at the end of a path of keys and places."""
    for step in path:
        if isinstance(step, int):
            assert isinstance(data, Sequence), data
            data = data[step]
        else:
            assert isinstance(data, Mapping), data
            data = data[step]
    return data


def rows_at(data: object, *path: str | int) -> list[Mapping[str, object]]:
    """The list of objects at the end of a path."""
    found = at(data, *path)
    assert isinstance(found, list), found
    return found


def amount_of(data: object, *path: str | int) -> Decimal:
    """The number at the end of a path, as the digits that were sent."""
    found = at(data, *path)
    assert isinstance(found, int | float), found
    return Decimal(str(found))
