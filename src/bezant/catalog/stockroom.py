"""The stockroom's verbs: what is there, which pieces, and serials as they are typed."""

import re
from collections.abc import Iterable
from typing import Final

from bezant.catalog import service
from bezant.catalog.model import (
    MAX_PRODUCTS,
    PiecesWithoutSerials,
    PieceTold,
    SerialsRefused,
    StockLevel,
)
from bezant.catalog.store import levels as store
from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language

MAX_SERIALS: Final = 10_000
"""How many pieces with serials are taken in at once, or listed."""
_SERIAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{0,39}")


async def stock_levels(
    connection: Connection, *, at_most_left: int | None = None, language: Language
) -> list[StockLevel]:
    """What there is of each product on sale; of those only with at most so many left."""
    return await store.select_levels(
        connection, at_most_left=at_most_left, language=language, rows=MAX_PRODUCTS
    )


async def pieces_of(connection: Connection, sku: str) -> list[PieceTold]:
    """The pieces with serials of a product on sale. Raises `NoSuchProduct`."""
    await service.find_product(connection, sku=sku)
    return await store.select_pieces(connection, sku, rows=MAX_SERIALS)


async def begin_serials(tx: Tx, sku: str) -> None:
    """Makes a product on sale one whose pieces have serials.

    Raises `NoSuchProduct`, and `PiecesWithoutSerials` while any of it is in stock, promised
    or sold: a sold piece may come back.
    """
    await service.find_product(tx, sku=sku)
    try:
        await service.give_serials(tx, sku)
    except SerialsRefused:
        raise PiecesWithoutSerials(sku=sku) from None


def read_serials(lines: Iterable[str]) -> list[str]:
    """Serials, one a line; empty lines count for nothing.

    Raises `Invalid` for none, too many, one that is out of form, or one that is there twice.
    """
    found = [serial for line in lines if (serial := line.strip())]
    if not 1 <= len(found) <= MAX_SERIALS:
        raise Invalid.field("serials", "serials.count", max=MAX_SERIALS)
    seen: set[str] = set()
    for serial in found:
        if not _SERIAL.fullmatch(serial):
            raise Invalid.field("serials", "serials.form", serial=serial[:40])
        if serial in seen:
            raise Invalid.field("serials", "serials.twice", serial=serial)
        seen.add(serial)
    return found
