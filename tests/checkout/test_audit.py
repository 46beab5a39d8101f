"""The audit finds each rule broken that it knows, and nothing on sound books."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bezant.catalog import service as catalog
from bezant.catalog import stockroom
from bezant.checkout import audit, refunding, settling
from bezant.checkout.queries import audit as queries
from bezant.checkout.refunding import RefundAsked
from bezant.kernel.db import Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.payments.service import legs, returning
from bezant.payments.till import Till
from tests.api.shelf import Shelf
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD, Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.databases import undone

SUMS = "an order's figures are the sums of its lines"
BASKETS = "a basket makes one order"
AMOUNTS = "a payment is of its order's total"
PAID = "an order is paid if and only if its money was taken"
CAPTURES = "a payment is captured by one charge"
SURPLUS = "what was taken too much goes back"
REFUNDS = "what went back is what refunds say"
REFUNDED = "a refunded order has all its money back"
STOCK = "what came into stock is left, promised or sold"
PROMISES = "an order has its pieces as long as it stands"
PIECES = "a piece with a serial is there for each in stock"
HISTORY = "an order's history ends in its status"

ORDER = "partner_id = $1 AND order_id = $2"
PAYMENT = f"partner_id = $1 AND payment_id = (SELECT payment_id FROM payment WHERE {ORDER})"
PRODUCT = f"product_id = (SELECT product_id FROM order_item WHERE {ORDER} LIMIT 1)"
ONE_MORE = (
    "INSERT INTO piece (product_id, serial, entered_at)"
    f" SELECT product_id, 'ONE-MORE', now() FROM order_item WHERE {ORDER}"
)

Named = tuple[PartnerId, OrderId]


@dataclass(frozen=True)
class Books:
    """The books of this test, with one order of each kind made on demand."""

    till: Till
    acquirer: FakeAcquirer
    clock: FakeClock
    partner: PartnerClient
    shelf: Shelf

    async def order(self, kind: str) -> Named:
        """An order that was bought so, of five pieces that there are."""
        goods = await self.shelf.put(stock=0 if kind == "with serials" else 5)
        if kind == "with serials":
            await self._take_in_with_serials(goods.sku)
        buyer = await Buyer.enter(self.partner, sku=goods.sku, amount=2)
        return await self._bought(buyer, kind)

    async def ask_again(self, order_id: int) -> None:
        """Staff asks for all of an order to go back once more."""
        named = (self.partner.sign_in.partner.partner_id, OrderId(order_id))
        asked = RefundAsked(None, "Elif", "Once more")
        await refunding.refund_order(self.till, *named, asked)

    async def _bought(self, buyer: Buyer, kind: str) -> Named:
        match kind:
            case "cash" | "with serials":
                return order_named(buyer, await buyer.complete())
            case "waiting":
                return order_named(buyer, await buyer.complete(payment_type="creditcard"))
            case "cancelled":
                named = order_named(buyer, await buyer.complete(payment_type="creditcard"))
                await refunding.cancel_order(self.till, *named, by="Elif", reason="Changed")
                return named
            case "card":
                self.acquirer.plans(Turn.CAPTURED)
                return order_named(buyer, await buyer.pay_by_card())
            case "surplus":
                self.acquirer.captured_otherwise = Money(100, Currency.TRY)
                self.acquirer.plans(Turn.CAPTURED)
                named = order_named(buyer, await buyer.pay_by_card())
                await returning.send_refunds(self.till)
                return named
            case "refunded":
                named = order_named(buyer, await buyer.complete())
                asked = RefundAsked(None, "Elif", "Came back")
                await refunding.refund_order(self.till, *named, asked)
                return named
            case _:
                raise AssertionError(kind)

    async def _take_in_with_serials(self, sku: str) -> None:
        async with self.till.db.transaction() as tx:
            await stockroom.begin_serials(tx, sku)
            serials = [f"{sku}-{number}" for number in range(5)]
            await catalog.take_in(tx, sku, 5, serials=serials, now=self.clock.now())


@pytest.fixture
async def books(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock, shelf: Shelf
) -> Books:
    """Books in which nothing is broken."""
    return Books(till, acquirer, clock, partner, shelf)


async def broken(tx: Tx) -> dict[str, list[str]]:
    """The rules that are broken, and by what."""
    found = {rule: await queries.breaks(tx, rule) for rule in queries.CHECKS}
    return {rule: breaks for rule, breaks in found.items() if breaks}


# By the rule: the kind of order, what breaks it, and what the audit says of it. `@order@` is the
# order's number. What is done to a second table keeps the other rules whole.
BREAKS: list[tuple[str, str, list[str], str]] = [
    (
        SUMS,
        "cash",
        [f"UPDATE order_item SET tax = tax + 1 WHERE {ORDER}"],
        "order @order@: its figures are not the sums of its lines",
    ),
    *(
        (
            SUMS,
            "cash",
            [f"UPDATE sales_order SET {column} = {column} + 1 WHERE {ORDER}"],
            "order @order@: its figures are not the sums of its lines",
        )
        for column in ("insurance", "shipping", "commission", "minted_markup", "silver_craft")
    ),
    (
        SUMS,
        "cash",
        [
            f"UPDATE sales_order SET price = price + 1, tax = tax + 1 WHERE {ORDER}",
            f"UPDATE payment SET amount = amount + 2, captured = captured + 2 WHERE {ORDER}",
        ],
        "order @order@: its figures are not the sums of its lines",
    ),
    (
        SUMS,
        "cash",
        [f"DELETE FROM order_item WHERE {ORDER}"],
        "order @order@: its figures are not the sums of its lines",
    ),
    (
        BASKETS,
        "cash",
        ["UPDATE basket SET state = 'open' WHERE partner_id = $1 AND basket_id = $2"],
        "basket @order@ is open, and an order stands on it",
    ),
    (
        BASKETS,
        "cash",
        ["DELETE FROM basket WHERE partner_id = $1 AND basket_id = $2"],
        "basket  is , and an order stands on it",
    ),
    (
        AMOUNTS,
        "cash",
        [f"UPDATE payment SET amount = amount + 1, captured = captured + 1 WHERE {ORDER}"],
        "order @order@: its payment is of ",
    ),
    (
        AMOUNTS,
        "cash",
        [f"UPDATE payment SET currency = 'EUR' WHERE {ORDER}"],
        "order @order@: its payment is of ",
    ),
    (
        AMOUNTS,
        "cash",
        [f"DELETE FROM payment WHERE {ORDER}"],
        "order @order@: its payment is of , its total is ",
    ),
    (
        PAID,
        "cash",
        [f"UPDATE payment SET captured = 0, state = 'new' WHERE {ORDER}"],
        "order @order@ has status 12, and 0 was captured",
    ),
    *(
        (
            PAID,
            kind,
            [
                "UPDATE payment SET captured = amount, state = 'success', method = 'cash' WHERE "
                + ORDER
            ],
            f"order @order@ has status {status}, and ",
        )
        for kind, status in (("waiting", 2), ("cancelled", 4))
    ),
    (
        CAPTURES,
        "card",
        [f"UPDATE payment_attempt SET cost = cost + 1 WHERE {PAYMENT}"],
        " captured, its charges say ",
    ),
    (
        CAPTURES,
        "card",
        [f"UPDATE payment_attempt SET state = 'declined' WHERE {PAYMENT}"],
        " captured, its charges say 0",
    ),
    (
        SURPLUS,
        "surplus",
        [f"DELETE FROM refund WHERE {PAYMENT}"],
        " was taken too much and is not on its way back",
    ),
    (
        SURPLUS,
        "surplus",
        [f"UPDATE refund SET state = 'refused' WHERE {PAYMENT}"],
        " was taken too much and is not on its way back",
    ),
    (
        REFUNDS,
        "cash",
        [f"UPDATE payment SET refunded = 1 WHERE {ORDER}"],
        ": 1 went back, its refunds say 0",
    ),
    (
        REFUNDS,
        "surplus",
        [f"UPDATE payment_attempt SET is_surplus = false, state = 'lapsed' WHERE {PAYMENT}"],
        ": 0 went back, its refunds say 100",
    ),
    (
        REFUNDED,
        "refunded",
        [
            f"UPDATE payment SET refunded = refunded - 1 WHERE {ORDER}",
            f"UPDATE refund SET amount = amount - 1 WHERE {PAYMENT}",
        ],
        "order @order@ is Refunded, and ",
    ),
    (
        STOCK,
        "cash",
        [f"UPDATE product SET received = received + 1 WHERE {PRODUCT}"],
        ": 6 came in, 3 are left, 2 are promised",
    ),
    (
        STOCK,
        "refunded",
        [f"UPDATE product SET stock = stock - 1 WHERE {PRODUCT}"],
        ": 5 came in, 4 are left, 0 are promised",
    ),
    *(
        (
            PROMISES,
            kind,
            [
                f"UPDATE stock_reservation SET state = '{state}' WHERE {ORDER}",
                f"UPDATE product SET stock = stock {change} WHERE {PRODUCT}",
            ],
            f"order @order@ has status {status}, and product ",
        )
        for kind, state, change, status in (
            ("waiting", "sold", "", 2),
            ("waiting", "released", "+ 2", 2),
            ("cash", "held", "", 12),
            ("cash", "released", "+ 2", 12),
            ("cancelled", "held", "- 2", 4),
            ("cancelled", "sold", "- 2", 4),
            ("refunded", "held", "- 2", 11),
        )
    ),
    (
        PROMISES,
        "cash",
        [
            f"UPDATE sales_order SET status_id = 10 WHERE {ORDER}",
            f"UPDATE order_status_change SET status_id = 10 WHERE {ORDER}",
            f"UPDATE stock_reservation SET state = 'held' WHERE {ORDER}",
        ],
        "order @order@ has status 10, and product ",
    ),
    (
        PROMISES,
        "cash",
        [
            f"UPDATE stock_reservation SET amount = 1 WHERE {ORDER}",
            f"UPDATE product SET stock = stock + 1 WHERE {PRODUCT}",
        ],
        " of it is sold of 2",
    ),
    (
        PROMISES,
        "cash",
        [
            f"UPDATE product SET stock = stock + 2 WHERE {PRODUCT}",
            f"DELETE FROM stock_reservation WHERE {ORDER}",
        ],
        " of it is missing of 2",
    ),
    (
        PIECES,
        "with serials",
        [f"DELETE FROM piece WHERE {PRODUCT} AND order_id IS NULL"],
        ": 0 pieces are free, 3 in stock",
    ),
    (
        PIECES,
        "with serials",
        [ONE_MORE],
        ": 4 pieces are free, 3 in stock",
    ),
    (
        HISTORY,
        "refunded",
        [f"DELETE FROM order_status_change WHERE {ORDER} AND number = 3"],
        "order @order@ has status 11, its history ends in 10",
    ),
    (
        HISTORY,
        "cash",
        [f"DELETE FROM order_status_change WHERE {ORDER}"],
        "order @order@ has status 12, its history ends in ",
    ),
]


@pytest.mark.parametrize(("rule", "kind", "damage", "said"), BREAKS)
async def test_each_break_is_found_and_named(
    books: Books, rule: str, kind: str, damage: list[str], said: str
) -> None:
    named = await books.order(kind)
    async with undone(books.till.db) as tx:
        before = await broken(tx)
        for statement in damage:
            await tx.fetch(f"{statement} {TELLS_BOTH}", *named)
        after = await broken(tx)

    assert before == {}
    assert list(after) == [rule]
    (what,) = after[rule]
    assert said.replace("@order@", str(named[1])) in what


# Every statement is given the order, whether it names both of its halves or not.
TELLS_BOTH = "RETURNING $1::bigint, $2::bigint"


def test_no_rule_is_without_a_test() -> None:
    assert {rule for rule, *_ in BREAKS} == set(queries.CHECKS)


async def test_a_product_without_serials_needs_no_pieces(books: Books) -> None:
    named = await books.order("cash")
    async with undone(books.till.db) as tx:
        await tx.execute(ONE_MORE, *named)
        assert await broken(tx) == {}


@pytest.mark.parametrize(
    "kind", ["cash", "with serials", "waiting", "cancelled", "card", "surplus", "refunded"]
)
async def test_on_sound_books_nothing_is_broken(books: Books, kind: str) -> None:
    await books.order(kind)

    findings = await audit.audit(books.till.db, now=books.clock.now() - timedelta(days=365))

    assert [each.rule for each in findings] == [*queries.CHECKS, audit.OVERDUE]
    assert not any(each.breaks for each in findings)


Late = Callable[[Books], Awaitable[str]]


async def _a_charge(books: Books) -> str:
    buyer = await Buyer.enter(books.partner)
    books.acquirer.plans(Turn.CHALLENGED)
    await buyer.pay_by_card(CARD | {"is_3d": True})
    return f"charge {books.acquirer.charges[-1].reference} is still under way, since "


async def _an_order(books: Books) -> str:
    named = await books.order("waiting")
    return f"order {named[1]} still waits, since "


async def _a_refund(books: Books) -> str:
    named = await books.order("card")
    books.acquirer.is_away = True
    await refunding.refund_order(books.till, *named, RefundAsked(None, "Elif", "Came back"))
    books.acquirer.is_away = False
    async with books.till.db.reading() as connection:
        reference = await connection.fetchval(
            f"SELECT reference FROM refund WHERE {PAYMENT}", *named
        )
    return f"refund {reference} is still to be sent, since "


async def _a_refused_refund(books: Books) -> str:
    named = await books.order("card")
    charge = list(books.acquirer.taken.values())[-1]
    charge.refunded = charge.captured
    await refunding.refund_order(books.till, *named, RefundAsked(None, "Elif", "Came back"))
    charge.refunded = None
    return f"order {named[1]} is Refunding, since "


@pytest.mark.parametrize(
    ("late", "due_s"),
    [(_a_charge, 600), (_an_order, 720), (_a_refund, 0), (_a_refused_refund, 0)],
    ids=["charge", "order", "refund", "refused refund"],
)
async def test_what_is_forgotten_is_found_after_a_quarter_of_an_hour(
    books: Books, late: Late, due_s: int
) -> None:
    said = await late(books)
    due = books.clock.now() + timedelta(seconds=due_s)

    assert not await _overdue(books, said, at=due + timedelta(minutes=15))
    assert await _overdue(books, said, at=due + timedelta(minutes=15, seconds=1))

    books.clock.advance(seconds=721)
    if late is _a_refused_refund:
        await books.ask_again(int(said.split()[1]))
    for work in (legs.sweep, settling.release_overdue, returning.send_refunds):
        await work(books.till)
    assert not await _overdue(books, said, at=due + timedelta(days=1))


async def _overdue(books: Books, said: str, *, at: datetime) -> bool:
    *_, finding = await audit.audit(books.till.db, now=at)
    return any(what.startswith(said) for what in finding.breaks)


async def test_what_happens_while_the_audit_reads_is_no_break(books: Books) -> None:
    buyers = [await Buyer.enter(books.partner) for _ in range(4)]

    async def audited() -> bool:
        at = books.clock.now() - timedelta(days=365)
        findings = await audit.audit(books.till.db, now=at)
        return not any(each.breaks for each in findings)

    _, *sound = await asyncio.gather(
        asyncio.gather(*(buyer.complete() for buyer in buyers)), *(audited() for _ in range(4))
    )

    assert all(sound)


async def test_what_an_acquirer_took_and_gave_back_is_summed(books: Books) -> None:
    before = await audit.taken_at(books.till.db, "fake")
    named = await books.order("card")
    asked = RefundAsked(Money(1_000, Currency.TRY), "Elif", "A scratch")
    await refunding.refund_order(books.till, *named, asked)
    await books.order("surplus")
    books.acquirer.is_away = True
    await refunding.refund_order(books.till, *named, asked)
    books.acquirer.is_away = False

    after = await audit.taken_at(books.till.db, "fake")

    there = [each for each in books.acquirer.taken.values() if each.captured]
    was = before.get(Currency.TRY, audit.TakenAt(0, 0))
    now = after[Currency.TRY]
    assert now.captured - was.captured == sum(e.captured.minor for e in there if e.captured)
    assert now.refunded - was.refunded == 1_000 + 100
    assert await audit.taken_at(books.till.db, "nobody") == {}
    books.clock.advance(seconds=31)
    await returning.send_refunds(books.till)
