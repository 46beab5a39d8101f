"""Products and categories in the database."""

from typing import TYPE_CHECKING, Final

import msgspec

from bezant.catalog.model import (
    Asset,
    CategoryName,
    CategoryRow,
    NewCategory,
    NewProduct,
    Product,
    ProductFilter,
    ProductOrder,
    Shape,
    TaxClass,
    Translations,
)
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import AssetId, CategoryId, ProductId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.steps import Step
from bezant.kernel.texts import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

_TRANSLATIONS = msgspec.json.Decoder(dict[Language, str])
_ON_SALE: Final = msgspec.json.Decoder(Product)

_PRODUCT_COLUMNS: Final = """
    p.product_id, p.sku, p.barcode, p.shape, p.metal, p.weight_ug, p.gross_weight_ug, p.fineness,
    p.legend, p.name, p.text, p.tax_class, p.stock, p.withdrawn_at, a.asset_id,
    a.name AS asset_name, a.symbol, a.unit, c.category_id, c.slug, c.name AS category_name
"""

# Folds case and the accents of Turkish, so that "ceyrek" finds "Çeyrek" and Ç sorts by C.
_FOLDED: Final = "translate(lower({}), 'çğıöşüâîû', 'cgiosuaiu')"

_NAMES: Final = "(SELECT string_agg(n.value, ' ') FROM jsonb_each_text(p.name) n)"

_MATCHES: Final = f"""
    p.withdrawn_at IS NULL
    AND ($1::text[] IS NULL OR p.sku = ANY ($1))
    AND ($2::text IS NULL OR p.category_id IN (
        WITH RECURSIVE below AS (
            SELECT category_id FROM category WHERE slug = $2
            UNION ALL
            SELECT k.category_id FROM category k JOIN below b ON k.parent_id = b.category_id
        )
        SELECT category_id FROM below))
    AND ($3::text IS NULL OR p.metal = $3)
    AND ($4::text IS NULL
         OR strpos({_FOLDED.format("p.sku || ' ' || p.barcode || ' ' || " + _NAMES)},
                   {_FOLDED.format("$4")}) > 0)
    AND ($5::boolean IS NULL OR (p.stock > 0) = $5)
"""

_LIST: Final = f"""
    SELECT t.total, q.*
      FROM (SELECT count(*) AS total FROM product p WHERE {_MATCHES}) t
      LEFT JOIN LATERAL (
        SELECT {_PRODUCT_COLUMNS}
          FROM product p
          JOIN asset a USING (asset_id)
          JOIN category c USING (category_id)
         WHERE {_MATCHES}
         ORDER BY {{order}} {{direction}}, p.product_id
         LIMIT $7 OFFSET $8
      ) q ON true
     -- The language is a parameter of every order, though only the names need it.
     WHERE $6::text IS NOT NULL
"""

_ORDERS: Final = {
    ProductOrder.ID: "p.product_id",
    ProductOrder.NAME: _FOLDED.format("p.name->>$6"),
    ProductOrder.STOCK: "p.stock",
}

SELECT_LISTS: Final = {
    (order, descending): _LIST.format(order=expression, direction="DESC" if descending else "ASC")
    for order, expression in _ORDERS.items()
    for descending in (False, True)
}

SELECT_PRODUCT: Final = f"""
    SELECT {_PRODUCT_COLUMNS}
      FROM product p JOIN asset a USING (asset_id) JOIN category c USING (category_id)
     WHERE p.withdrawn_at IS NULL
       AND ($1::text IS NULL OR p.sku = $1) AND ($2::bigint IS NULL OR p.product_id = $2)
       AND ($1 IS NOT NULL OR $2 IS NOT NULL)
"""

READ_PRODUCT: Final = """
    SELECT product_on_sale($1)
"""

SELECT_PRODUCTS_BY_ID: Final = f"""
    SELECT {_PRODUCT_COLUMNS}
      FROM product p JOIN asset a USING (asset_id) JOIN category c USING (category_id)
     WHERE p.product_id = ANY ($1)
"""

SELECT_CATEGORIES: Final = """
    SELECT category_id, parent_id, slug, name FROM category ORDER BY position, category_id
"""

INSERT_CATEGORY: Final = """
    INSERT INTO category (slug, parent_id, name, position)
    VALUES ($1, (SELECT category_id FROM category WHERE slug = $2), $3, $4)
    ON CONFLICT (slug) DO NOTHING
"""

