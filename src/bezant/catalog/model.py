"""Products, categories and assets as the trade knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import AssetId, CategoryId, OrderId, PartnerId, ProductId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.texts import Language

Translations = Mapping[Language, str]

MAX_PRODUCTS: Final = 5_000
"""How many products one snapshot of the whole catalogue may hold."""

PHYSICAL_ASSETS: Final[Mapping[Metal, AssetId]] = {
    Metal.GOLD: AssetId(1_000_006),
    Metal.SILVER: AssetId(1_000_007),
    Metal.PLATINUM: AssetId(1_000_008),
    Metal.PALLADIUM: AssetId(1_000_009),
}


class Shape(StrEnum):
    """What a piece looks like."""

    BAR = "bar"
    COIN = "coin"


class TaxClass(StrEnum):
    """What of a product's price is taxed; the rates are the pricing room's."""

    NONE = "none"
    ON_FULL_PRICE = "on_full_price"
    ON_CRAFTSMANSHIP = "on_craftsmanship"


class ProductOrder(StrEnum):
    """What a list of products may be sorted by inside the catalogue."""

    ID = "id"
    NAME = "name"
    STOCK = "stock"


class NoSuchProduct(BezantError):
    """No product on sale has this sku or id."""

    kind = Kind.NOT_FOUND
    text = "product.not_found"


class NotEnoughStock(BezantError):
    """More pieces were asked for than are left."""

    kind = Kind.CONFLICT
    text = "product.not_enough_stock"


class SerialsRefused(BezantError):
    """Serials came for a product that has none, or did not fit what was taken in."""

    kind = Kind.CONFLICT
    text = "product.serials_refused"


class PiecesWithoutSerials(BezantError):
    """There are pieces of the product, or sold ones that may come back, without serials."""

    kind = Kind.CONFLICT
    text = "product.pieces_without_serials"


class ReservationState(StrEnum):
    """What pieces are promised as: held while an order is paid, then sold, or given back."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class OrderRef:
    """Which order pieces are promised to."""

    partner_id: PartnerId
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class Reservation:
    """So many pieces of one product promised to an order."""

    product_id: ProductId
    amount: int
    state: ReservationState


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """How many pieces of a product came in, and where they are: left, held or sold."""

    sku: str
    name: str
    left: int
    held: int
    sold: int
    received: int
    has_serials: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceTold:
    """A piece with a serial, and the order that it is promised or sold to."""

    serial: str
    order: tuple[PartnerId, OrderId] | None
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """What a product is a piece of: physical gold, silver and so on. Weighed in `unit`."""

    asset_id: AssetId
    name: str
    symbol: str
    metal: Metal
    unit: str


@dataclass(frozen=True, slots=True)
class CategoryName:
    """A category as a product shows it."""

    category_id: CategoryId
    slug: str
    name: Translations


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the tree with what stands below it, in the operator's order."""

    category_id: CategoryId
    slug: str
    name: Translations
    children: tuple["Category", ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A piece that is sold. `weight` is what its metal value is priced on (fine metal)."""

    product_id: ProductId
    sku: str
    barcode: str
    asset: Asset
    category: CategoryName
    shape: Shape
    weight: Weight
    gross_weight: Weight
    fineness: int
    legend: str
    name: Translations
    text: Translations
    tax_class: TaxClass
    stock: int
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Which products a list is about; what is None does not narrow it.

    `category` is a slug and takes in all that stands below it. `words` is looked for in
    sku, barcode and the name in any language, without regard to case and accents.
    """

    skus: tuple[str, ...] | None = None
    category: str | None = None
    metal: Metal | None = None
    words: str | None = None
    in_stock: bool | None = None


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product as the operator enters it."""

    product_id: ProductId | None
    sku: str
    barcode: str
    category: str
    shape: Shape
    weight: Weight
    gross_weight: Weight
    fineness: int
    legend: str
    name: Translations
    text: Translations
    tax_class: TaxClass
    stock: int


@dataclass(frozen=True, slots=True)
class NewCategory:
    """A category as the operator enters it; its parent is entered before it."""

    slug: str
    parent: str | None
    name: Translations
    position: int


def category_tree(rows: "list[CategoryRow]") -> tuple[Category, ...]:
    """The tree of categories, from rows in the operator's order."""
    below: dict[CategoryId | None, list[CategoryRow]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)

    def branch(parent: CategoryId | None) -> tuple[Category, ...]:
        return tuple(
            Category(row.category_id, row.slug, row.name, branch(row.category_id))
            for row in below.get(parent, [])
        )

    return branch(None)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category and where it hangs."""

    category_id: CategoryId
    parent_id: CategoryId | None
    slug: str
    name: Translations
