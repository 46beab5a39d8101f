"""From the demo's catalogue to products, categories and price parts in the database."""

from collections.abc import Mapping

from bezant.catalog import service as catalog
from bezant.catalog.model import NewCategory, NewProduct, ProductFilter, Shape, TaxClass
from bezant.cli.demo.catalogue import CATEGORIES, PRODUCTS, DemoProduct, Translated
from bezant.kernel.db import Tx
from bezant.kernel.ids import ProductId
from bezant.kernel.metal import Weight
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language
from bezant.pricing import service as pricing
from bezant.pricing.model import Part, PartRule


async def stock_shelves(tx: Tx) -> dict[str, ProductId]:
    """Enters what is not there yet, with its price parts in lira; ids on sale by sku.

    What is there already keeps what the operator has made of it.
    """
    on_sale = {p.sku: p.product_id for p in await catalog.all_products(tx, ProductFilter())}
    missing = [product for product in PRODUCTS if product.sku not in on_sale]
    if missing:
        await _enter_categories(tx)
    for product in missing:
        product_id = await catalog.enter_product(tx, _new_product(product))
        if product_id is not None:
            on_sale[product.sku] = product_id
            await pricing.set_parts(tx, product_id, parts_of(product), currency=Currency.TRY)
    return on_sale


def parts_of(product: DemoProduct) -> Mapping[Part, PartRule]:
    """The operator's price parts of a product."""
    return {
        Part.MINTED_MARKUP: PartRule(product.markup_fixed_minor, product.markup_basis_points),
        Part.INSURANCE: PartRule(0, product.insurance_basis_points),
        Part.SHIPPING: PartRule(product.shipping_minor, 0),
        Part.MARKET_COMMISSION: PartRule(0, product.commission_basis_points),
    }


async def _enter_categories(tx: Tx) -> None:
    for category in CATEGORIES:
        new = NewCategory(
            category.slug, category.parent_slug, _names(category.name), category.position
        )
        await catalog.enter_category(tx, new)


def _new_product(product: DemoProduct) -> NewProduct:
    return NewProduct(
        product_id=ProductId(product.product_id),
        sku=product.sku,
        barcode=product.barcode,
        category=product.category,
        shape=Shape(product.shape),
        weight=Weight(product.weight_micrograms, product.metal),
        gross_weight=Weight(product.gross_micrograms, product.metal),
        fineness=product.fineness,
        legend=product.legend,
        name=_names(product.name),
        text=_names(product.text),
        tax_class=TaxClass(product.tax),
        stock=product.stock,
    )


def _names(text: Translated) -> dict[Language, str]:
    return {Language.TR: text.tr, Language.EN: text.en}
