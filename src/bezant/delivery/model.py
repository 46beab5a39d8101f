"""Shipments, their statuses and the ways between them; no I/O."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from bezant.catalog.model import OrderRef, Product
from bezant.customers.model import AddressDetails
from bezant.kernel.errors import BezantError, Invalid, Kind
from bezant.kernel.ids import OrderId, PartnerId, ProductId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.money import Money, total_of
from bezant.kernel.texts import Language
from bezant.orders.model import OrderStatus, require_name
from bezant.pricing.model import Quote

MAX_PIECES: Final = 1_000
CARRIER_LENGTH: Final = 60
TRACKING_NUMBER_LENGTH: Final = 110
TRACKING_URL_LENGTH: Final = 500
_PROMISES: Final = 2**62


class ShipmentStatus(StrEnum):
    """How far pieces are."""

    ORDERED = "ordered"
    PREPARING = "preparing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"

    @property
    def of_order(self) -> OrderStatus:
        """What the order has for it."""
        return _OF_ORDER[self]


_OF_ORDER: Final = {
    ShipmentStatus.ORDERED: OrderStatus.CREATED,
    ShipmentStatus.PREPARING: OrderStatus.PREPARING,
    ShipmentStatus.SHIPPED: OrderStatus.SHIPPED,
    ShipmentStatus.DELIVERED: OrderStatus.COMPLETED,
    ShipmentStatus.CANCELLED: OrderStatus.CANCELLED,
}

WAYS: Final[Mapping[ShipmentStatus, frozenset[ShipmentStatus]]] = {
    ShipmentStatus.ORDERED: frozenset(
        {ShipmentStatus.PREPARING, ShipmentStatus.SHIPPED, ShipmentStatus.CANCELLED}
    ),
    ShipmentStatus.PREPARING: frozenset({ShipmentStatus.SHIPPED, ShipmentStatus.CANCELLED}),
    ShipmentStatus.SHIPPED: frozenset({ShipmentStatus.DELIVERED}),
}
"""Which status may follow which; none follows one that is not here."""


class NoWayForShipment(BezantError):
    """The shipment cannot go from its status to that one."""

    kind = Kind.CONFLICT
    text = "delivery.no_way_there"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What it costs to make a product of grams and to send it, all pieces together."""

    minting: Money
    insurance: Money
    shipping: Money
    tax: Money
    tax_rate: int

    @property
    def price(self) -> Money:
        """Without tax."""
        return total_of(self.minting, self.insurance, self.shipping)

    @property
    def total(self) -> Money:
        """With the tax."""
        return self.price + self.tax


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Who carries it, and how it is followed; an empty text is not known."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""

    @property
    def is_followed(self) -> bool:
        """Whether it can be followed on its way."""
        return bool(self.tracking_number or self.tracking_url)


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces of a product, as it was called and weighed when they were ordered."""

    product_id: ProductId
    sku: str
    name: Mapping[Language, str]
    weight: Weight
    amount: int

    @classmethod
    def of(cls, product: Product, amount: int) -> "Goods":
        """So many pieces of a product of the catalogue."""
        return cls(
            product_id=product.product_id,
            sku=product.sku,
            name=product.name,
            weight=product.weight,
            amount=amount,
        )

    @property
    def fine_weight(self) -> Weight:
        """The metal in all pieces."""
        return self.weight * self.amount


class Change(msgspec.Struct, frozen=True, array_like=True):
    """To which status, because of whom, and when."""

    status: ShipmentStatus
    cause: str
    at: datetime


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces on their way, with every status that they have had; costs are in minor units.

    They are promised out of stock, or minted for it.
    """

    goods: Goods
    minted: bool
    minting: int
    insurance: int
    shipping: int
    ship_to: AddressDetails
    bill_to: AddressDetails | None
    status: ShipmentStatus
    parcel: Parcel
    changes: Sequence[Change]

    def taken_on(self, change: Change, parcel: Parcel) -> "Shipment":
        """As it is after a change."""
        changes = (*self.changes, change)
        return msgspec.structs.replace(self, status=change.status, parcel=parcel, changes=changes)


class ShipmentTold(msgspec.Struct, frozen=True, array_like=True):
    """A shipment as it is read beside other things."""

    product_id: ProductId
    sku: str
    name: Mapping[Language, str]
    weight_ug: int
    amount: int
    minting: int
    insurance: int
    shipping: int
    ship_to: AddressDetails
    bill_to: AddressDetails | None
    status: ShipmentStatus
    carrier: str
    tracking_number: str
    tracking_url: str
    minted: bool
    changes: Sequence[Change] = ()

    def shipment(self, metal: Metal) -> Shipment:
        """What it tells of."""
        return Shipment(
            goods=Goods(
                product_id=self.product_id,
                sku=self.sku,
                name=self.name,
                weight=Weight(self.weight_ug, metal),
                amount=self.amount,
            ),
            minted=self.minted,
            minting=self.minting,
            insurance=self.insurance,
            shipping=self.shipping,
            ship_to=self.ship_to,
            bill_to=self.bill_to,
            status=self.status,
            parcel=Parcel(
                carrier=self.carrier,
                tracking_number=self.tracking_number,
                tracking_url=self.tracking_url,
            ),
            changes=self.changes,
        )


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """To which status staff takes a shipment, and who. What of the parcel is None stays."""

    to: ShipmentStatus
    by: str
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None

    def onto(self, parcel: Parcel) -> Parcel:
        """The parcel with what this says of it."""
        return Parcel(
            carrier=parcel.carrier if self.carrier is None else self.carrier,
            tracking_number=(
                parcel.tracking_number if self.tracking_number is None else self.tracking_number
            ),
            tracking_url=parcel.tracking_url if self.tracking_url is None else self.tracking_url,
        )

    def require_sayable(self) -> None:
        """Raises `Invalid` for who did it and for what it says of the parcel."""
        require_name(self.by)
        for field, text, most in (
            ("carrier", self.carrier, CARRIER_LENGTH),
            ("tracking-number", self.tracking_number, TRACKING_NUMBER_LENGTH),
            ("tracking-url", self.tracking_url, TRACKING_URL_LENGTH),
        ):
            if len(text or "") > most:
                raise Invalid.field(field, "field.length", min=0, max=most)
        # It becomes a link in somebody's page, so it is one and runs nothing.
        if self.tracking_url and not _is_web_address(self.tracking_url):
            raise Invalid.field("tracking-url", "field.pattern")


def cost_of(quote: Quote, amount: int) -> Cost:
    """What so many pieces cost of which the metal is there: no metal value, no commission.

    Only the cost is taxed, at the product's rate: the metal was bought before.
    """
    parts = total_of(quote.minted_markup, quote.insurance, quote.shipping) * amount
    return Cost(
        minting=quote.minted_markup * amount,
        insurance=quote.insurance * amount,
        shipping=quote.shipping * amount,
        tax=parts.share(basis_points=quote.tax_rate),
        tax_rate=quote.tax_rate,
    )


def require_way(before: ShipmentStatus, after: ShipmentStatus) -> None:
    """Raises `NoWayForShipment` unless a shipment may go from one status to the other."""
    if after not in WAYS.get(before, frozenset()):
        raise NoWayForShipment(before=before, after=after)


def promise_of(partner_id: PartnerId, guid: UUID) -> OrderRef:
    """Under which name the stockroom promises a shipment's pieces.

    Orders of the shop have numbers above zero there, and this has one below: 62 random bits of
    the guid, which is known before the order has a number.
    """
    return OrderRef(partner_id, OrderId(-1 - guid.int % _PROMISES))


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
