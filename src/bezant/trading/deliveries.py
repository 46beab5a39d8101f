"""What is asked of a delivery, and what is told of one before it is ordered; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from bezant.catalog.model import Product
from bezant.customers.model import AddressDetails
from bezant.delivery.model import MAX_PIECES, Shipment, ShipmentStatus
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import PartnerId
from bezant.kernel.metal import Metal
from bezant.ledger.assets import METALS, Amount, Asset
from bezant.ledger.model import Balance
from bezant.trading.model import DigitalOrder


class DeliveryCostChanged(BezantError):
    """A delivery costs something else now than whoever orders it was shown."""

    kind = Kind.CONFLICT
    text = "delivery.cost_changed"


class PiecesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces of a product, out of a wallet of whom.

    Without a wallet it is the plain one of the product's metal.
    """

    partner_id: PartnerId
    customer: str
    sku: str
    amount: int
    wallet: Asset | None


class DeliveryWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is asked for. `asked_mac` tells this call from others.

    `shown` is what it may cost, where whoever asks was shown that. Cash is in minor units of
    the partner's currency.
    """

    pieces: PiecesWanted
    external_id: str | None
    ship_to: AddressDetails
    bill_to: AddressDetails | None
    topup_minor: int
    shown_minor: int | None
    channel: str
    asked_mac: bytes

    @property
    def partner_id(self) -> PartnerId:
        """Whose customer it is."""
        return self.pieces.partner_id


@dataclass(frozen=True, slots=True)
class Wallet:
    """An account of metal, and the products that what is free of it can become.

    `minted` are the skus of those that are made where too few are in stock.
    """

    balance: Balance
    products: Sequence[Product]
    minted: frozenset[str] = frozenset()

    def most(self, product: Product) -> int:
        """How many pieces of a product can be had of it at once."""
        there = MAX_PIECES if product.sku in self.minted else product.stock
        return min(self.balance.available.units // product.weight.micrograms, there, MAX_PIECES)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery as a line of a list. `customer` is empty once the person was forgotten."""

    partner_id: PartnerId
    guid: UUID
    partner: str
    order_code: str
    external_id: str | None
    customer: str
    ordered_at: datetime
    grams: Amount
    sku: str
    amount: int
    status: ShipmentStatus
    carrier: str
    tracking_number: str
    ship_to: AddressDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFile:
    """All that is known of a delivery; `partner` is its code, `serials` are of its pieces."""

    partner: str
    order: DigitalOrder
    shipment: Shipment
    serials: Sequence[str]


def wallet_of(metal: Metal) -> Asset:
    """The plain wallet of a metal: the one that trades and deliveries are of unless told."""
    return next(asset for asset in METALS if asset.metal is metal)


def grams_of(product: Product, amount: int, wallet: Asset) -> Amount:
    """What so many pieces take from a wallet: their fine metal, exactly."""
    return Amount(product.weight.micrograms * amount, wallet)
