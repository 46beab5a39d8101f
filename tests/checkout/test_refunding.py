"""Money goes back once, as much as was asked for and never more than was taken."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from bezant.checkout import refunding
from bezant.checkout.refunding import NothingToRestock, RefundAsked
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.sealing import Sealer, derive_key
from bezant.orders import service as orders
from bezant.orders.model import NoSuchOrder, NoWayThere, OrderStatus
from bezant.payments.acquirer import ChargeReference, ChargeState, RefundReference
from bezant.payments.acquirer import RefundAsked as AskedAtAcquirer
from bezant.payments.model import NotThatMuchToRefund, RefundVerdict
from bezant.payments.service import legs, returning
from bezant.payments.service.refunds import PAUSES
from bezant.payments.till import Till
from bezant.webhooks.model import EndpointWanted
from bezant.webhooks.service import endpoints
from bezant.webhooks.service.endpoints import Vault
from tests.api.shelf import Goods, Shelf
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD, Buyer, order_named, payment_of, stock_of
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock

PRICE = 200_000
"""What a piece of one gram costs, in kuruş; an order here is of two."""
WHOLE = 2 * PRICE
BY = "Elif"
WAY_TO = {
    OrderStatus.PAYMENT_CONFIRMED: (),
    OrderStatus.PROCESSING: (OrderStatus.PROCESSING,),
    OrderStatus.PREPARING: (OrderStatus.PREPARING,),
    OrderStatus.PACKED: (OrderStatus.PREPARING, OrderStatus.PACKED),
    OrderStatus.SHIPPED: (OrderStatus.PREPARING, OrderStatus.PACKED, OrderStatus.SHIPPED),
    OrderStatus.TRANSFERRING: (
        OrderStatus.PREPARING,
        OrderStatus.PACKED,
        OrderStatus.SHIPPED,
        OrderStatus.TRANSFERRING,
    ),
    OrderStatus.COMPLETED: (OrderStatus.COMPLETED,),
}
"""How an order that is paid comes to each status that it may be refunded in."""


def lira(minor: int) -> Money:
    """An amount of lira, in kuruş."""
    return Money(minor, Currency.TRY)


@dataclass
class Sale:
    """An order of two pieces of the one product of this test, of which there were five."""

    till: Till
    acquirer: FakeAcquirer
    clock: FakeClock
    buyer: Buyer
    goods: Goods
    named: tuple[PartnerId, OrderId] = (PartnerId(0), OrderId(0))

    async def in_cash(self) -> None:
        """The partner has collected the money."""
        self.named = order_named(self.buyer, await self.buyer.complete())

    async def by_card(self, *turns: Turn) -> None:
        """By a card, which pays at once unless told."""
        self.acquirer.plans(*(turns or (Turn.CAPTURED,)))
        self.named = order_named(self.buyer, await self.buyer.pay_by_card(CARD))

    async def refund(self, minor: int | None = None) -> RefundVerdict:
        """Asks for so much to go back, or for all that is left."""
        amount = None if minor is None else lira(minor)
        asked = RefundAsked(amount, BY, "Came back")
        return await refunding.refund_order(self.till, *self.named, asked)

    async def cancel(self) -> None:
        """Cancels the order."""
        await refunding.cancel_order(self.till, *self.named, by=BY, reason="Changed her mind")

    async def restock(self) -> int:
        """The pieces have come back."""
        now = self.clock.now()
        return await self.till.db.write(
            lambda tx: refunding.restock_order(tx, *self.named, now=now)
        )

    async def take_to(self, status: OrderStatus) -> None:
        """Takes the paid order on."""
        for step in WAY_TO[status]:
            async with self.till.db.transaction() as tx:
                order = await orders.lock_order(tx, *self.named)
                await orders.change_status(tx, order, step, cause=BY, now=self.clock.now())

    async def status(self) -> object:
        """The name of the order's status."""
        return (await self.buyer.order()).data["status_name"]

    async def refunds(self) -> list[tuple[int, str]]:
        """Amount and state of each refund, the oldest first."""
        async with self.till.db.reading() as connection:
            rows = await connection.fetch(
                "SELECT r.amount, r.state FROM refund r JOIN payment p USING (partner_id,"
                " payment_id) WHERE p.partner_id = $1 AND p.order_id = $2 ORDER BY refund_id",
                *self.named,
            )
        return [(row["amount"], row["state"]) for row in rows]

    async def tries(self) -> int:
        """How often the one refund of this order was sent."""
        async with self.till.db.reading() as connection:
            found: int = await connection.fetchval(
                "SELECT r.tries FROM refund r JOIN payment p USING (partner_id, payment_id)"
                " WHERE p.partner_id = $1 AND p.order_id = $2",
                *self.named,
            )
        return found

    async def asked(self) -> AskedAtAcquirer:
        """The one refund of this order, as its acquirer is asked for it."""
        async with self.till.db.reading() as connection:
            row = await connection.fetchrow(
                "SELECT r.reference, a.reference AS charge, r.amount FROM refund r"
                " JOIN payment_attempt a USING (partner_id, attempt_id)"
                " JOIN payment p ON p.partner_id = a.partner_id AND p.payment_id = a.payment_id"
                " WHERE p.partner_id = $1 AND p.order_id = $2",
                *self.named,
            )
        assert row is not None
        return AskedAtAcquirer(
            reference=RefundReference(row["reference"]),
            charge=ChargeReference(row["charge"]),
            amount=lira(row["amount"]),
            transaction_id="",
            order_reference="",
        )

    async def history(self) -> list[tuple[int, str]]:
        """Every status of the order, and its cause."""
        async with self.till.db.reading() as connection:
            rows = await connection.fetch(
                "SELECT status_id, cause FROM order_status_change"
                " WHERE partner_id = $1 AND order_id = $2 ORDER BY number",
                *self.named,
            )
        return [(row["status_id"], row["cause"]) for row in rows]

    async def left(self) -> int:
        """How many pieces may be sold."""
        return await stock_of(self.till, self.goods.sku)

    async def listen(self) -> None:
        """Somebody wants to hear of this partner's events."""
        vault = Vault(Sealer(derive_key(b"tests", "webhooks")), allows_private=True)
        wanted = EndpointWanted("http://127.0.0.1:1/hooks", frozenset())
        async with self.till.db.transaction() as tx:
            partner_id = self.buyer.partner.sign_in.partner.partner_id
            await endpoints.add_endpoint(tx, partner_id, wanted, vault=vault, now=self.clock.now())

    async def told(self) -> list[str]:
        """The types of what the partner was told of this order."""
        async with self.till.db.reading() as connection:
            rows = await connection.fetch(
                "SELECT type FROM webhook_event WHERE partner_id = $1 AND stream = $2"
                " ORDER BY number",
                self.named[0],
                f"order:{self.named[1]}",
            )
        return [row["type"] for row in rows]


