"""The verbs of baskets.

Each verb that changes a basket reads it, prices anew if the hold is over, makes its change,
and writes lines and sums by one statement that changes what was read, or nothing: see
`bezant.kernel.db.change_on`.
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
    NewAddresses,
    NoSuchBasket,
    NotInBasket,
    TooManyPieces,
    Touched,
    WholeBasket,
)
from bezant.catalog import service as catalog
from bezant.catalog.model import NoSuchProduct, NotEnoughStock, Product
from bezant.customers import service as customers
from bezant.customers.model import Address, AddressType, NoSuchCustomer
from bezant.kernel.db import Connection, NotAtOnce, Tx
from bezant.kernel.ids import BasketId, CartToken, CustomerId, PartnerId, ProductId, cart_token
from bezant.kernel.money import Money
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.steps import Step, at_once
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
    customer: str
    """As the partner calls it."""
    channel: str
    amounts: Mapping[ProductId, int]
    addresses: tuple[Address, Address]


async def add(
    connection: Connection, addition: Addition, *, terms: BasketTerms, now: datetime
) -> Touched:
    """Puts pieces into a basket; a product that is in it already adds up at its held price.

    Raises `NoSuchProduct`, `NoSuchCustomer`, `NoSuchBasket`, `NotEnoughStock`,
    `BasketFull`, `TooManyPieces`, `PriceStale`, `TradingHalted`.
    """
    if addition.token is None:
        return await _begin(connection, addition, terms=terms, now=now)
    key = BasketKey(addition.partner_id, addition.external_customer_id, addition.token)
    product, inputs, whole = await at_once(
        connection,
        catalog.product_on_sale(addition.sku),
        pricing.price_inputs([addition.sku], terms=terms.pricing, now=now),
        _reading(connection, key, terms.language),
    )
    product = _on_sale(product, addition.sku)
    before, priced = await _priced(connection, _there(whole, key), terms=terms, now=now)
    line = priced.lines.get(product.product_id)
    amount = addition.amount + (line.amount if line else 0)
    _require_pieces(product, amount)
    goods = before.goods
    if line is None:
        quotes = pricing.quote([product], inputs, terms=terms.pricing, now=now)
        after = priced.with_line(quotes[product.product_id].quote, amount)
        goods = {**goods, product.product_id: Goods.of(product, terms.language)}
    else:
        after = priced.with_amount(product.product_id, amount)
    after = await store.update_basket(connection, before=before.basket, after=after, now=now)
    touched = replace(before, basket=after, goods=goods)
    return Touched(touched.view(), not priced.costs_the_same_as(before.basket))


async def refresh(
    connection: Connection, key: BasketKey, *, terms: BasketTerms, now: datetime
) -> Touched:
    """Prices a basket anew if its hold is over, and otherwise leaves it as it is.

    Raises `NoSuchBasket`, `PriceStale`, `TradingHalted`.
    """
    return await _change(connection, key, _same, terms=terms, now=now)


async def set_amount(
    connection: Connection,
    key: BasketKey,
    *,
    item: tuple[str, int],
    terms: BasketTerms,
    now: datetime,
) -> Touched:
    """Sets how many pieces of a product, by `(sku, amount)`, a basket holds; 0 removes it.

    Raises `NoSuchBasket`, `NotInBasket`, `NotEnoughStock`, `TooManyPieces`, `PriceStale`,
    `TradingHalted`.
    """
    sku, amount = item

    async def change(basket: Basket) -> Basket:
        product = await _product_in(connection, basket, sku)
        if amount:
            _require_pieces(product, amount)
        return basket.with_amount(product.product_id, amount)

    return await _change(connection, key, change, terms=terms, now=now)


async def empty(
    connection: Connection, key: BasketKey, *, terms: BasketTerms, now: datetime
) -> Touched:
    """Takes everything out of a basket, which stays. Raises `NoSuchBasket`."""
    before = await _read(connection, key, terms.language)
    after = before.basket.without_lines()
    if after.is_expired(now):
        after = after.repriced({}, hold_expires_at=now + terms.hold_life)
    after = await store.update_basket(connection, before=before.basket, after=after, now=now)
    return Touched(replace(before, basket=after).view(), repriced=False)


async def set_addresses(
    connection: Connection,
    key: BasketKey,
    *,
    addresses: NewAddresses,
    terms: BasketTerms,
    now: datetime,
) -> Touched:
    """Copies addresses into a basket, those that are sent being stored with the customer.

    Of each type there is one at most. Raises `NoSuchCustomer`, `NoSuchBasket`,
    `TooManyAddresses`, `PriceStale`, `TradingHalted`.
    """
    if connection.is_in_transaction():
        # Before the basket, as whoever removes the customer does and as one statement does.
        await customers.lock_customer(connection, key.partner_id, key.external_customer_id)
    (before,) = await at_once(connection, _reading(connection, key, terms.language))
    if before is None:
        await customers.find_customer(connection, key.partner_id, key.external_customer_id)
        raise NoSuchBasket(cart_token=key.token)
    before, basket = await _priced(connection, before, terms=terms, now=now)
    if basket is not before.basket:
        if not connection.is_in_transaction():
            raise NotAtOnce
        basket = await store.update_basket(connection, before=before.basket, after=basket, now=now)
    step = store.set_addresses(basket, key.external_customer_id, addresses=addresses, now=now)
    (stored,) = await at_once(connection, step)
    by_type = {address.details.type: address for address in stored}
    touched = replace(
        before,
        basket=basket,
        shipping_address=by_type.get(AddressType.SHIPPING, before.shipping_address),
        billing_address=by_type.get(AddressType.BILLING, before.billing_address),
    )
    return Touched(touched.view(), not basket.costs_the_same_as(before.basket))


async def show_basket(connection: Connection, key: BasketKey, *, language: Language) -> BasketView:
    """One open basket as it is read. Raises `NoSuchBasket`."""
    return (await _read(connection, key, language)).view()


async def list_incomplete_baskets(
    connection: Connection, wanted: IncompleteFilter, *, page: PageRequest, language: Language
) -> Page[BasketView]:
    """One page of a customer's baskets that never became orders, newest first.

    Reads only: an expired hold stays expired. An unknown customer has an empty page.
    """
    (found,) = await at_once(
        connection, queries.incomplete_baskets(wanted, page=page, language=language)
    )
    return found


async def total_of_basket(connection: Connection, partner_id: PartnerId, token: CartToken) -> Money:
    """What an open basket costs before any cost of payment. Raises `NoSuchBasket`."""
    total = await queries.basket_total(connection, partner_id, token)
    if total is None:
        raise NoSuchBasket(cart_token=token)
    return total


def to_order(key: BasketKey, *, language: Language, locks: bool) -> Step[WholeBasket | None]:
    """Reads the customer's open basket with all that an order takes over.

    None when it is not there, no longer a basket, or another's. Inside of a transaction it
    may be locked.
    """
    return store.read_basket(key, language=language, locks=locks)


def order(basket: Basket, *, now: datetime) -> Step[None]:
    """The basket that was read is an order from now on, and never a basket again."""
    return store.order_basket(basket, now=now)


async def fill_again(tx: Tx, filling: Filling, *, terms: BasketTerms, now: datetime) -> BasketView:
    """A new basket at the prices of now; what is no longer sold is left out.

    Raises `NoSuchCustomer`, `PriceStale`, `TradingHalted`.
    """
    products = await catalog.products_by_id(tx, list(filling.amounts))
    on_sale = [product for product in products.values() if product.withdrawn_at is None]
    priced = await pricing.price_products(tx, on_sale, terms=terms.pricing, now=now)
    basket = _unborn(filling.partner_id, terms=terms, now=now)
    for product_id, one in priced.items():
        basket = basket.with_line(one.quote, filling.amounts[product_id])
    goods = {product.product_id: Goods.of(product, terms.language) for product in on_sale}
    birth = BasketBirth(
        uuid4(), basket, goods, filling.customer, filling.channel, now, filling.addresses
    )
    return (await _born(tx, birth)).view()


async def drop_open_baskets(tx: Tx, partner_id: PartnerId, customer_id: CustomerId) -> int:
    """Drops a customer's open baskets; how many. The caller has locked the customer."""
    return await store.delete_open_baskets(tx, partner_id, customer_id)


