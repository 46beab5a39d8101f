"""The verbs of baskets.

Each verb that changes a basket locks its row, prices anew if the hold is over, makes its
change, and writes lines and sums together.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bezant.baskets import queries, store
from bezant.baskets.model import (
    MAX_AMOUNT,
    Basket,
    BasketBirth,
    BasketKey,
    BasketTerms,
    BasketView,
    IncompleteFilter,
    LockedBasket,
    NoSuchBasket,
    NotInBasket,
    TooManyPieces,
    Touched,
)
from bezant.catalog import service as catalog
from bezant.catalog.model import NotEnoughStock, Product
from bezant.customers import service as customers
from bezant.customers.model import Address, CustomerView
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import BasketId, CartToken, CustomerId, PartnerId, ProductId, cart_token
from bezant.kernel.money import Money
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language
from bezant.pricing import service as pricing
from bezant.pricing.lines import Goods


@dataclass(frozen=True, slots=True)
class Addition:
    """So many pieces of a product, for a customer's basket; no token means a new basket."""

    partner_id: PartnerId
    external_customer_id: str
    token: CartToken | None
    sku: str
    amount: int
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a new basket is filled with: so many pieces of products, for whom and whereto."""

    partner_id: PartnerId
    customer_id: CustomerId
    customer: CustomerView
    channel: str
    amounts: Mapping[ProductId, int]
    addresses: tuple[Address, Address]


async def add(tx: Tx, addition: Addition, *, terms: BasketTerms, now: datetime) -> Touched:
    """Puts pieces into a basket; a product that is in it already adds up at its held price.

    Raises `NoSuchProduct`, `NoSuchCustomer`, `NoSuchBasket`, `NotEnoughStock`,
    `BasketFull`, `TooManyPieces`, `PriceStale`, `TradingHalted`.
    """
    product = await catalog.find_product(tx, sku=addition.sku)
    if addition.token is None:
        return await _begin(tx, addition, product, terms=terms, now=now)
    key = BasketKey(addition.partner_id, addition.external_customer_id, addition.token)
    locked, priced = await _lock_and_price(tx, key, terms=terms, now=now)
    line = priced.lines.get(product.product_id)
    amount = addition.amount + (line.amount if line else 0)
    _require_pieces(product, amount)
    goods = locked.goods
    if line is None:
        quotes = await pricing.price_products(tx, [product], terms=terms.pricing, now=now)
        after = priced.with_line(quotes[product.product_id].quote, amount)
        goods = {**goods, product.product_id: Goods.of(product, terms.language)}
    else:
        after = priced.with_amount(product.product_id, amount)
    await store.update_basket(tx, before=locked.basket, after=after, now=now)
    touched = replace(locked, basket=after, goods=goods)
    return Touched(touched.view(), not priced.costs_the_same_as(locked.basket))


async def refresh(tx: Tx, key: BasketKey, *, terms: BasketTerms, now: datetime) -> Touched:
    """Prices a basket anew if its hold is over, and otherwise leaves it as it is.

    Raises `NoSuchBasket`, `PriceStale`, `TradingHalted`.
    """
    return await _change(tx, key, _same, terms=terms, now=now)


async def set_amount(
    tx: Tx, key: BasketKey, *, item: tuple[str, int], terms: BasketTerms, now: datetime
) -> Touched:
    """Sets how many pieces of a product, by `(sku, amount)`, a basket holds; 0 removes it.

    Raises `NoSuchBasket`, `NotInBasket`, `NotEnoughStock`, `TooManyPieces`, `PriceStale`,
    `TradingHalted`.
    """
    sku, amount = item

    async def change(basket: Basket) -> Basket:
        product = await _product_in(tx, basket, sku)
        if amount:
            _require_pieces(product, amount)
        return basket.with_amount(product.product_id, amount)

    return await _change(tx, key, change, terms=terms, now=now)


async def empty(tx: Tx, key: BasketKey, *, terms: BasketTerms, now: datetime) -> Touched:
    """Takes everything out of a basket, which stays. Raises `NoSuchBasket`."""
    locked = await _lock(tx, key, terms.language)
    after = locked.basket.without_lines()
    if after.is_expired(now):
        after = after.repriced({}, hold_expires_at=now + terms.hold_life)
    await store.update_basket(tx, before=locked.basket, after=after, now=now)
    return Touched(replace(locked, basket=after).view(), repriced=False)


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
    locked, priced = await _lock_and_price(tx, key, terms=terms, now=now)
    if priced is not locked.basket:
        await store.update_basket(tx, before=locked.basket, after=priced, now=now)
    await store.update_addresses(tx, priced, addresses=addresses, now=now)
    shipping, billing = addresses
    touched = replace(
        locked,
        basket=priced,
        shipping_address=shipping or locked.shipping_address,
        billing_address=billing or locked.billing_address,
    )
    return Touched(touched.view(), not priced.costs_the_same_as(locked.basket))


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


async def lock_to_order(tx: Tx, key: BasketKey, *, language: Language) -> LockedBasket | None:
    """The customer's open basket with all that an order takes over, locked.

    None when it is not there, no longer a basket, or another's.
    """
    return await store.lock_basket(tx, key, language=language)


async def mark_ordered(tx: Tx, basket: Basket, *, now: datetime) -> None:
    """A locked basket is an order from now on, and never a basket again."""
    marked = await store.mark_ordered(tx, basket, now=now)
    assert marked, "a locked open basket is open"


async def fill_again(tx: Tx, filling: Filling, *, terms: BasketTerms, now: datetime) -> BasketView:
    """A new basket at the prices of now; what is no longer sold is left out.

    Raises `PriceStale`, `TradingHalted`.
    """
    products = await catalog.products_by_id(tx, list(filling.amounts))
    on_sale = [product for product in products.values() if product.withdrawn_at is None]
    priced = await pricing.price_products(tx, on_sale, terms=terms.pricing, now=now)
    basket = _unborn(filling.partner_id, filling.customer_id, terms=terms, now=now)
    for product_id, one in priced.items():
        basket = basket.with_line(one.quote, filling.amounts[product_id])
    birth = BasketBirth(uuid4(), basket, filling.customer, filling.channel, now)
    goods = {product.product_id: Goods.of(product, terms.language) for product in on_sale}
    born = await _born(tx, birth, goods)
    await store.update_addresses(tx, born.basket, addresses=filling.addresses, now=now)
    shipping, billing = filling.addresses
    return replace(born, shipping_address=shipping, billing_address=billing).view()


async def drop_open_baskets(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> int:
    """Drops a customer's open baskets; how many. The caller has locked the customer."""
    return await store.delete_open_baskets(tx, partner_id, customer_id)


