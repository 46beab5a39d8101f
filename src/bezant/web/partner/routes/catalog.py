"""The catalogue's routes: products, one product, prices, categories."""

from collections.abc import Sequence

from bezant.catalog import service as catalog
from bezant.catalog.model import Product
from bezant.kernel.db import Connection
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import ProductId
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Text
from bezant.pricing import service as pricing
from bezant.pricing.model import PricedProduct
from bezant.web.call import Answer, Call
from bezant.web.paging import Paginator, paginate
from bezant.web.partner.wire.catalog import (
    CATALOG_ORDERS,
    PricesQuery,
    ProductPrice,
    ProductQuery,
    ProductsQuery,
    SortBy,
    SortType,
    WireCategory,
    WireProduct,
    prices_filter,
    product_filter,
    product_price,
    wire_category,
    wire_product,
)


async def list_products(call: Call, query: ProductsQuery) -> Answer:
    """One page of products with their present prices."""
    order = query.sort_by or SortBy.ID
    descending = query.sort_type is SortType.DESC
    request = PageRequest(query.page, query.total)

    async def work(connection: Connection) -> Paginator[WireProduct]:
        if order is SortBy.SALE_PRICE:
            page = await _by_price(connection, call, query, descending=descending)
        else:
            products = await catalog.list_products(
                connection,
                product_filter(query),
                order=(CATALOG_ORDERS[order], descending),
                language=call.language,
                page=request,
            )
            priced = await _priced(connection, call, products.rows)
            page = Page(priced, products.total, request)
        return paginate(page, lambda each: _shown(call, each))

    return await call.read(work)


async def find_product(call: Call, query: ProductQuery) -> Answer:
    """One product with its present price."""
    if query.sku is None and query.id is None:
        raise Invalid(
            {name: [Text("field.one_of", {"names": "sku, id"})] for name in ("sku", "id")}
        )
    product_id = None if query.id is None else ProductId(query.id)

    async def work(connection: Connection) -> WireProduct:
        product = await catalog.find_product(connection, sku=query.sku, product_id=product_id)
        return _shown(call, (await _priced(connection, call, [product]))[0])

    return await call.read(work)


async def list_prices(call: Call, query: PricesQuery) -> Answer:
    """The present prices of products, all of one moment."""

    async def work(connection: Connection) -> list[ProductPrice]:
        products = await catalog.all_products(connection, prices_filter(query))
        return [product_price(each) for each in await _priced(connection, call, products)]

    return await call.read(work)


async def list_categories(call: Call) -> Answer:
    """The tree of categories."""

    async def work(connection: Connection) -> list[WireCategory]:
        tree = await catalog.categories(connection)
        return [wire_category(category, call.language) for category in tree]

    return await call.read(work)


async def _by_price(
    connection: Connection, call: Call, query: ProductsQuery, *, descending: bool
) -> Page[PricedProduct]:
    """One page in the order of this moment's prices, which are in no table."""
    products = await catalog.all_products(connection, product_filter(query))
    priced = await _priced(connection, call, products)
    priced.sort(key=lambda each: each.quote.price.minor, reverse=descending)
    request = PageRequest(query.page, query.total)
    rows = priced[request.offset : request.offset + request.rows]
    return Page(rows, len(priced), request)


async def _priced(
    connection: Connection, call: Call, products: Sequence[Product]
) -> list[PricedProduct]:
    priced = await pricing.price_products(
        connection, products, terms=call.pricing_terms(), now=call.now
    )
    return [priced[product.product_id] for product in products]


def _shown(call: Call, priced: PricedProduct) -> WireProduct:
    return wire_product(priced, language=call.language, base_url=call.rules.base_url)
