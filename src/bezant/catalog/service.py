"""The verbs of the catalogue."""

from collections.abc import Sequence
from datetime import datetime

from bezant.catalog.model import (
    MAX_PRODUCTS,
    PHYSICAL_ASSETS,
    Category,
    NewCategory,
    NewProduct,
    NoSuchProduct,
    OrderRef,
    Product,
    ProductFilter,
    ProductOrder,
    Reservation,
    ReservationState,
    SerialsRefused,
    category_tree,
)
from bezant.catalog.store import products as store
from bezant.catalog.store import stock
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId, ProductId
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.steps import Step, must
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


def product_on_sale(sku: str) -> Step[Product | None]:
    """Reads the product on sale with this sku; None when there is none."""
    return store.read_product(sku)


def minted_to_order(skus: Sequence[str] | None = None) -> Step[frozenset[str]]:
    """Reads which products on sale are minted where too few are in stock; of these, or all."""
    return stock.read_minted(skus)


async def mint_to_order(tx: Tx, sku: str, *, minted: bool) -> None:
    """Makes a product one that is minted to order, or not any more. Raises `NoSuchProduct`."""
    if not await stock.set_minted(tx, sku, minted=minted):
        raise NoSuchProduct(product=sku)


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


def reserve(order: OrderRef, wanted: Sequence[Reservation], *, now: datetime) -> Step[None]:
    """Promises pieces to an order, all in one state and all or none. Raises `NotEnoughStock`.

    The products' rows are locked in the order of their ids until the transaction ends.
    """
    return stock.reserve(order, wanted, now=now)


def sell_reserved(order: OrderRef, *, now: datetime) -> Step[None]:
    """What is held for an order is sold."""
    return must(stock.sell(order, now=now))


async def give_back(tx: Tx, order: OrderRef, *, now: datetime) -> int:
    """Puts all that is held for or sold to an order back into stock; how many pieces.

    Again is nothing.
    """
    theirs = [
        each
        for each in await stock.select_reservations(tx, order)
        if each.state is not ReservationState.RELEASED
    ]
    for each in theirs:
        await stock.give_back(tx, order, each.product_id, now=now)
    return sum(each.amount for each in theirs)


async def serials_of_order(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> dict[ProductId, list[str]]:
    """The serials of an order's pieces, by product; of products that have any."""
    return await stock.select_serials(connection, partner_id, order_id)


async def take_in(
    tx: Tx, sku: str, amount: int, *, serials: Sequence[str] = (), now: datetime
) -> int:
    """Takes pieces into stock; how many may be promised then.

    A product with serials needs one for each piece, none of them known. Raises
    `NoSuchProduct`, `SerialsRefused`.
    """
    taken = await stock.take_in(tx, sku, amount)
    if taken is None:
        raise NoSuchProduct(product=sku)
    product_id, has_serials, left = taken
    if len(serials) != (amount if has_serials else 0):
        raise SerialsRefused(sku=sku)
    if serials and await stock.insert_pieces(tx, product_id, serials, now=now) != amount:
        raise SerialsRefused(sku=sku)
    return left


async def give_serials(tx: Tx, sku: str) -> None:
    """Makes a product one whose pieces have serials. Raises `SerialsRefused`.

    Nothing of it may be in stock or promised: those pieces would have none.
    """
    if not await stock.give_serials(tx, sku):
        raise SerialsRefused(sku=sku)