async def _begin(
    tx: Tx, addition: Addition, product: Product, *, terms: BasketTerms, now: datetime
) -> Touched:
    """A new basket with its first product."""
    customer = await customers.refer_to_customer(
        tx, addition.partner_id, addition.external_customer_id
    )
    _require_pieces(product, addition.amount)
    priced = await pricing.price_products(tx, [product], terms=terms.pricing, now=now)
    basket = _unborn(addition.partner_id, customer.customer_id, terms=terms, now=now)
    basket = basket.with_line(priced[product.product_id].quote, addition.amount)
    seen = CustomerView(addition.external_customer_id, customer.person)
    birth = BasketBirth(uuid4(), basket, seen, addition.channel, now)
    born = await _born(tx, birth, {product.product_id: Goods.of(product, terms.language)})
    return Touched(born.view(), repriced=False)


def _unborn(
    partner_id: PartnerId, customer_id: CustomerId, *, terms: BasketTerms, now: datetime
) -> Basket:
    """A basket that is not in the database yet, and has no number."""
    return Basket(
        basket_id=BasketId(0),
        partner_id=partner_id,
        customer_id=customer_id,
        token=cart_token(),
        currency=terms.pricing.currency,
        hold_expires_at=now + terms.hold_life,
        lines={},
    )


async def _born(tx: Tx, birth: BasketBirth, goods: Mapping[ProductId, Goods]) -> LockedBasket:
    basket_id, increment_id = await store.insert_basket(tx, birth)
    return LockedBasket(
        basket=replace(birth.basket, basket_id=basket_id),
        goods=goods,
        guid=birth.guid,
        increment_id=increment_id,
        channel=birth.channel,
        ordered_at=birth.now,
        customer=birth.customer,
        shipping_address=None,
        billing_address=None,
    )


async def _same(basket: Basket) -> Basket:
    return basket


async def _change(
    tx: Tx,
    key: BasketKey,
    change: Callable[[Basket], Awaitable[Basket]],
    *,
    terms: BasketTerms,
    now: datetime,
) -> Touched:
    """Locks a basket, prices it anew if need be, changes its lines, and writes them."""
    locked, priced = await _lock_and_price(tx, key, terms=terms, now=now)
    after = await change(priced)
    if after is not locked.basket:
        await store.update_basket(tx, before=locked.basket, after=after, now=now)
    return Touched(
        replace(locked, basket=after).view(), not priced.costs_the_same_as(locked.basket)
    )


async def _lock_and_price(
    tx: Tx, key: BasketKey, *, terms: BasketTerms, now: datetime
) -> tuple[LockedBasket, Basket]:
    """The locked basket as it was, and as it is once its hold is good again."""
    locked = await _lock(tx, key, terms.language)
    basket = locked.basket
    if not basket.is_expired(now):
        return locked, basket
    products = await catalog.products_by_id(tx, list(basket.lines))
    on_sale = [product for product in products.values() if product.withdrawn_at is None]
    held_in = replace(terms.pricing, currency=basket.currency)
    priced = await pricing.price_products(tx, on_sale, terms=held_in, now=now)
    return locked, basket.repriced(priced, hold_expires_at=now + terms.hold_life)


async def _lock(tx: Tx, key: BasketKey, language: Language) -> LockedBasket:
    locked = await store.lock_basket(tx, key, language=language)
    if locked is None:
        raise NoSuchBasket(cart_token=key.token)
    return locked


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