async def _begin(
    connection: Connection, addition: Addition, *, terms: BasketTerms, now: datetime
) -> Touched:
    """A new basket with its first product."""
    product, inputs = await at_once(
        connection,
        catalog.product_on_sale(addition.sku),
        pricing.price_inputs([addition.sku], terms=terms.pricing, now=now),
    )
    product = _on_sale(product, addition.sku)
    _require_pieces(product, addition.amount)
    quotes = pricing.quote([product], inputs, terms=terms.pricing, now=now)
    basket = _unborn(addition.partner_id, terms=terms, now=now)
    basket = basket.with_line(quotes[product.product_id].quote, addition.amount)
    goods = {product.product_id: Goods.of(product, terms.language)}
    birth = BasketBirth(
        uuid4(), basket, goods, addition.external_customer_id, addition.channel, now
    )
    born = await _born(connection, birth)
    return Touched(born.view(), repriced=False)


def _unborn(partner_id: PartnerId, *, terms: BasketTerms, now: datetime) -> Basket:
    """A basket that is not in the database yet, and has no number."""
    return Basket(
        basket_id=BasketId(0),
        version=0,
        partner_id=partner_id,
        customer_id=CustomerId(0),
        token=cart_token(),
        currency=terms.pricing.currency,
        hold_expires_at=now + terms.hold_life,
        lines={},
    )


