"""Baskets, their lines and figures, and what adding and re-pricing mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final
from uuid import UUID

import msgspec

from bezant.customers.model import Address, AddressDetails, CustomerView
from bezant.kernel.days import Days
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import BasketId, CartToken, CustomerId, PartnerId, ProductId
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language
from bezant.pricing.lines import Figures, Goods, ItemView, Line, sum_lines
from bezant.pricing.model import PricedProduct, PricingTerms, Quote

MAX_LINES: Final = 50
"""How many different products one basket may hold."""
MAX_AMOUNT: Final = 9_999
"""How many pieces of one product one basket may hold."""


class BasketState(StrEnum):
    """Open until it becomes an order, and never again after that."""

    OPEN = "open"
    ORDERED = "ordered"


class NoSuchBasket(BezantError):
    """The customer has no open basket with this token."""

    kind = Kind.NOT_FOUND
    text = "basket.not_found"


class NotInBasket(BezantError):
    """The basket has no such product."""

    kind = Kind.NOT_FOUND
    text = "basket.item_not_found"


class BasketFull(BezantError):
    """The basket holds as many different products as it may."""

    kind = Kind.CONFLICT
    text = "basket.full"


class TooManyPieces(BezantError):
    """More pieces of one product than a basket may hold."""

    kind = Kind.CONFLICT
    text = "basket.too_many_pieces"


@dataclass(frozen=True, slots=True)
class BasketTerms:
    """By which rules baskets are priced, how long a price is held, and who reads them."""

    pricing: PricingTerms
    hold_life: timedelta
    language: Language


@dataclass(frozen=True, slots=True)
class BasketKey:
    """How a partner names a basket: whose it is, and its token."""

    partner_id: PartnerId
    external_customer_id: str
    token: CartToken


@dataclass(frozen=True)
class Basket:
    """A basket as it is changed: with all its lines by product."""

    basket_id: BasketId
    version: int
    """Counts its changes: who has read this one changes this one, or nothing."""
    partner_id: PartnerId
    customer_id: CustomerId
    token: CartToken
    currency: Currency
    hold_expires_at: datetime
    lines: Mapping[ProductId, Line]

    def is_expired(self, now: datetime) -> bool:
        """Whether the hold on its prices is over."""
        return now >= self.hold_expires_at

    @cached_property
    def figures(self) -> Figures:
        """The sums of the lines."""
        return sum_lines(list(self.lines.values()), self.currency)

    def with_amount(self, product_id: ProductId, amount: int) -> "Basket":
        """The basket with so many pieces of a product that it holds; none removes the line."""
        lines = dict(self.lines)
        if amount == 0:
            del lines[product_id]
        else:
            lines[product_id] = replace(lines[product_id], amount=amount)
        return replace(self, lines=lines)

    def with_line(self, quote: Quote, amount: int) -> "Basket":
        """The basket with a product that it did not hold. Raises `BasketFull`."""
        if len(self.lines) >= MAX_LINES:
            raise BasketFull(limit=MAX_LINES)
        position = 1 + max((line.position for line in self.lines.values()), default=0)
        return replace(self, lines={**self.lines, quote.product_id: Line(position, amount, quote)})

    def without_lines(self) -> "Basket":
        """The basket emptied."""
        return replace(self, lines={})

    def repriced(
        self, priced: Mapping[ProductId, PricedProduct], *, hold_expires_at: datetime
    ) -> "Basket":
        """The basket with every line at a new quote; what is no longer sold is dropped."""
        lines = {
            product_id: replace(line, quote=priced[product_id].quote)
            for product_id, line in self.lines.items()
            if product_id in priced
        }
        return replace(self, lines=lines, hold_expires_at=hold_expires_at)

    def costs_the_same_as(self, other: "Basket") -> bool:
        """Whether no line is gone and no price has moved."""
        return self.lines.keys() == other.lines.keys() and all(
            line.price == other.lines[product_id].price and line.tax == other.lines[product_id].tax
            for product_id, line in self.lines.items()
        )


@dataclass(frozen=True, slots=True)
class WholeBasket:
    """An open basket with all that a reader sees and an order takes over.

    `goods` tells of every product in it.
    """

    basket: Basket
    goods: Mapping[ProductId, Goods]
    guid: UUID
    increment_id: str
    channel: str
    ordered_at: datetime
    customer: CustomerView
    shipping_address: Address | None
    billing_address: Address | None

    def items(self) -> list[ItemView]:
        """Its lines as a reader sees them, in their order."""
        lines = sorted(self.basket.lines.values(), key=lambda line: line.position)
        return [line.view(self.goods[line.quote.product_id]) for line in lines]

    def view(self) -> "BasketView":
        """The basket as a reader sees it."""
        basket = self.basket
        return BasketView(
            basket_id=basket.basket_id,
            guid=self.guid,
            token=basket.token,
            increment_id=self.increment_id,
            currency=basket.currency,
            figures=basket.figures,
            hold_expires_at=basket.hold_expires_at,
            customer=self.customer,
            shipping_address=self.shipping_address,
            billing_address=self.billing_address,
            ordered_at=self.ordered_at,
            items=self.items(),
        )


@dataclass(frozen=True, slots=True)
class BasketBirth:
    """What a new basket starts with, its first lines among it.

    The basket has no number yet, and of its customer only the name that the partner uses.
    """

    guid: UUID
    basket: Basket
    goods: Mapping[ProductId, Goods]
    customer: str
    channel: str
    now: datetime
    addresses: tuple[Address | None, Address | None] = (None, None)
    """Shipping and billing."""


@dataclass(frozen=True, slots=True)
class NewAddresses:
    """What a basket's addresses are set to: some that are to be stored, some that were."""

    sent: Sequence[AddressDetails]
    found: Sequence[Address]


@dataclass(frozen=True, slots=True)
class LoadedBasket:
    """An open basket that comes in whole, with its past: not touched since `ordered_at`."""

    basket: Basket
    guid: UUID
    channel: str
    ordered_at: datetime
    shipping_address: Address | None
    billing_address: Address | None


def idle_slot(at: datetime) -> int:
    """Which ten minutes a moment lies in; the database's function of this name says the same."""
    return int(at.timestamp()) // 600


@dataclass(frozen=True, slots=True)
class Touched:
    """A basket as it is after a touch, and whether the touch moved a price that was shown."""

    view: "BasketView"
    repriced: bool


class BasketView(msgspec.Struct, frozen=True):
    """A basket as it is read: with its customer, addresses and items."""

    basket_id: BasketId
    guid: UUID
    token: CartToken
    increment_id: str
    currency: Currency
    figures: Figures
    hold_expires_at: datetime
    customer: CustomerView
    shipping_address: Address | None
    billing_address: Address | None
    ordered_at: datetime
    items: Sequence[ItemView]


@dataclass(frozen=True, slots=True)
class IncompleteFilter:
    """Whose baskets, of which days; no days means all of them."""

    partner_id: PartnerId
    external_customer_id: str
    days: Days | None
