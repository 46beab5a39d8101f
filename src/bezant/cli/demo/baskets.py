"""Made-up incomplete baskets: pure, and the same again for the same seed and moment.

Only tokens and guids are never the same: nobody is to know a cart's token from reading
this. Invariants: a basket's quotes are the partner's own; no two baskets of less than
2²⁶ in a row share an increment id; a hold is over when its basket comes in.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final
from uuid import uuid4

from bezant.baskets.model import Basket, LoadedBasket
from bezant.customers.model import Address
from bezant.kernel.ids import BasketId, CustomerId, PartnerId, ProductId, cart_token
from bezant.kernel.money import Currency
from bezant.pricing.lines import Line
from bezant.pricing.model import Quote

SEED: Final = 1204
AGE: Final = timedelta(days=400)
"""The oldest basket is as old as this."""
YOUNGEST: Final = timedelta(minutes=10)
HOLD_LIFE: Final = timedelta(seconds=240)

# An increment id names a second and a number below 2²⁰. The basket's block of 2²⁰ decides
# which seconds it may be born in, so numbers that look alike never meet in one second.
_NUMBERS: Final = 2**20
_BLOCKS: Final = 64

_CHANNELS: Final = ("web", "web", "web", "ios", "ios", "android", "android", "android")
_LINES: Final = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4)
# Of a hundred baskets, so many have both addresses, and so many more where to ship to only.
_BOTH_ADDRESSES: Final = 60
_SHIPPING_ONLY: Final = 15


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one partner's customers can buy: quotes, and how much each is wanted, summed up.

    Cheap pieces are wanted more than dear ones, and more of them at once.
    """

    partner_id: PartnerId
    currency: Currency
    quotes: tuple[Quote, ...]
    wanted: tuple[int, ...]

    @classmethod
    def of(cls, partner_id: PartnerId, currency: Currency, quotes: Sequence[Quote]) -> "Shelf":
        """A shelf with these quotes. Raises `ValueError` when there are none."""
        if not quotes:
            raise ValueError("a shelf with nothing on it")
        wanted = accumulate(_weight(quote) for quote in quotes)
        return cls(partner_id, currency, tuple(quotes), tuple(wanted))

    def draw(self, chance: Random) -> Quote:
        """One of the quotes."""
        return self.quotes[bisect(self.wanted, chance.randrange(self.wanted[-1]))]


@dataclass(frozen=True, slots=True)
class Shopper:
    """A customer who leaves baskets behind."""

    shelf: Shelf
    customer_id: CustomerId
    shipping_address: Address | None
    billing_address: Address | None


@dataclass(frozen=True, slots=True)
class Window:
    """The whole seconds, since 1970, in which baskets are born."""

    begin: int
    end: int

    @classmethod
    def before(cls, now: datetime) -> "Window":
        """The last 400 days, but for the last minutes."""
        return cls(int((now - AGE).timestamp()), int((now - YOUNGEST).timestamp()))

    def moment(self, chance: Random, basket_id: BasketId, *, place: int, of: int) -> datetime:
        """A moment in the part of the window that belongs to `place`, counted from 0."""
        width = self.end - self.begin
        second = self.begin + (place * width + chance.randrange(width)) // of
        second += basket_id // _NUMBERS % _BLOCKS - second % _BLOCKS
        return datetime.fromtimestamp(second, UTC)


def make_baskets(
    shoppers: Sequence[Shopper], ids: Sequence[BasketId], *, chance: Random, window: Window
) -> Iterator[LoadedBasket]:
    """One basket for each id, the older the smaller its id."""
    for place, basket_id in enumerate(ids):
        shopper = shoppers[chance.randrange(len(shoppers))]
        at = window.moment(chance, basket_id, place=place, of=len(ids))
        yield _basket(shopper, basket_id, chance=chance, at=at)


def basket_of(
    shopper: Shopper, basket_id: BasketId, *, lines: dict[ProductId, Line], at: datetime
) -> Basket:
    """A basket with these lines, its hold begun at `at`."""
    return Basket(
        basket_id=basket_id,
        version=0,
        partner_id=shopper.shelf.partner_id,
        customer_id=shopper.customer_id,
        token=cart_token(),
        currency=shopper.shelf.currency,
        hold_expires_at=at + HOLD_LIFE,
        lines=lines,
    )


def draw_lines(chance: Random, shelf: Shelf) -> dict[ProductId, Line]:
    """A few lines; a product that is drawn again makes none."""
    lines: dict[ProductId, Line] = {}
    for _ in range(_LINES[chance.randrange(len(_LINES))]):
        quote = shelf.draw(chance)
        if quote.product_id not in lines:
            amount = 1 + chance.randrange(_most_pieces(quote))
            lines[quote.product_id] = Line(len(lines) + 1, amount, quote)
    return lines


def _basket(shopper: Shopper, basket_id: BasketId, *, chance: Random, at: datetime) -> LoadedBasket:
    drawn = chance.randrange(100)
    return LoadedBasket(
        basket=basket_of(shopper, basket_id, lines=draw_lines(chance, shopper.shelf), at=at),
        guid=uuid4(),
        channel=_CHANNELS[chance.randrange(len(_CHANNELS))],
        ordered_at=at,
        shipping_address=(
            shopper.shipping_address if drawn < _BOTH_ADDRESSES + _SHIPPING_ONLY else None
        ),
        billing_address=shopper.billing_address if drawn < _BOTH_ADDRESSES else None,
    )


_CHEAP: Final = 800_000
_DEAR: Final = 6_000_000


def _most_pieces(quote: Quote) -> int:
    minor = quote.metal_value.minor
    return 5 if minor < _CHEAP else 3 if minor < _DEAR else 1


def _weight(quote: Quote) -> int:
    return 1 + 100 * _CHEAP // (quote.metal_value.minor + _CHEAP)
