"""The verbs of baskets.

Each verb that changes a basket locks its row, prices anew if the hold is over, makes its
change, and writes lines and sums together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bezant.baskets import queries, store
from bezant.baskets.model import (
    MAX_AMOUNT,
    Basket,
    BasketBirth,
    BasketKey,
    BasketTerms,
    BasketToOrder,
    BasketView,
    IncompleteFilter,
    NoSuchBasket,
    NotInBasket,
    TooManyPieces,
    Touched,
)
from bezant.catalog import service as catalog
from bezant.catalog.model import NotEnoughStock, Product
from bezant.customers import service as customers
from bezant.customers.model import Address, NoSuchCustomer
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CartToken, CustomerId, PartnerId, ProductId, cart_token
from bezant.kernel.money import Money
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language
from bezant.pricing import service as pricing
from bezant.pricing.model import PricingTerms


@dataclass(frozen=True, slots=True)
class Addition:
    """So many pieces of a product, for a customer's basket; no token means a new basket."""

    partner_id: PartnerId
    external_customer_id: str
    token: CartToken | None
    sku: str
    amount: int
    channel: str


async def add(tx: Tx, addition: Addition, *, terms: BasketTerms, now: datetime) -> Touched:
    """Puts pieces into a basket; a product that is in it already adds up at its held price.

    Raises `NoSuchProduct`, `NoSuchCustomer`, `NoSuchBasket`, `NotEnoughStock`,
    `BasketFull`, `TooManyPieces`, `PriceStale`, `TradingHalted`.
    """
    product = await catalog.find_product(tx, sku=addition.sku)
    if addition.token is None:
        before = after = await _new_basket(tx, addition, terms=terms, now=now)
    else:
        key = BasketKey(addition.partner_id, addition.external_customer_id, addition.token)
        before, after = await _lock_and_price(tx, key, terms=terms, now=now)
    moved = not after.costs_the_same_as(before)
    line = after.lines.get(product.product_id)
    amount = addition.amount + (line.amount if line else 0)
    _require_pieces(product, amount)
    if line is None:
        priced = await pricing.price_products(tx, [product], terms=terms.pricing, now=now)
        after = after.with_line(priced[product.product_id].quote, amount)
    else:
        after = after.with_amount(product.product_id, amount)
    await store.update_basket(tx, before=before, after=after, now=now)
    return Touched(after.token, moved)


async def refresh(tx: Tx, key: BasketKey, *, terms: BasketTerms, now: datetime) -> Touched:
    """Prices a basket anew if its hold is over, and otherwise leaves it as it is.

    Raises `NoSuchBasket`, `PriceStale`, `TradingHalted`.
    """
    before, after = await _lock_and_price(tx, key, terms=terms, now=now)
    if after is not before:
        await store.update_basket(tx, before=before, after=after, now=now)
    return Touched(key.token, not after.costs_the_same_as(before))


async def set_amount(
    tx: Tx, key: BasketKey, *, item: tuple[str, int], terms: BasketTerms, now: datetime
) -> Touched:
    """Sets how many pieces of a product, by `(sku, amount)`, a basket holds; 0 removes it.

    Raises `NoSuchBasket`, `NotInBasket`, `NotEnoughStock`, `TooManyPieces`, `PriceStale`,
    `TradingHalted`.
    """
    sku, amount = item
    before, after = await _lock_and_price(tx, key, terms=terms, now=now)
    moved = not after.costs_the_same_as(before)
    product = await _product_in(tx, after, sku)
    if amount:
        _require_pieces(product, amount)
    after = after.with_amount(product.product_id, amount)
    await store.update_basket(tx, before=before, after=after, now=now)
    return Touched(key.token, moved)


async def empty(tx: Tx, key: BasketKey, *, terms: BasketTerms, now: datetime) -> Touched:
    """Takes everything out of a basket, which stays. Raises `NoSuchBasket`."""
    before = await _lock(tx, key)
    after = before.without_lines()
    if before.is_expired(now):
        after = after.repriced({}, hold_expires_at=now + terms.hold_life)
    await store.update_basket(tx, before=before, after=after, now=now)
    return Touched(key.token, repriced=False)


async def set_addresses(
    tx: Tx,
    key: BasketKey,
    *,
    addresses: tuple[Address | None, Address | None],
    terms: BasketTerms,
    now: datetime,
) -> Touched:
    """Copies a shipping and a billing address into a basket; None leaves one as it is.

    Raises `NoSuchBasket`, `PriceStale`, `TradingHalted`.
    """
    before, after = await _lock_and_price(tx, key, terms=terms, now=now)
    if after is not before:
        await store.update_basket(tx, before=before, after=after, now=now)
    await store.update_addresses(tx, after, addresses=addresses, now=now)
    return Touched(key.token, not after.costs_the_same_as(before))


async def show_basket(connection: Connection, key: BasketKey, *, language: Language) -> BasketView:
    """One open basket as it is read. Raises `NoSuchBasket`."""
    view = await queries.open_basket(connection, key, language=language)
    if view is None:
        raise NoSuchBasket(cart_token=key.token)
    return view


