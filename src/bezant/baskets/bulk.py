"""Baskets that come in by the thousand: taken over from elsewhere, or made for a demo.

Invariants: what is written adds up as everything else does, by the same sums; no id is
given out twice; a load is whole or nothing, as its transaction is.
"""

from collections.abc import Sequence

from bezant.baskets import store
from bezant.baskets.model import LoadedBasket
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import BasketId


async def take_basket_ids(connection: Connection, count: int) -> list[BasketId]:
    """So many ids for baskets to be loaded, in rising order; what is not used is lost."""
    return await store.take_basket_ids(connection, count)


async def load_baskets(tx: Tx, loaded: Sequence[LoadedBasket]) -> None:
    """Writes baskets whole. Their customers and products are there already."""
    await store.copy_baskets(tx, loaded)


async def count_baskets(connection: Connection, *, at_most: int) -> int:
    """How many open baskets there are, of all partners; counting ends at `at_most`."""
    return await store.count_baskets(connection, at_most=at_most)


async def settle_baskets(connection: Connection) -> None:
    """After a load: the planner knows how much there is, and a count need not look twice.

    Not inside a transaction. Takes seconds for a million baskets.
    """
    await store.vacuum_baskets(connection)
