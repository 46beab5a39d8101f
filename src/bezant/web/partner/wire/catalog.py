"""Products, prices and categories on the wire."""

from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from bezant.catalog.model import MAX_PRODUCTS, Category, Product, ProductFilter, ProductOrder
from bezant.kernel.errors import Invalid
from bezant.kernel.metal import Metal
from bezant.kernel.texts import Language, Text
from bezant.pricing.model import PricedProduct
from bezant.web.partner.wire.values import (
    Id,
    MoneyNumber,
    PageNumber,
    Sku,
    SpotNumber,
    money,
    spot,
    utc_micros,
)

MAX_SKUS: Final = 500
PICTURE_SIDES: Final = ("front", "back", "package")

CategorySlug = Annotated[str, Meta(min_length=1, max_length=64, examples=["gold-bars"])]


class SortBy(StrEnum):
    """What products may be sorted by."""

    ID = "id"
    NAME = "name"
    SALE_PRICE = "sale_price"
    STOCK = "stock"


class SortType(StrEnum):
    """In which direction a list is sorted."""

    ASC = "asc"
    DESC = "desc"


class ProductsQuery(Struct, frozen=True, kw_only=True):
    """Which products, how many to a page, in which order."""

    page: PageNumber
    total: Annotated[int, Meta(ge=5, le=100, description="Rows to a page.")]
    category: CategorySlug | None = None
    metal: Metal | None = None
    q: (
        Annotated[
            str, Meta(min_length=1, max_length=64, description="Words in name, sku or barcode.")
        ]
        | None
    ) = None
    in_stock: bool | None = None
    sort_by: SortBy | None = field(default=None, name="sortBy")
    sort_type: SortType | None = field(default=None, name="sortType")


class ProductQuery(Struct, frozen=True, kw_only=True):
    """Which product: by sku, by id, or by both, which then must fit together."""

    sku: Sku | None = None
    id: Id | None = None


class PricesQuery(Struct, frozen=True, kw_only=True):
    """Which products' prices; without a filter, all of them."""

    sku: (
        Annotated[
            str, Meta(min_length=1, max_length=11_000, description="One sku or a comma list.")
        ]
        | None
    ) = None
    category: CategorySlug | None = None


class BaseCurrency(Struct, frozen=True, kw_only=True):
    """The asset that a product is a piece of."""

    id: Id
    name: str
    symbol: str
    metal_type: str
    unit: str


class ProductCategory(Struct, frozen=True, kw_only=True):
    """The category of a product."""

    id: Id
    name: str
    slug: str


class WireProduct(Struct, frozen=True, kw_only=True):
    """A product with its present prices for the partner that asks."""

    id: Id
    name: str
    text: str
    barcode: str
    sku: str
    stock: int
    currency_code: str
    list_price: MoneyNumber
    sale_price: MoneyNumber
    product_images: tuple[str, ...]
    basecurrency: BaseCurrency
    category: ProductCategory


class ProductPrice(Struct, frozen=True, kw_only=True):
    """The present price of a product; all of one answer are from one moment."""

    id: Id
    sku: str
    currency_code: str
    spot_price: SpotNumber
    list_price: MoneyNumber
    sale_price: MoneyNumber
    stock: int
    updated_at: str


class WireCategory(Struct, frozen=True, kw_only=True):
    """A category and those below it."""

    id: Id
    name: str
    slug: str
    children: list["WireCategory"]


CATALOG_ORDERS: Final = {
    SortBy.ID: ProductOrder.ID,
    SortBy.NAME: ProductOrder.NAME,
    SortBy.STOCK: ProductOrder.STOCK,
}


def product_filter(query: ProductsQuery) -> ProductFilter:
    """The filter of a list of products."""
    return ProductFilter(
        category=query.category, metal=query.metal, words=query.q, in_stock=query.in_stock
    )


def prices_filter(query: PricesQuery) -> ProductFilter:
    """The filter of a list of prices. Raises `Invalid`."""
    skus = None
    if query.sku is not None:
        skus = tuple(sku.strip() for sku in query.sku.split(",") if sku.strip())
        if len(skus) > MAX_SKUS:
            raise Invalid({"sku": [Text("field.list_length", {"max": MAX_SKUS})]})
    return ProductFilter(skus=skus, category=query.category)


def wire_product(priced: PricedProduct, *, language: Language, base_url: str) -> WireProduct:
    """A product as it is answered."""
    product = priced.product
    asset, category = product.asset, product.category
    return WireProduct(
        id=product.product_id,
        name=product.name[language],
        text=product.text[language],
        barcode=product.barcode,
        sku=product.sku,
        stock=product.stock,
        currency_code=priced.quote.spot.currency,
        list_price=money(priced.list_price),
        sale_price=money(priced.quote.price),
        product_images=picture_urls(product.sku, base_url),
        basecurrency=BaseCurrency(
            id=asset.asset_id,
            name=asset.name,
            symbol=asset.symbol,
            metal_type=asset.metal,
            unit=asset.unit,
        ),
        category=ProductCategory(
            id=category.category_id, name=category.name[language], slug=category.slug
        ),
    )


def product_price(priced: PricedProduct) -> ProductPrice:
    """A price as it is answered."""
    product: Product = priced.product
    return ProductPrice(
        id=product.product_id,
        sku=product.sku,
        currency_code=priced.quote.spot.currency,
        spot_price=spot(priced.quote.spot),
        list_price=money(priced.list_price),
        sale_price=money(priced.quote.price),
        stock=product.stock,
        updated_at=utc_micros(priced.priced_at),
    )


def wire_category(category: Category, language: Language) -> WireCategory:
    """A category as it is answered, with all below it."""
    return WireCategory(
        id=category.category_id,
        name=category.name[language],
        slug=category.slug,
        children=[wire_category(child, language) for child in category.children],
    )


@lru_cache(maxsize=MAX_PRODUCTS)
def picture_urls(sku: str, base_url: str) -> tuple[str, ...]:
    """Where the pictures of a product are."""
    return tuple(f"{base_url}/pictures/{sku}/{side}.svg" for side in PICTURE_SIDES)
