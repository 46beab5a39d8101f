"""Events, endpoints and deliveries: their types, and the bytes that go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

import msgspec

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import BasketId, OrderId, PartnerId, random_token
from bezant.kernel.metal import Metal

EndpointId = NewType("EndpointId", int)
EventId = NewType("EventId", str)
"""`evt_` and 26 characters of [A-Za-z0-9]: the `webhook-id` of an event, for ever."""
Stream = NewType("Stream", str)
"""What an event is about; events of one stream arrive in their order."""

MAX_ENDPOINTS: Final = 10
"""How many endpoints a partner may have: each event is written once for each of them."""
MAX_ERROR_LENGTH: Final = 300
OVERLAP_LIMIT: Final = timedelta(days=30)
SHORTEST_ABANDONMENT: Final = timedelta(minutes=5)
LONGEST_ABANDONMENT: Final = timedelta(days=30)

_encoder: Final = msgspec.json.Encoder(decimal_format="number")


class EventType(StrEnum):
    """What can happen."""

    ORDER_CREATED = "order.created"
    ORDER_STATUS_CHANGED = "order.status_changed"
    ORDER_COMPLETED = "order.completed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    DELIVERY_STATUS_CHANGED = "delivery.status_changed"
    BASKET_ABANDONED = "basket.abandoned"
    BALANCE_CHANGED = "balance.changed"
    PRICE_HALTED = "price.halted"
    PRICE_RESUMED = "price.resumed"


TEST_TYPE: Final = "webhook.test"
"""The type of what `bezant webhooks test` sends; nobody can ask for it or leave it out."""


class DeliveryState(StrEnum):
    """How far an event is on its way to an endpoint."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"


class NoSuchEndpoint(BezantError):
    """No endpoint has this number."""

    kind = Kind.NOT_FOUND
    text = "webhook.no_such_endpoint"


class EndpointExists(BezantError):
    """The partner already has an endpoint at this address."""

    kind = Kind.CONFLICT
    text = "webhook.endpoint_exists"


class TooManyEndpoints(BezantError):
    """The partner has as many endpoints as it may have."""

    kind = Kind.CONFLICT
    text = "webhook.too_many_endpoints"


def order_stream(order_id: OrderId) -> Stream:
    """The stream of an order: what becomes of it, its payment and its delivery."""
    return Stream(f"order:{order_id}")


def basket_stream(basket_id: BasketId) -> Stream:
    """The stream of a basket."""
    return Stream(f"basket:{basket_id}")


def metal_stream(metal: Metal) -> Stream:
    """The stream of whether a metal is sold."""
    return Stream(f"price:{metal}")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that has just happened.

    Whoever announces it holds the lock of what `stream` is about. `data` goes out as JSON,
    its decimals exact and its moments as RFC 3339 has them.
    """

    type: EventType
    stream: Stream
    data: msgspec.Struct


class Body(msgspec.Struct, frozen=True):
    """The body of a webhook."""

    type: str
    timestamp: datetime
    data: msgspec.Struct

    def encoded(self) -> bytes:
        """The bytes that are signed and sent."""
        return _encoder.encode(self)


@dataclass(frozen=True, slots=True)
class EndpointKey:
    """Names an endpoint, and its partner with it."""

    partner_id: PartnerId
    endpoint_id: EndpointId


@dataclass(frozen=True, slots=True)
class EndpointWanted:
    """An endpoint to be added. No `types` are all types."""

    url: str
    types: frozenset[EventType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a partner wants to be told. No `types` are all types."""

    key: EndpointKey
    url: str
    types: frozenset[EventType]
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecrets:
    """An endpoint's secret, and the one before it for as long as that one signs too."""

    current: bytes
    previous: bytes | None
    previous_until: datetime | None

    def signs_with_previous(self, now: datetime) -> bool:
        """Whether the overlap of the last rotation is not over."""
        return self.previous_until is not None and now < self.previous_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery whose turn it is: the first that waits in its stream."""

    number: int
    event_id: EventId
    body: bytes
    tries: int
    first_tried_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one try. `status` is None when there was no answer at all."""

    status: int | None
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has it: 200 to 299, and nothing else."""
        return self.status is not None and self.status in _SUCCESS

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more of anything."""
        return self.status == _GONE


_SUCCESS: Final = range(200, 300)
_GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a delivery stands after a try. `next_try_at` is None once it is settled."""

    number: int
    state: DeliveryState
    first_tried_at: datetime
    next_try_at: datetime | None
    status: int | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery as an operator sees it."""

    key: EndpointKey
    url: str
    event_id: EventId
    type: str
    stream: Stream
    state: DeliveryState
    tries: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """Which of a partner's deliveries are to be sent now; all that is said must fit.

    `undelivered_only` leaves out what has arrived.
    """

    partner_id: PartnerId
    event_id: EventId | None = None
    stream: Stream | None = None
    since: datetime | None = None
    undelivered_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    """After how long a partner's basket counts as abandoned, and where it is taken up again.

    `resume_url` has the place `{token}`. Baskets last changed up to (`done_until`,
    `done_basket_id`) have been looked at.
    """

    partner_id: PartnerId
    after: timedelta
    resume_url: str
    done_until: datetime
    done_basket_id: BasketId


def new_event_id() -> EventId:
    """The id of a new event."""
    return EventId(f"evt_{random_token(26)}")


def bodies(events: Sequence[NewEvent], *, now: datetime) -> list[bytes]:
    """The bytes that go out for events that happen at `now`."""
    return [Body(event.type, now, event.data).encoded() for event in events]
