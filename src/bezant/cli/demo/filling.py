"""Fills the demo shop up to so many incomplete baskets, by COPY, with newcomers as needed.

A batch is a transaction, so a fill that was stopped goes on where it was. Memory is bounded
by two batches: while the database takes in the one, the next is made. Invariants: the named
customers have about ten baskets each and no more, a newcomer about three; a batch is made by
chance from the seed and the first of its ids, which never comes again.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bezant.baskets import bulk as baskets
from bezant.baskets.model import LoadedBasket
from bezant.catalog import service as catalog
from bezant.catalog.model import ProductFilter
from bezant.cli.demo.baskets import SEED, Shelf, Shopper, Window, make_baskets
from bezant.cli.demo.enrolment import addresses_of, loaded_customer
from bezant.cli.demo.people import demo_customers
from bezant.cli.demo.shop import LEADS, DemoShop
from bezant.customers import bulk as customers
from bezant.customers import service as customers_service
from bezant.customers.model import LoadedCustomer
from bezant.kernel.db import Connection, Database, PoolLimits, Tx
from bezant.kernel.ids import BasketId
from bezant.partners.model import Partner
from bezant.pricing import service as pricing
from bezant.pricing.model import PricingTerms

LOADERS: Final = 2
BULK_LIMITS: Final = PoolLimits(connections=LOADERS, statement_timeout_s=1_800.0)
BATCH: Final = 20_000
PER_NAMED: Final = 10
PER_NEWCOMER: Final = 3
# How many baskets are made before others get their turn.
_SLICE: Final = 250
PRICE_AGE_LIMIT: Final = timedelta(minutes=5)
_JOINED_BEFORE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """So many baskets of one transaction, for so many newcomers; 0 means named customers."""

    baskets: int
    newcomers: int


def batches(*, there: int, wanted: int, named: int) -> Iterator[Batch]:
    """What is to be made when `there` baskets are there and `named` customers are known."""
    missing = wanted - there
    for_named = max(0, min(missing, named * PER_NAMED - there))
    if for_named > 0:
        yield Batch(for_named, 0)
    for_newcomers = missing - for_named
    while for_newcomers > 0:
        size = min(BATCH, for_newcomers)
        yield Batch(size, -(-size // PER_NEWCOMER))
        for_newcomers -= size


async def fill_up(
    db: Database,
    shop: DemoShop,
    plan: Sequence[Batch],
    *,
    now: datetime,
    made: Callable[[int], None],
) -> None:
    """Makes the batches; `made` is told of each that is committed."""
    filling = await _Filling.begin(db, shop, now=now)
    waiting = iter(plan)

    async def load_batches() -> None:
        for batch in waiting:
            async with db.transaction() as tx:
                await filling.load(tx, batch)
            made(batch.baskets)

    async with asyncio.TaskGroup() as group:
        for _ in range(LOADERS):
            group.create_task(load_batches())
    async with db.reading() as connection:
        await customers.settle_customers(connection)
        await baskets.settle_baskets(connection)


async def shelf_of(connection: Connection, partner: Partner, *, now: datetime) -> Shelf:
    """What a partner's customers can buy at this moment, priced for them."""
    terms = PricingTerms(partner.partner_id, partner.currency, PRICE_AGE_LIMIT, ZoneInfo("UTC"))
    products = await catalog.all_products(connection, ProductFilter(in_stock=True))
    priced = await pricing.price_products(connection, products, terms=terms, now=now)
    quotes = [one.quote for one in priced.values()]
    return Shelf.of(partner.partner_id, partner.currency, quotes)


async def named_shopper(connection: Connection, shelf: Shelf, external_id: str) -> Shopper:
    """A customer of the shelf's partner, with the first of each kind of address."""
    customer = await customers_service.find_customer(connection, shelf.partner_id, external_id)
    addresses = await addresses_of(connection, shelf.partner_id, external_id)
    return Shopper(shelf, customer.customer_id, *addresses)


@dataclass(frozen=True, slots=True)
class _Made:
    """A batch as it is to be written."""

    newcomers: Sequence[LoadedCustomer]
    baskets: Sequence[LoadedBasket]


class _Filling:
    """One fill: what each partner sells, who is named, and whose turn it is to make."""

    def __init__(
        self, shelves: Sequence[Shelf], named: Sequence[Shopper], *, window: Window
    ) -> None:
        self._shelves = shelves
        self._named = named
        self._window = window
        # One batch is made at a time, so that it is made while another is written.
        self._making = asyncio.Lock()

    @classmethod
    async def begin(cls, db: Database, shop: DemoShop, *, now: datetime) -> "_Filling":
        """Prices everything once for each partner, and looks up the named customers."""
        async with db.reading() as connection:
            shelves = [await shelf_of(connection, partner, now=now) for partner in shop.partners]
            named = await _named_shoppers(connection, shop, shelves)
        return cls(shelves, named, window=Window.before(now))

    async def load(self, tx: Tx, batch: Batch) -> None:
        """Makes a batch and writes it."""
        async with self._making:
            made = await self._make(tx, batch)
        if made.newcomers:
            await customers.load_customers(tx, made.newcomers)
        await baskets.load_baskets(tx, made.baskets)

    async def _make(self, tx: Tx, batch: Batch) -> _Made:
        ids = await baskets.take_basket_ids(tx, batch.baskets)
        # Repeatable is what is wanted here; tokens have another source.
        chance = Random(f"{SEED}:{ids[0]}")  # noqa: S311
        newcomers = await self._newcomers(tx, batch.newcomers, chance=chance)
        shoppers = [_shopper(one, self._shelves) for one in newcomers] or self._named
        return _Made(newcomers, await self._make_baskets(shoppers, ids, chance))

    async def _newcomers(self, tx: Tx, count: int, *, chance: Random) -> list[LoadedCustomer]:
        if count == 0:
            return []
        # The first of any people is the published example's customer, who is there already.
        people = demo_customers(count + 1, seed=chance.getrandbits(64))[1:]
        ids = iter(await customers.take_customer_ids(tx, count))
        address_ids = iter(await customers.take_address_ids(tx, 2 * count))
        joined = datetime.fromtimestamp(self._window.begin, UTC) - _JOINED_BEFORE
        return [
            loaded_customer(
                person,
                self._shelves[place % len(self._shelves)].partner_id,
                ids=(next(ids), next(address_ids), next(address_ids)),
                at=joined,
            )
            for place, person in enumerate(people)
        ]

    async def _make_baskets(
        self, shoppers: Sequence[Shopper], ids: Sequence[BasketId], chance: Random
    ) -> list[LoadedBasket]:
        made: list[LoadedBasket] = []
        making = make_baskets(shoppers, ids, chance=chance, window=self._window)
        while part := list(islice(making, _SLICE)):
            made += part
            await asyncio.sleep(0)
        return made


async def _named_shoppers(
    connection: Connection, shop: DemoShop, shelves: Sequence[Shelf]
) -> list[Shopper]:
    """Every named customer but the partners' first ones, whose baskets are fixed."""
    found: list[Shopper] = []
    for place, person in enumerate(shop.people[LEADS:], start=LEADS):
        shelf = shelves[place % len(shelves)]
        found.append(await named_shopper(connection, shelf, person.external_id))
    return found


def _shopper(newcomer: LoadedCustomer, shelves: Sequence[Shelf]) -> Shopper:
    customer = newcomer.customer
    shelf = next(shelf for shelf in shelves if shelf.partner_id == customer.partner_id)
    shipping, billing = newcomer.addresses
    return Shopper(shelf, customer.customer_id, shipping, billing)
