"""The verbs of the catalogue."""

from collections.abc import Sequence

from bezant.catalog import store
from bezant.catalog.model import (
    MAX_PRODUCTS,
    PHYSICAL_ASSETS,
    Category,
    NewCategory,
    NewProduct,
    NoSuchProduct,
    Product,
    ProductFilter,
    ProductOrder,
    category_tree,
)
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import ProductId
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language


async def list_products(
    connection: Connection,
    wanted: ProductFilter,
    *,
    order: tuple[ProductOrder, bool],
    language: Language,
    page: PageRequest,
) -> Page[Product]:
    """One page of the products on sale, ordered by `(what, descending)`."""
    return await store.select_products(
        connection, wanted, order=order, language=language, page=page
    )


async def all_products(connection: Connection, wanted: ProductFilter) -> list[Product]:
    """Every product on sale that is wanted, by id; at most `MAX_PRODUCTS`."""
    page = await store.select_products(
        connection,
        wanted,
        order=(ProductOrder.ID, False),
        language=Language.TR,
        page=PageRequest(1, MAX_PRODUCTS),
    )
    return list(page.rows)


async def find_product(
    connection: Connection, *, sku: str | None = None, product_id: ProductId | None = None
) -> Product:
    """The product on sale with this sku and id; both must fit. Raises `NoSuchProduct`."""
    product = await store.select_product(connection, sku=sku, product_id=product_id)
    if product is None:
        raise NoSuchProduct(product=sku or product_id or "")
    return product


async def products_by_id(
    connection: Connection, product_ids: Sequence[ProductId]
) -> dict[ProductId, Product]:
    """Products by id, withdrawn ones too."""
    return await store.select_products_by_id(connection, product_ids)


async def categories(connection: Connection) -> tuple[Category, ...]:
    """The tree of categories."""
    return category_tree(await store.select_categories(connection))


async def enter_category(tx: Tx, new: NewCategory) -> None:
    """Enters a category; one that is there already stays as it is."""
    await store.insert_category(tx, new)


async def enter_product(tx: Tx, new: NewProduct) -> ProductId | None:
    """Enters a product; None when its sku is there already or its category is not."""
    return await store.insert_product(tx, new, PHYSICAL_ASSETS[new.weight.metal])