async def list_incomplete_baskets(
    connection: Connection, wanted: IncompleteFilter, *, page: PageRequest, language: Language
) -> Page[BasketView]:
    """One page of a customer's baskets that never became orders, newest first.

    Reads only: an expired hold stays expired. An unknown customer has an empty page.
    """
    return await queries.incomplete_baskets(connection, wanted, page=page, language=language)


async def total_of_basket(connection: Connection, partner_id: PartnerId, token: CartToken) -> Money:
    """What an open basket costs before any cost of payment. Raises `NoSuchBasket`."""
    total = await queries.basket_total(connection, partner_id, token)
    if total is None:
        raise NoSuchBasket(cart_token=token)
    return total


async def lock_to_order(tx: Tx, key: BasketKey) -> BasketToOrder | None:
    """The customer's open basket with all that an order takes over, locked.

    None when it is not there, no longer a basket, or another's.
    """
    try:
        customer = await customers.find_customer(tx, key.partner_id, key.external_customer_id)
    except NoSuchCustomer:
        return None
    return await store.lock_basket_to_order(tx, key, customer.customer_id)


async def mark_ordered(tx: Tx, basket: Basket, *, now: datetime) -> None:
    """A locked basket is an order from now on, and never a basket again."""
    marked = await store.mark_ordered(tx, basket, now=now)
    assert marked, "a locked open basket is open"


async def fill_again(
    tx: Tx, key: BasketKey, lines: Mapping[ProductId, int], *, terms: BasketTerms, now: datetime
) -> Basket:
    """A new basket of the customer with so many pieces of products, at the prices of now.

    What is no longer sold is left out. `key.token` names what it is filled from. Raises
    `NoSuchCustomer`, `PriceStale`, `TradingHalted`.
    """
    addition = Addition(
        partner_id=key.partner_id,
        external_customer_id=key.external_customer_id,
        token=None,
        sku="",
        amount=0,
        channel="web",
    )
    before = after = await _new_basket(tx, addition, terms=terms, now=now)
    products = await catalog.products_by_id(tx, list(lines))
    on_sale = [product for product in products.values() if product.withdrawn_at is None]
    priced = await pricing.price_products(tx, on_sale, terms=terms.pricing, now=now)
    for product_id, one in priced.items():
        after = after.with_line(one.quote, lines[product_id])
    await store.update_basket(tx, before=before, after=after, now=now)
    return after


async def copy_addresses(
    tx: Tx, basket: Basket, *, addresses: tuple[Address, Address], now: datetime
) -> None:
    """Copies a shipping and a billing address into a locked or new basket."""
    await store.update_addresses(tx, basket, addresses=addresses, now=now)


async def drop_open_baskets(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> int:
    """Drops a customer's open baskets; how many. The caller has locked the customer."""
    return await store.delete_open_baskets(tx, partner_id, customer_id)


async def _new_basket(tx: Tx, addition: Addition, *, terms: BasketTerms, now: datetime) -> Basket:
    customer = await customers.refer_to_customer(
        tx, addition.partner_id, addition.external_customer_id
    )
    birth = BasketBirth(
        guid=uuid4(),
        token=cart_token(),
        customer_id=customer.customer_id,
        channel=addition.channel,
        currency=terms.pricing.currency,
        hold_expires_at=now + terms.hold_life,
        now=now,
    )
    return await store.insert_basket(tx, addition.partner_id, birth)


async def _lock_and_price(
    tx: Tx, key: BasketKey, *, terms: BasketTerms, now: datetime
) -> tuple[Basket, Basket]:
    """The locked basket as it was, and as it is once its hold is good again."""
    basket = await _lock(tx, key)
    if not basket.is_expired(now):
        return basket, basket
    products = await catalog.products_by_id(tx, list(basket.lines))
    on_sale = [product for product in products.values() if product.withdrawn_at is None]
    held_in = PricingTerms(
        terms.pricing.partner_id, basket.currency, terms.pricing.age_limit, terms.pricing.time_zone
    )
    priced = await pricing.price_products(tx, on_sale, terms=held_in, now=now)
    return basket, basket.repriced(priced, hold_expires_at=now + terms.hold_life)


async def _lock(tx: Tx, key: BasketKey) -> Basket:
    try:
        customer = await customers.find_customer(tx, key.partner_id, key.external_customer_id)
    except NoSuchCustomer:
        raise NoSuchBasket(cart_token=key.token) from None
    basket = await store.lock_basket(tx, key, customer.customer_id)
    if basket is None:
        raise NoSuchBasket(cart_token=key.token)
    return basket


async def _product_in(tx: Tx, basket: Basket, sku: str) -> Product:
    """The product that a line of the basket is about, even if it is no longer sold."""
    products = await catalog.products_by_id(tx, list(basket.lines))
    for product in products.values():
        if product.sku == sku:
            return product
    raise NotInBasket(sku=sku)


def _require_pieces(product: Product, amount: int) -> None:
    if amount > MAX_AMOUNT:
        raise TooManyPieces(limit=MAX_AMOUNT)
    if amount > product.stock:
        raise NotEnoughStock(sku=product.sku, left=product.stock)
