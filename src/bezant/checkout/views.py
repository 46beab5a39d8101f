"""Orders as they are read: with their customer, items and payment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from bezant.customers.model import Address, CustomerView
from bezant.kernel.ids import CartToken, CustomerId, OrderId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.orders.model import OrderStatus
from bezant.payments.views import PaymentView
from bezant.pricing.lines import Figures, ItemView


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
        return Money(self.payment.cost_so_far, self.currency)
