"""What an example is, and what all of them are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

CUSTOMER: Final = "6551eeaf4455bb5959555302"
TOKEN: Final = "oABVm4sOlCrpCpFkQdh1NkJrk1oofOAp"  # noqa: S105 - a basket's name, long gone.
SKU: Final = "MNT0001"


@dataclass(frozen=True, slots=True)
class Example:
    """A request's path, query and body, and the `data` of its answer."""

    data: object
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: msgspec.Struct | None = None
