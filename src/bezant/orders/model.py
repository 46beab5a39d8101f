"""Orders, their statuses, and the ways between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

from bezant.customers.model import Address
from bezant.kernel.days import Days
from bezant.kernel.errors import BezantError, Invalid, Kind
from bezant.kernel.ids import CartToken, CustomerId, OrderId, PartnerId
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language
from bezant.pricing.lines import Figures, Line

CAUSE_LENGTH: Final = 110
"""How long what an order's history says of a change may be."""


class OrderStatus(IntEnum):
    """How far an order is; the numbers and names are the wire's."""

    CREATED = 1
    PENDING = 2
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    PREPARING = 6
    PACKED = 7
    SHIPPED = 8
    TRANSFERRING = 9
    REFUNDING = 10
    REFUNDED = 11
    PAYMENT_CONFIRMED = 12

    @property
    def shown(self) -> str:
        """The name on the wire, which is never translated."""
        return self.name.replace("_", " ").title()


class OrderSort(StrEnum):
    """What a list of orders may be sorted by."""

    CREATED_AT = "created_at"
    TOTAL = "total"
    CUSTOMER = "customer_external_id"
    TYPE = "type"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders of a partner a list is about; what is None does not narrow it."""

    partner_id: PartnerId
    external_customer_id: str | None = None
    sku: str | None = None
    statuses: frozenset[OrderStatus] | None = None
    days: Days | None = None
    sort: OrderSort = OrderSort.CREATED_AT
    descending: bool = True


WAYS: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAYMENT_CONFIRMED, OrderStatus.CANCELLED}),
    OrderStatus.PAYMENT_CONFIRMED: frozenset(
        {
            OrderStatus.PROCESSING,
            OrderStatus.PREPARING,
            OrderStatus.COMPLETED,
            OrderStatus.REFUNDING,
        }
    ),
    OrderStatus.PROCESSING: frozenset({OrderStatus.PREPARING, OrderStatus.REFUNDING}),
    OrderStatus.PREPARING: frozenset({OrderStatus.PACKED, OrderStatus.REFUNDING}),
    OrderStatus.PACKED: frozenset({OrderStatus.SHIPPED, OrderStatus.REFUNDING}),
    OrderStatus.SHIPPED: frozenset(
        {OrderStatus.TRANSFERRING, OrderStatus.COMPLETED, OrderStatus.REFUNDING}
    ),
    OrderStatus.TRANSFERRING: frozenset({OrderStatus.COMPLETED, OrderStatus.REFUNDING}),
    OrderStatus.COMPLETED: frozenset({OrderStatus.REFUNDING}),
    OrderStatus.REFUNDING: frozenset({OrderStatus.REFUNDED}),
}
"""Which status may follow which; none follows one that is not here."""

STAFF_WAYS: Final = frozenset(
    {
        OrderStatus.PROCESSING,
        OrderStatus.PREPARING,
        OrderStatus.PACKED,
        OrderStatus.SHIPPED,
        OrderStatus.TRANSFERRING,
        OrderStatus.COMPLETED,
    }
)
"""What staff may set by itself; the others follow from payments and refunds."""


class NoSuchOrder(BezantError):
    """The partner has no such order."""

    kind = Kind.NOT_FOUND
    text = "order.not_found"


class ExternalIdUsed(BezantError):
    """The partner's own id names another order already."""

    kind = Kind.CONFLICT
    text = "order.external_id_used"


class BasketOrdered(BezantError):
    """The basket has become an order under another id."""

    kind = Kind.CONFLICT
    text = "order.basket_ordered"


class NoWayThere(BezantError):
    """The order cannot go from its status to that one."""

    kind = Kind.CONFLICT
    text = "order.no_way_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order about to be entered; it takes over the names of its basket.

    `asked_mac` tells the call that asked for it from any other; see the schema.
    """

    partner_id: PartnerId
    order_id: OrderId
    guid: UUID
    order_code: str
    increment_id: str
    token: CartToken
    external_id: str
    asked_mac: bytes
    customer_id: CustomerId
    channel: str
    language: Language
    currency: Currency
    status: OrderStatus
    figures: Figures
    lines: Sequence[Line]
    shipping_address: Address
    billing_address: Address
    note: str
    hold_expires_at: datetime
    reserved_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as decisions need it, locked."""

    partner_id: PartnerId
    order_id: OrderId
    external_id: str
    asked_mac: bytes
    token: CartToken
    customer_id: CustomerId
    increment_id: str
    language: Language
    currency: Currency
    status: OrderStatus
    total_minor: int
    hold_expires_at: datetime
    reserved_until: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it still waits for its payment."""
        return self.status is OrderStatus.PENDING


@dataclass(frozen=True, slots=True)
class StatusChange:
    """From which status to which, because of what, and when."""

    before: OrderStatus
    after: OrderStatus
    cause: str
    at: datetime


def require_way(before: OrderStatus, after: OrderStatus) -> None:
    """Raises `NoWayThere` unless an order may go from one status to the other."""
    if after not in WAYS.get(before, frozenset()):
        raise NoWayThere(before=before.shown, after=after.shown)


def require_name(by: str) -> None:
    """Raises `Invalid` unless an order's history can say that it was they."""
    if not 1 <= len(by.strip()) <= len(by) <= CAUSE_LENGTH:
        raise Invalid.field("by", "field.length", min=1, max=CAUSE_LENGTH)
