"""The few baskets that the demo shows first: those of each partner's first customer.

The newest is the published example's: one piece of its product with both addresses, at a
price of gold that makes its figures. Invariant: these customers get no other made-up basket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from bezant.baskets import bulk
from bezant.baskets import service as baskets
from bezant.baskets.model import BasketView, IncompleteFilter, LoadedBasket
from bezant.catalog import service as catalog
from bezant.cli.demo.baskets import Shelf, Shopper, basket_of
from bezant.cli.demo.catalogue import PRODUCTS
from bezant.cli.demo.enrolment import addresses_of
from bezant.cli.demo.shelves import parts_of
from bezant.customers import service as customers
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CartToken
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import Currency
from bezant.kernel.paging import PageRequest
from bezant.kernel.texts import Language
from bezant.partners.model import Partner
from bezant.pricing.lines import Line
from bezant.pricing.model import Quote, quote

EXAMPLE_SKU: Final = "MNT0001"
MAX_LOOKED_AT: Final = 100
# At 2691.69 lira a gram, its 1.01 g are 2718.61 and the whole price 2914.73, as published.
EXAMPLE_SPOT: Final = PricePerGram(26_916_900, Currency.TRY, Metal.GOLD)


@dataclass(frozen=True, slots=True)
class _Example:
    """A basket to be: when, of what, how many addresses are set (shipping before billing)."""

    at: datetime
    pieces: tuple[tuple[str, int], ...]
    addresses: int
    channel: str


# Bars only: gold that is not taxed, so that no rate of that day is needed.
_EXAMPLES: Final = (
    _Example(
        datetime(2024, 7, 29, 9, 20, 41, tzinfo=UTC), (("MNT0003", 2), ("PTN0001", 1)), 0, "ios"
    ),
    _Example(datetime(2024, 8, 1, 17, 3, 5, tzinfo=UTC), (("MNT0002", 3),), 1, "web"),
    _Example(datetime(2024, 8, 5, 12, 47, 15, tzinfo=UTC), ((EXAMPLE_SKU, 1),), 2, "web"),
)


async def open_example_baskets(tx: Tx, partner: Partner, external_id: str) -> CartToken:
    """The token of the customer's newest basket that is ready to be ordered.

    If there is none, the newest of the examples is made, and all of them where there is no
    basket at all.
    """
    found = await _open_baskets(tx, partner, external_id)
    ready = [one.token for one in found if one.shipping_address and one.billing_address]
    if ready:
        return ready[0]
    examples = _EXAMPLES[-1:] if found else _EXAMPLES
    customer = await customers.find_customer(tx, partner.partner_id, external_id)
    addresses = await addresses_of(tx, partner.partner_id, external_id)
    ids = await bulk.take_basket_ids(tx, len(examples))
    loaded: list[LoadedBasket] = []
    for example, basket_id in zip(examples, ids, strict=True):
        quotes = {sku: await _quote(tx, sku) for sku, _ in example.pieces}
        shelf = Shelf.of(partner.partner_id, partner.currency, list(quotes.values()))
        lines = {
            quotes[sku].product_id: Line(position, amount, quotes[sku])
            for position, (sku, amount) in enumerate(example.pieces, start=1)
        }
        shopper = Shopper(shelf, customer.customer_id, *addresses)
        basket = basket_of(shopper, basket_id, lines=lines, at=example.at)
        set_ = (*addresses[: example.addresses], None, None)
        loaded.append(LoadedBasket(basket, uuid4(), example.channel, example.at, set_[0], set_[1]))
    await bulk.load_baskets(tx, loaded)
    return loaded[-1].basket.token


async def _open_baskets(
    connection: Connection, partner: Partner, external_id: str
) -> Sequence[BasketView]:
    page = await baskets.list_incomplete_baskets(
        connection,
        IncompleteFilter(partner.partner_id, external_id, None),
        page=PageRequest(1, MAX_LOOKED_AT),
        language=Language.TR,
    )
    return page.rows


async def _quote(connection: Connection, sku: str) -> Quote:
    product = await catalog.find_product(connection, sku=sku)
    return quote(product, spot=EXAMPLE_SPOT, parts=_PARTS[sku], tax_rate=0)


_PARTS: Final = {product.sku: parts_of(product) for product in PRODUCTS}