@pytest.fixture
async def sale(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock, shelf: Shelf
) -> Sale:
    """A buyer whose basket is ready to be ordered."""
    goods = await shelf.put(stock=5)
    buyer = await Buyer.enter(partner, sku=goods.sku, amount=2)
    return Sale(till, acquirer, clock, buyer, goods)


async def test_all_that_was_paid_by_card_goes_back_and_the_order_is_refunded(sale: Sale) -> None:
    await sale.by_card()
    assert sale.acquirer.cash == WHOLE

    await sale.refund()

    assert sale.acquirer.cash == 0
    assert await sale.status() == "Refunded"
    assert payment_of(await sale.buyer.order())["state"] == "refunded"
    assert await sale.history() == [
        (2, "complete"),
        (12, "payment"),
        (10, BY),
        (11, "refund"),
    ]
    assert await sale.left() == 5


async def test_a_part_goes_back_and_the_order_stands(sale: Sale) -> None:
    await sale.by_card()

    await sale.refund(12_34)

    assert sale.acquirer.cash == WHOLE - 12_34
    assert await sale.status() == "Payment Confirmed"
    payment = payment_of(await sale.buyer.order())
    assert payment["state"] == "success"
    assert await sale.left() == 3


async def test_parts_add_up_to_the_whole_and_the_last_one_ends_the_order(sale: Sale) -> None:
    await sale.by_card()

    for minor in (100_000, 1, 199_999):
        await sale.refund(minor)
        assert await sale.status() == "Payment Confirmed"
    await sale.refund(100_000)

    assert sale.acquirer.cash == 0
    assert await sale.status() == "Refunded"
    assert await sale.refunds() == [
        (100_000, "done"),
        (1, "done"),
        (199_999, "done"),
        (100_000, "done"),
    ]
    assert await sale.left() == 5