async def _born(connection: Connection, birth: BasketBirth) -> WholeBasket:
    born = await store.insert_basket(connection, birth)
    if born is None:
        raise NoSuchCustomer(external_id=birth.customer)
    return born


async def _same(basket: Basket) -> Basket:
    return basket


async def _change(
    connection: Connection,
    key: BasketKey,
    change: Callable[[Basket], Awaitable[Basket]],
    *,
    terms: BasketTerms,
    now: datetime,
) -> Touched:
    """Reads a basket, prices it anew if need be, changes its lines, and writes them."""
    read = await _read(connection, key, terms.language)
    before, priced = await _priced(connection, read, terms=terms, now=now)
    after = await change(priced)
    if after is not before.basket:
        after = await store.update_basket(connection, before=before.basket, after=after, now=now)
    return Touched(
        replace(before, basket=after).view(), not priced.costs_the_same_as(before.basket)
    )


async def _priced(
    connection: Connection, before: WholeBasket, *, terms: BasketTerms, now: datetime
) -> tuple[WholeBasket, Basket]:
    """The basket as it was read, and as it is once its hold is good again."""
    basket = before.basket
    if not basket.is_expired(now):
        return before, basket
    products = await catalog.products_by_id(connection, list(basket.lines))
    on_sale = [product for product in products.values() if product.withdrawn_at is None]
    held_in = replace(terms.pricing, currency=basket.currency)
    priced = await pricing.price_products(connection, on_sale, terms=held_in, now=now)
    return before, basket.repriced(priced, hold_expires_at=now + terms.hold_life)


async def _read(connection: Connection, key: BasketKey, language: Language) -> WholeBasket:
    (found,) = await at_once(connection, _reading(connection, key, language))
    return _there(found, key)


def _reading(
    connection: Connection, key: BasketKey, language: Language
) -> Step[WholeBasket | None]:
    return store.read_basket(key, language=language, locks=connection.is_in_transaction())


def _there(found: WholeBasket | None, key: BasketKey) -> WholeBasket:
    if found is None:
        raise NoSuchBasket(cart_token=key.token)
    return found


def _on_sale(product: Product | None, sku: str) -> Product:
    if product is None:
        raise NoSuchProduct(product=sku)
    return product


async def _product_in(connection: Connection, basket: Basket, sku: str) -> Product:
    """The product that a line of the basket is about, even if it is no longer sold."""
    products = await catalog.products_by_id(connection, list(basket.lines))
    for product in products.values():
        if product.sku == sku:
            return product
    raise NotInBasket(sku=sku)


def _require_pieces(product: Product, amount: int) -> None:
    if amount > MAX_AMOUNT:
        raise TooManyPieces(limit=MAX_AMOUNT)
    if amount > product.stock:
        raise NotEnoughStock(sku=product.sku, left=product.stock)
