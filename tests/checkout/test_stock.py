"""What is sold exists: pieces come in, are promised, sold, given back, and told apart."""

import asyncio

import pytest

from bezant.catalog import service as catalog
from bezant.catalog import stockroom
from bezant.catalog.model import (
    NoSuchProduct,
    PiecesWithoutSerials,
    SerialsRefused,
    StockLevel,
)
from bezant.checkout import finding, refunding
from bezant.checkout.refunding import RefundAsked
from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language
from bezant.payments.till import Till
from tests.api.shelf import Goods, Shelf
from tests.factories.checkout import Buyer, order_named, stock_of
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock


class Stockroom:
    """Takes pieces in and looks where they are."""

    def __init__(self, till: Till, clock: FakeClock) -> None:
        self.till = till
        self.clock = clock

    async def take_in(self, sku: str, amount: int, *serials: str) -> int:
        """How many are left after so many came in."""
        now = self.clock.now()
        return await self.till.db.write(
            lambda tx: catalog.take_in(tx, sku, amount, serials=serials, now=now)
        )

    async def begin_serials(self, sku: str) -> None:
        """Each piece has a serial from now on."""
        await self.till.db.write(lambda tx: stockroom.begin_serials(tx, sku))

    async def level(self, sku: str) -> StockLevel:
        """What there is of a product."""
        async with self.till.db.reading() as connection:
            levels = await stockroom.stock_levels(connection, language=Language.EN)
        (found,) = [each for each in levels if each.sku == sku]
        return found

    async def free(self, sku: str) -> list[str]:
        """The serials of the pieces that no order has."""
        async with self.till.db.reading() as connection:
            pieces = await stockroom.pieces_of(connection, sku)
        return [each.serial for each in pieces if each.order is None]

    async def serials_of(self, buyer: Buyer) -> list[str]:
        """The serials of an order's pieces, as staff sees them."""
        partner_id = buyer.partner.sign_in.partner.partner_id
        async with self.till.db.snapshot() as connection:
            name = await finding.find_order(connection, buyer.external_id, partner_id)
            file = await finding.read_file(connection, name, language=Language.EN)
        return [serial for serials in file.serials.values() for serial in serials]


@pytest.fixture
def room(till: Till, clock: FakeClock) -> Stockroom:
    """The stockroom of this test."""
    return Stockroom(till, clock)


@pytest.fixture
async def numbered(room: Stockroom, shelf: Shelf) -> Goods:
    """A product with serials, of which there are three pieces: B, C and A."""
    goods = await shelf.put(stock=0)
    await room.begin_serials(goods.sku)
    await room.take_in(goods.sku, 3, "B", "C", "A")
    return goods


async def test_what_came_in_is_left_held_or_sold(
    partner: PartnerClient, room: Stockroom, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=10, name=("Külçe", "Ingot"))
    waiting = await Buyer.enter(partner, sku=goods.sku, amount=2)
    await waiting.complete(payment_type="creditcard")
    sold = await Buyer.enter(partner, sku=goods.sku, amount=3)
    await sold.complete()

    assert await room.take_in(goods.sku, 4) == 9

    assert await room.level(goods.sku) == StockLevel(
        sku=goods.sku, name="Ingot", left=9, held=2, sold=3, received=14, has_serials=False
    )


async def test_what_was_released_counts_as_left(
    partner: PartnerClient, room: Stockroom, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=5)
    buyer = await Buyer.enter(partner, sku=goods.sku, amount=2)
    named = order_named(buyer, await buyer.complete())

    await refunding.refund_order(room.till, *named, RefundAsked(None, "Elif", "Came back"))

    level = await room.level(goods.sku)
    assert (level.left, level.held, level.sold, level.received) == (5, 0, 0, 5)


async def test_only_what_is_low_is_listed_and_nothing_that_is_not_sold(
    room: Stockroom, shelf: Shelf
) -> None:
    low, edge, plenty = [await shelf.put(stock=stock) for stock in (0, 2, 3)]
    withdrawn = await shelf.put(stock=0)
    await shelf.withdraw(withdrawn)

    async with room.till.db.reading() as connection:
        found = await stockroom.stock_levels(connection, at_most_left=2, language=Language.TR)

    skus = [each.sku for each in found]
    assert skus == sorted(skus)
    mine = {each.sku for each in (low, edge, plenty, withdrawn)}
    assert mine & set(skus) == {low.sku, edge.sku}


async def test_pieces_that_come_in_while_others_are_sold_all_count(
    partner: PartnerClient, room: Stockroom, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=4)
    buyers = [await Buyer.enter(partner, sku=goods.sku) for _ in range(4)]

    await asyncio.gather(
        *(room.take_in(goods.sku, 3) for _ in range(5)), *(buyer.complete() for buyer in buyers)
    )

    level = await room.level(goods.sku)
    assert (level.left, level.sold, level.received) == (15, 4, 19)


