"""What an operation of the API is: its path, its shapes, its rights, its refusals.

One declaration serves three: the door reads the request by it, the reference document is
written from it, and the tests go through all of them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from bezant.kernel.errors import BezantError
from bezant.partners.model import RequestKind, Scope
from bezant.web.call import Answer

Handler = Callable[..., Awaitable[Answer]]
"""A route: takes the `Call` and then what was read of path, query and body, in that order."""


class Method(StrEnum):
    """The HTTP methods in use."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Group(StrEnum):
    """The chapters of the reference."""

    CATALOG = "Catalog"
    CUSTOMERS = "Customers"
    DIGITAL = "Digital metal"
    DELIVERY = "Deliveries"
    KYC = "Knowing customers"
    ADDRESSES = "Customer addresses"
    BASKETS = "Baskets"
    PAYMENTS = "Payments"
    CARDS = "Kept cards"
    BALANCES = "Balances"
    LEGAL = "Legal documents"
    CHECKOUT = "Checkout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. `path` writes its places as `{name}`; `returns` is the type of `data`.

    One that answers with a document has the media types of it in `documents`, and no `data`.
    `refusals` are those of the rooms; what every operation can be refused for is not in it.
    """

    method: Method
    path: str
    name: str
    group: Group
    scope: Scope
    summary: str
    text: str
    returns: object
    handler: Handler
    path_shape: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    refusals: tuple[type[BezantError], ...] = ()
    documents: tuple[str, ...] = ()
    waits_outside: bool = False
    """Whether it waits for somebody outside, and so is given no connection to hold."""

    @property
    def honours_idempotency_key(self) -> bool:
        """Whether an `Idempotency-Key` makes it happen once.

        What waits for somebody outside has a name of its own in the body that does.
        """
        return self.method in MUTATING and not self.waits_outside

    @property
    def kind(self) -> RequestKind:
        """From which allowance a request takes; reading a basket may price it, and reads."""
        return RequestKind.READ if self.method is Method.GET else RequestKind.WRITE


MUTATING: Final = frozenset({Method.POST, Method.PUT, Method.PATCH, Method.DELETE})
"""The methods that honour an `Idempotency-Key`."""