INSERT_PRODUCT: Final = """
    INSERT INTO product
        (product_id, sku, barcode, asset_id, category_id, shape, metal, weight_ug,
         gross_weight_ug, fineness, legend, name, text, tax_class, stock, received)
    SELECT coalesce($1, nextval(pg_get_serial_sequence('product', 'product_id'))),
           $2, $3, $4, category_id, $6, $7, $8, $9, $10, $11, $12, $13, $14,
           $15::integer, $15::integer
      FROM category WHERE slug = $5
    ON CONFLICT (sku) DO NOTHING
    RETURNING product_id
"""


async def select_products(
    connection: Connection,
    wanted: ProductFilter,
    *,
    order: tuple[ProductOrder, bool],
    language: Language,
    page: PageRequest,
) -> Page[Product]:
    """One page of products, ordered by `(what, descending)`; names sort in `language`."""
    rows = await connection.fetch(
        SELECT_LISTS[order],
        wanted.skus,
        wanted.category,
        wanted.metal,
        wanted.words,
        wanted.in_stock,
        language,
        page.rows,
        page.offset,
    )
    found = [_product(row) for row in rows if row["product_id"] is not None]
    return Page(found, rows[0]["total"], page)


async def select_product(
    connection: Connection, *, sku: str | None, product_id: ProductId | None
) -> Product | None:
    """The product on sale that has this sku and id; one of the two may be None."""
    row = await connection.fetchrow(SELECT_PRODUCT, sku, product_id)
    return _product(row) if row else None


def read_product(sku: str) -> Step[Product | None]:
    """The product on sale with this sku."""
    return Step(
        READ_PRODUCT,
        (sku,),
        lambda told: _ON_SALE.decode(told) if told else None,
        only_reads=True,
    )


async def select_products_by_id(
    connection: Connection, product_ids: "Sequence[ProductId]"
) -> dict[ProductId, Product]:
    """Products by id, withdrawn ones too."""
    rows = await connection.fetch(SELECT_PRODUCTS_BY_ID, product_ids)
    return {product.product_id: product for product in map(_product, rows)}


async def select_categories(connection: Connection) -> list[CategoryRow]:
    """Every category, in the operator's order."""
    rows = await connection.fetch(SELECT_CATEGORIES)
    return [
        CategoryRow(
            CategoryId(row["category_id"]),
            CategoryId(row["parent_id"]) if row["parent_id"] is not None else None,
            row["slug"],
            _TRANSLATIONS.decode(row["name"]),
        )
        for row in rows
    ]


async def insert_category(tx: Tx, new: NewCategory) -> None:
    """Enters a category; one that is there already stays as it is."""
    await tx.execute(INSERT_CATEGORY, new.slug, new.parent, _json(new.name), new.position)


async def insert_product(tx: Tx, new: NewProduct, asset_id: AssetId) -> ProductId | None:
    """Enters a product; None when its sku is there already or its category is not."""
    product_id: int | None = await tx.fetchval(
        INSERT_PRODUCT,
        new.product_id,
        new.sku,
        new.barcode,
        asset_id,
        new.category,
        new.shape,
        new.weight.metal,
        new.weight.micrograms,
        new.gross_weight.micrograms,
        new.fineness,
        new.legend,
        _json(new.name),
        _json(new.text),
        new.tax_class,
        new.stock,
    )
    return ProductId(product_id) if product_id is not None else None


def _product(row: "Record") -> Product:
    metal = Metal(row["metal"])
    return Product(
        product_id=ProductId(row["product_id"]),
        sku=row["sku"],
        barcode=row["barcode"],
        asset=Asset(AssetId(row["asset_id"]), row["asset_name"], row["symbol"], metal, row["unit"]),
        category=CategoryName(
            CategoryId(row["category_id"]),
            row["slug"],
            _TRANSLATIONS.decode(row["category_name"]),
        ),
        shape=Shape(row["shape"]),
        weight=Weight(row["weight_ug"], metal),
        gross_weight=Weight(row["gross_weight_ug"], metal),
        fineness=row["fineness"],
        legend=row["legend"],
        name=_TRANSLATIONS.decode(row["name"]),
        text=_TRANSLATIONS.decode(row["text"]),
        tax_class=TaxClass(row["tax_class"]),
        stock=row["stock"],
        withdrawn_at=row["withdrawn_at"],
    )


def _json(translations: Translations) -> str:
    return msgspec.json.encode(dict(translations)).decode()
