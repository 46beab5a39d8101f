"""Orders as they are read: with their customer, items and payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from bezant.baskets.model import Days
from bezant.customers.model import Address, CustomerView
from bezant.kernel.ids import CartToken, CustomerId, OrderId, PartnerId, PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.orders.model import OrderSort, OrderStatus
from bezant.payments.acquirer import Challenge
from bezant.payments.model import AttemptState, PaymentMethod, PaymentState
from bezant.pricing.lines import Figures, ItemView


class ChargeView(msgspec.Struct, frozen=True, kw_only=True):
    """The charge that a payment stands on: the captured one, else the newest."""

    is_3d: bool
    is_live: bool
    instalment: int
    cost: int
    holder: str
    bin: str
    last_four: str
    expiry: str
    association: str
    customer_ip: str
    auth_mode: str
    transaction_id: str
    order_reference: str
    reason: str
    explanation: str


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it is read. Amounts are minor units of the order's currency."""

    token: PaymentToken
    method: PaymentMethod
    state: PaymentState
    amount: int
    cost: int
    refunded: int
    charge: ChargeView | None


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is read."""

    partner_id: PartnerId
    order_id: OrderId
    customer_id: CustomerId
    guid: UUID
    order_code: str
    increment_id: str
    token: CartToken
    external_id: str
    currency: Currency
    figures: Figures
    status: OrderStatus
    language: Language
    channel: str
    customer: CustomerView
    shipping_address: Address
    billing_address: Address
    note: str
    cargo_number: str
    cargo_url: str
    ordered_at: datetime
    payment: PaymentView
    items: Sequence[ItemView]

    @property
    def cost(self) -> Money:
        """What paying adds, as far as it is known."""
        charge = self.payment.charge
        if self.payment.cost or charge is None or not charge.is_live:
            return Money(self.payment.cost, self.currency)
        return Money(charge.cost, self.currency)


@dataclass(frozen=True, slots=True)
class PayLine:
    """A line of the order as the payment page shows it."""

    name: str
    amount: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBuyer:
    """Who pays for an order, in which language, and what the order is called."""

    customer_id: CustomerId
    name: str
    email: str
    phone: str
    language: Language
    order_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPage:
    """What the page of a payment stands on: the order, and the newest or captured charge."""

    state: PaymentState
    total: Money
    cost: Money
    is_hosted: bool
    language: Language
    order_number: str
    status: OrderStatus
    until: datetime
    seller: str
    attempt: AttemptState | None
    challenge: Challenge | None
    reason: str
    explanation: str
    lines: Sequence[PayLine]
    going_back: Money
    not_back: Money


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