@pytest.mark.parametrize("way", ["card", "cash"])
async def test_more_than_is_left_does_not_go_back(sale: Sale, way: str) -> None:
    await (sale.by_card() if way == "card" else sale.in_cash())
    await sale.refund(WHOLE - 100)

    for minor in (101, 0, -1, WHOLE):
        with pytest.raises(NotThatMuchToRefund) as refused:
            await sale.refund(minor)
        assert refused.value.facts == {"left": "1", "currency": "TRY"}

    assert await sale.refunds() == [(WHOLE - 100, "done")]


async def test_an_order_that_was_refunded_has_nothing_left(sale: Sale) -> None:
    await sale.in_cash()
    await sale.refund()

    with pytest.raises(NotThatMuchToRefund):
        await sale.refund()
    with pytest.raises(NotThatMuchToRefund):
        await sale.cancel()


@pytest.mark.parametrize("way", ["card", "cash"])
async def test_ten_refunds_of_all_at_once_give_all_back_once(sale: Sale, way: str) -> None:
    await (sale.by_card() if way == "card" else sale.in_cash())

    outcomes = await asyncio.gather(*(sale.refund() for _ in range(10)), return_exceptions=True)

    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [NotThatMuchToRefund] * 9
    assert await sale.refunds() == [(WHOLE, "done")]
    assert await sale.status() == "Refunded"
    assert await sale.left() == 5
    assert sale.acquirer.cash == 0