async def test_an_order_gets_pieces_with_their_serials_and_gives_them_back(
    partner: PartnerClient, room: Stockroom, numbered: Goods
) -> None:
    first = await Buyer.enter(partner, sku=numbered.sku, amount=2)
    named = order_named(first, await first.complete())
    second = await Buyer.enter(partner, sku=numbered.sku)
    await second.complete()

    assert await room.serials_of(first) == ["A", "B"]
    assert await room.serials_of(second) == ["C"]
    assert await room.free(numbered.sku) == []
    await refunding.refund_order(room.till, *named, RefundAsked(None, "Elif", "Came back"))
    assert await room.free(numbered.sku) == ["A", "B"]
    assert await room.serials_of(first) == []
    assert await room.serials_of(second) == ["C"]


async def test_no_piece_is_given_to_two_orders_at_once(
    partner: PartnerClient, room: Stockroom, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=0)
    await room.begin_serials(goods.sku)
    await room.take_in(goods.sku, 8, *(f"N{number}" for number in range(8)))
    buyers = [await Buyer.enter(partner, sku=goods.sku, amount=2) for _ in range(5)]

    replies = await asyncio.gather(*(buyer.complete() for buyer in buyers))

    assert sorted(reply.status for reply in replies) == [200, 200, 200, 200, 409]
    given = [
        serial
        for buyer, reply in zip(buyers, replies, strict=True)
        if reply.status == 200
        for serial in await room.serials_of(buyer)
    ]
    assert sorted(given) == [f"N{number}" for number in range(8)]


@pytest.mark.parametrize(
    ("amount", "serials"),
    [(1, ()), (2, ("D",)), (1, ("D", "E")), (1, ("A",)), (2, ("D", "D"))],
)
async def test_a_product_with_serials_takes_in_one_for_each_piece_none_of_them_known(
    room: Stockroom, numbered: Goods, amount: int, serials: tuple[str, ...]
) -> None:
    with pytest.raises(SerialsRefused):
        await room.take_in(numbered.sku, amount, *serials)

    assert await stock_of(room.till, numbered.sku) == 3
    assert await room.free(numbered.sku) == ["A", "B", "C"]


async def test_a_product_without_serials_takes_none(room: Stockroom, shelf: Shelf) -> None:
    goods = await shelf.put(stock=1)

    with pytest.raises(SerialsRefused):
        await room.take_in(goods.sku, 1, "A")

    assert await stock_of(room.till, goods.sku) == 1


async def test_one_serial_may_be_of_two_products(
    room: Stockroom, numbered: Goods, shelf: Shelf
) -> None:
    other = await shelf.put(stock=0)
    await room.begin_serials(other.sku)

    assert await room.take_in(other.sku, 1, "A") == 1


async def test_a_product_that_there_is_not_takes_nothing_in(room: Stockroom) -> None:
    with pytest.raises(NoSuchProduct):
        await room.take_in("NOTHING", 1)
    with pytest.raises(NoSuchProduct):
        await room.begin_serials("NOTHING")
    with pytest.raises(NoSuchProduct):
        await room.free("NOTHING")


async def test_serials_begin_only_with_nothing_that_has_none(
    partner: PartnerClient, room: Stockroom, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=1)
    with pytest.raises(PiecesWithoutSerials):
        await room.begin_serials(goods.sku)
    buyer = await Buyer.enter(partner, sku=goods.sku)
    await buyer.complete()

    with pytest.raises(PiecesWithoutSerials):
        await room.begin_serials(goods.sku)

    assert not (await room.level(goods.sku)).has_serials


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["A-1", "B/2"], ["A-1", "B/2"]),
        ([" A ", "", "\t", "b_2"], ["A", "b_2"]),
        (["x" * 40], ["x" * 40]),
    ],
)
def test_serials_are_read_one_a_line(lines: list[str], found: list[str]) -> None:
    assert stockroom.read_serials(lines) == found


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "There must be at least one and at most 10000 serial numbers."),
        (["", " "], "There must be at least one and at most 10000 serial numbers."),
        ([str(n) for n in range(10_001)], "There must be at least one and at most 10000"),
        (["A", "-B"], "This is no serial number: -B"),
        (["A B"], "This is no serial number: A B"),
        (["Ş1"], "This is no serial number: Ş1"),
        (["x" * 41], "This is no serial number: xxx"),
        (["A", "B", "A"], "This serial number is there twice: A"),
    ],
)
def test_what_is_no_list_of_serials_is_refused(lines: list[str], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        stockroom.read_serials(lines)

    (text,) = refused.value.fields["serials"]
    assert text.into(Language.EN).startswith(said)
