"""Orders as staff reads them: of any partner, with all that happened to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bezant.checkout.views import OrderView
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import OrderId, PartnerId, ProductId
from bezant.kernel.money import Currency, Money
from bezant.orders.model import OrderStatus
from bezant.payments.model import AttemptState, PaymentMethod, PaymentState, RefundState


class SeveralOrders(BezantError):
    """More than one order is called so."""

    kind = Kind.CONFLICT
    text = "order.several"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderName:
    """Which order, and all that it is called. `partner` is the partner's code."""

    partner_id: PartnerId
    order_id: OrderId
    partner: str
    order_code: str
    increment_id: str
    currency: Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order as a line of a list. `customer` is empty once the person was forgotten."""

    name: OrderName
    customer: str
    ordered_at: datetime
    status: OrderStatus
    paid_total: Money
    method: PaymentMethod
    payment: PaymentState
    refunded: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersWanted:
    """Which orders a list is about; what is None does not narrow it."""

    partner_id: PartnerId | None
    status: OrderStatus | None
    at_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeTold:
    """One charge of an order's payment. `settled_by` is the leg that was first to say its end."""

    reference: str
    acquirer: str
    state: AttemptState
    is_surplus: bool
    is_3d: bool
    instalment: int
    whole: Money
    card: str
    transaction_id: str
    reason: str
    explanation: str
    settled_by: str | None
    started_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTold:
    """Money that went back, is to go back, or was refused to."""

    reference: str
    amount: Money
    state: RefundState
    asked_by: str
    reason: str
    tries: int
    explanation: str
    asked_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusTold:
    """A status that an order came to, because of what, and when."""

    status: OrderStatus
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """An order with all that happened to it, each list from the oldest to the newest."""

    name: OrderName
    view: OrderView
    serials: Mapping[ProductId, Sequence[str]]
    charges: Sequence[ChargeTold]
    refunds: Sequence[RefundTold]
    history: Sequence[StatusTold]