async def test_parts_at_once_never_give_more_back_than_was_taken(sale: Sale) -> None:
    await sale.by_card()

    outcomes = await asyncio.gather(
        *(sale.refund(WHOLE // 4) for _ in range(10)), return_exceptions=True
    )
    # Of one charge, refunds are sent one at a time.
    for _ in range(4):
        sale.clock.advance(seconds=31)
        await returning.send_refunds(sale.till)

    assert sum(isinstance(each, NotThatMuchToRefund) for each in outcomes) == 6
    assert await sale.refunds() == [(WHOLE // 4, "done")] * 4
    assert sale.acquirer.cash == 0
    assert await sale.status() == "Refunded"


async def test_cash_is_the_partners_to_give_back_and_counts_at_once(sale: Sale) -> None:
    await sale.in_cash()

    assert await sale.refund(10_000) is RefundVerdict.PART
    assert await sale.refund() is RefundVerdict.WHOLE

    assert not sale.acquirer.refunds
    assert await sale.status() == "Refunded"
    assert await sale.history() == [(12, "complete"), (10, BY), (11, "refund")]
    assert await sale.left() == 5


async def test_while_the_acquirer_is_away_the_order_is_refunding_and_is_paid_back_once(
    sale: Sale,
) -> None:
    await sale.by_card()
    sale.acquirer.is_away = True
    await sale.refund()
    assert (await sale.status(), sale.acquirer.cash) == ("Refunding", WHOLE)
    assert await sale.refunds() == [(WHOLE, "asked")]

    for tries, pause in enumerate((*PAUSES, PAUSES[-1]), start=1):
        sale.clock.advance(seconds=pause.total_seconds() - 1)
        await returning.send_refunds(sale.till)
        assert await sale.tries() == tries, "it is too early to ask again"
        sale.clock.advance(seconds=1)
        await returning.send_refunds(sale.till)
        assert await sale.tries() == tries + 1
    sale.acquirer.is_away = False
    sale.clock.advance(seconds=PAUSES[-1].total_seconds())
    await asyncio.gather(*(returning.send_refunds(sale.till) for _ in range(5)))

    assert (await sale.status(), sale.acquirer.cash) == ("Refunded", 0)
    assert await sale.refunds() == [(WHOLE, "done")]
    assert await sale.tries() == len(PAUSES) + 3


async def test_a_refund_whose_answer_was_lost_is_paid_once(sale: Sale) -> None:
    await sale.by_card()

    async def lost(_method: str) -> None:
        """The acquirer pays, and nobody hears of it."""
        sale.acquirer.before_call = None
        await sale.acquirer.refund(await sale.asked())
        sale.acquirer.is_away = True

    sale.acquirer.before_call = lost
    await sale.refund()
    assert (await sale.status(), sale.acquirer.cash) == ("Refunding", 0)

    sale.acquirer.is_away = False
    sale.clock.advance(seconds=31)
    await returning.send_refunds(sale.till)

    assert (await sale.status(), sale.acquirer.cash) == ("Refunded", 0)
    assert len(sale.acquirer.refunds) == 1
    assert sale.acquirer.calls.count("refund") == 3


async def test_what_the_acquirer_refuses_may_be_asked_for_again(sale: Sale) -> None:
    await sale.by_card()
    (charge,) = sale.acquirer.taken.values()
    # Somebody has given it back by hand, at the acquirer itself.
    charge.refunded = lira(WHOLE)

    await sale.refund()

    assert await sale.refunds() == [(WHOLE, "refused")]
    assert await sale.status() == "Refunding"
    assert payment_of(await sale.buyer.order())["state"] == "success"
    charge.refunded = None
    await sale.refund()
    assert await sale.refunds() == [(WHOLE, "refused"), (WHOLE, "done")]
    assert await sale.status() == "Refunded"
    assert await sale.left() == 5


async def test_a_refused_part_leaves_the_order_as_it_was(sale: Sale) -> None:
    await sale.by_card()
    (charge,) = sale.acquirer.taken.values()
    charge.refunded = lira(WHOLE)

    await sale.refund(500)

    assert await sale.refunds() == [(500, "refused")]
    assert await sale.status() == "Payment Confirmed"
    assert await sale.left() == 3


async def test_a_deployment_without_the_charges_acquirer_keeps_the_refund(sale: Sale) -> None:
    await sale.by_card()
    whole, sale.till = sale.till, replace(sale.till, acquirers={})

    await sale.refund()

    assert await sale.refunds() == [(WHOLE, "asked")]
    assert await sale.status() == "Refunding"
    sale.clock.advance(seconds=31)
    await returning.send_refunds(whole)
    assert await sale.status() == "Refunded"


@pytest.mark.parametrize("status", list(WAY_TO))
async def test_pieces_come_back_into_stock_only_from_the_house(
    sale: Sale, status: OrderStatus
) -> None:
    await sale.in_cash()
    await sale.take_to(status)

    await sale.refund()

    gone = {OrderStatus.SHIPPED, OrderStatus.TRANSFERRING, OrderStatus.COMPLETED}
    assert await sale.left() == (3 if status in gone else 5)
    assert await sale.status() == "Refunded"


async def test_pieces_that_come_back_later_are_put_into_stock_once(sale: Sale) -> None:
    await sale.in_cash()
    await sale.take_to(OrderStatus.SHIPPED)
    with pytest.raises(NothingToRestock):
        await sale.restock()
    await sale.refund()
    assert await sale.left() == 3

    outcomes = await asyncio.gather(*(sale.restock() for _ in range(4)), return_exceptions=True)

    assert outcomes.count(2) == 1
    assert sum(isinstance(each, NothingToRestock) for each in outcomes) == 3
    assert await sale.left() == 5


async def test_pieces_that_never_left_are_not_put_into_stock_twice(sale: Sale) -> None:
    await sale.in_cash()
    await sale.refund()

    with pytest.raises(NothingToRestock):
        await sale.restock()

    assert await sale.left() == 5


async def test_an_order_that_waits_is_cancelled_and_its_pieces_are_free(sale: Sale) -> None:
    sale.named = order_named(sale.buyer, await sale.buyer.complete(payment_type="creditcard"))

    await sale.cancel()

    assert await sale.status() == "Cancelled"
    assert payment_of(await sale.buyer.order())["state"] == "failed"
    assert await sale.history() == [(2, "complete"), (4, f"{BY}: Changed her mind")]
    assert await sale.left() == 5
    with pytest.raises(NoWayThere):
        await sale.cancel()
    with pytest.raises(NoWayThere):
        await sale.refund()


async def test_a_charge_that_comes_through_after_the_order_was_cancelled_goes_back(
    sale: Sale,
) -> None:
    await sale.by_card(Turn.UNDECIDED)

    await sale.cancel()
    assert await sale.status() == "Cancelled"
    (reference,) = sale.acquirer.taken
    sale.acquirer.decide(reference, ChargeState.CAPTURED)
    sale.clock.advance(seconds=31)
    await legs.sweep(sale.till)
    await returning.send_refunds(sale.till)

    assert (await sale.status(), sale.acquirer.cash) == ("Cancelled", 0)
    assert await sale.left() == 5


async def test_a_paid_order_that_is_cancelled_is_refunded(sale: Sale) -> None:
    await sale.by_card()

    await sale.cancel()

    assert (await sale.status(), sale.acquirer.cash) == ("Refunded", 0)
    assert await sale.left() == 5


async def test_cancelling_and_paying_at_once_end_well_whoever_is_first(sale: Sale) -> None:
    await sale.by_card(Turn.UNDECIDED)
    (reference,) = sale.acquirer.taken
    sale.acquirer.decide(reference, ChargeState.CAPTURED)
    sale.clock.advance(seconds=31)

    await asyncio.gather(sale.cancel(), legs.sweep(sale.till))
    sale.clock.advance(seconds=31)
    await legs.sweep(sale.till)
    await returning.send_refunds(sale.till)

    assert await sale.status() in ("Cancelled", "Refunded")
    assert sale.acquirer.cash == 0
    assert await sale.left() == 5


async def test_an_order_that_there_is_not_is_not_refunded(sale: Sale) -> None:
    await sale.in_cash()
    partner_id, order_id = sale.named
    for named in ((partner_id, OrderId(0)), (PartnerId(partner_id + 1_000_000), order_id)):
        with pytest.raises(NoSuchOrder):
            await refunding.refund_order(sale.till, *named, RefundAsked(None, BY, "None"))
        with pytest.raises(NoSuchOrder):
            await refunding.cancel_order(sale.till, *named, by=BY, reason="None")


@pytest.mark.parametrize(
    ("by", "reason", "field"),
    [
        ("", "r", "by"),
        ("  ", "r", "by"),
        ("b" * 111, "r", "by"),
        ("b", "", "reason"),
        ("b", " ", "reason"),
        ("b", "r" * 501, "reason"),
    ],
)
async def test_who_and_why_can_be_kept(sale: Sale, by: str, reason: str, field: str) -> None:
    await sale.in_cash()
    with pytest.raises(Invalid) as refused:
        RefundAsked(None, by, reason)
    assert list(refused.value.fields) == [field]
    with pytest.raises(Invalid):
        await refunding.cancel_order(sale.till, *sale.named, by=by, reason=reason)
    assert await sale.status() == "Payment Confirmed"


@pytest.mark.parametrize(
    ("way", "after"),
    [
        ("card", ["order.status_changed", "order.status_changed", "order.refunded"]),
        ("cash", ["order.status_changed", "order.status_changed", "order.refunded"]),
    ],
)
async def test_the_partner_is_told_of_every_step(sale: Sale, way: str, after: list[str]) -> None:
    await sale.listen()
    await (sale.by_card() if way == "card" else sale.in_cash())
    before = len(await sale.told())

    await sale.refund(500)
    assert (await sale.told())[before:] == ["order.refunded"]
    await sale.refund()

    assert (await sale.told())[before + 1 :] == after


async def test_the_partner_is_told_of_a_cancelled_order(sale: Sale) -> None:
    await sale.listen()
    sale.named = order_named(sale.buyer, await sale.buyer.complete(payment_type="creditcard"))

    await sale.cancel()

    assert await sale.told() == ["order.created", "order.status_changed", "order.cancelled"]


async def test_a_refund_that_is_refused_is_told_to_nobody(sale: Sale) -> None:
    await sale.listen()
    await sale.by_card()
    (charge,) = sale.acquirer.taken.values()
    charge.refunded = lira(WHOLE)
    before = await sale.told()

    await sale.refund(500)

    assert await sale.told() == before
