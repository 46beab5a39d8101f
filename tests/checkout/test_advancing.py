"""Staff takes an order on, its partner is told, and it is found by what people call it."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

import msgspec
import pytest

from bezant.checkout import advancing, finding, refunding
from bezant.checkout.advancing import NotSetByHand, Step
from bezant.checkout.files import OrdersWanted, SeveralOrders
from bezant.checkout.refunding import RefundAsked
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.sealing import Sealer, derive_key
from bezant.kernel.texts import Language
from bezant.orders.model import STAFF_WAYS, NoSuchOrder, NoWayThere, OrderStatus, StatusChange
from bezant.payments.model import AttemptState, RefundState
from bezant.payments.till import Till
from bezant.webhooks.model import EndpointWanted
from bezant.webhooks.service import endpoints
from bezant.webhooks.service.endpoints import Vault
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD, Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock

SENT = ("processing", "preparing", "packed", "shipped", "transferring", "completed")


@dataclass
class Desk:
    """Staff with one order, whose partner listens."""

    till: Till
    clock: FakeClock
    buyer: Buyer
    named: tuple[PartnerId, OrderId]

    async def advance(self, to: str, **changes: str) -> StatusChange:
        """Takes the order on."""
        step = Step(to=OrderStatus[to.upper()], **{"by": "Elif", **changes})
        now = self.clock.now()
        return await self.till.db.write(
            lambda tx: advancing.advance_order(tx, *self.named, step, now=now)
        )

    async def told(self) -> list[tuple[str, dict[str, object]]]:
        """Type and data of what the partner was told of the order after it was made."""
        async with self.till.db.reading() as connection:
            rows = await connection.fetch(
                "SELECT type, body FROM webhook_event WHERE partner_id = $1 AND stream = $2"
                " ORDER BY number OFFSET 3",
                self.named[0],
                f"order:{self.named[1]}",
            )
        return [(row["type"], msgspec.json.decode(row["body"])["data"]) for row in rows]


@pytest.fixture
async def desk(partner: PartnerClient, till: Till, clock: FakeClock) -> Desk:
    """Staff with an order that was paid in cash."""
    vault = Vault(Sealer(derive_key(b"tests", "webhooks")), allows_private=True)
    wanted = EndpointWanted("http://127.0.0.1:1/hooks", frozenset())
    partner_id = partner.sign_in.partner.partner_id
    async with till.db.transaction() as tx:
        await endpoints.add_endpoint(tx, partner_id, wanted, vault=vault, now=clock.now())
    buyer = await Buyer.enter(partner)
    return Desk(till, clock, buyer, order_named(buyer, await buyer.complete()))


async def test_an_order_is_taken_on_to_its_end_and_its_partner_told(desk: Desk) -> None:
    for status in SENT:
        change = await desk.advance(status)
        assert change.after is OrderStatus[status.upper()]

    told = await desk.told()
    assert [(type_, data["status_name"]) for type_, data in told] == [
        ("order.status_changed", "Processing"),
        ("order.status_changed", "Preparing"),
        ("order.status_changed", "Packed"),
        ("order.status_changed", "Shipped"),
        ("delivery.status_changed", "Shipped"),
        ("order.status_changed", "Transferring"),
        ("delivery.status_changed", "Transferring"),
        ("order.status_changed", "Completed"),
        ("order.completed", "Completed"),
        ("delivery.status_changed", "Completed"),
    ]


async def test_a_parcel_is_told_of_and_shown_with_the_order(desk: Desk) -> None:
    await desk.advance("preparing")
    await desk.advance("packed", cargo_number="TR 123")
    await desk.advance("shipped", cargo_url="https://cargo.test/?n=123")
    await desk.advance("transferring", cargo_number="TR 123")

    reply = await desk.buyer.order()
    assert reply.data["delivery"] == {
        "cargo_tracking_number": "TR 123",
        "cargo_tracking_url": "https://cargo.test/?n=123",
    }
    told = await desk.told()
    assert [type_ for type_, _ in told] == [
        "order.status_changed",
        "order.status_changed",
        "delivery.status_changed",
        "order.status_changed",
        "delivery.status_changed",
        "order.status_changed",
        "delivery.status_changed",
    ]
    assert told[2][1]["cargo_tracking_number"] == "TR 123"
    assert told[4][1]["cargo_tracking_url"] == "https://cargo.test/?n=123"


async def test_an_order_that_is_completed_at_once_has_no_parcel(desk: Desk) -> None:
    await desk.advance("completed")

    assert [type_ for type_, _ in await desk.told()] == ["order.status_changed", "order.completed"]


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - STAFF_WAYS))
async def test_what_follows_from_money_is_not_set_by_hand(desk: Desk, status: OrderStatus) -> None:
    with pytest.raises(NotSetByHand) as refused:
        await desk.advance(status.name)

    assert refused.value.facts == {"status": status.shown}
    assert (await desk.buyer.order()).data["status_name"] == "Payment Confirmed"


async def test_a_step_that_is_not_the_next_one_changes_and_tells_nothing(desk: Desk) -> None:
    with pytest.raises(NoWayThere):
        await desk.advance("shipped", cargo_number="TR1")

    delivery = (await desk.buyer.order()).data["delivery"]
    assert delivery == {"cargo_tracking_number": None, "cargo_tracking_url": None}
    assert await desk.told() == []


async def test_of_two_who_take_an_order_on_at_once_one_is_refused(desk: Desk) -> None:
    outcomes = await asyncio.gather(
        *(desk.advance("processing") for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(each, NoWayThere) for each in outcomes) == 3
    assert [type_ for type_, _ in await desk.told()] == ["order.status_changed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"by": ""}, "by"),
        ({"by": "b" * 111}, "by"),
        ({"cargo_number": "n" * 111}, "cargo-number"),
        ({"cargo_url": f"https://c.test/{'u' * 500}"}, "cargo-url"),
        ({"cargo_url": "javascript:alert(1)"}, "cargo-url"),
        ({"cargo_url": "c.test/1"}, "cargo-url"),
        ({"cargo_url": "https://"}, "cargo-url"),
        ({"cargo_url": "https://[c"}, "cargo-url"),
    ],
)
async def test_what_cannot_be_said_of_a_step_is_refused(
    desk: Desk, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await desk.advance("processing", **changes)

    assert list(refused.value.fields) == [field]
    assert (await desk.buyer.order()).data["status_name"] == "Payment Confirmed"


async def test_another_partners_order_is_not_taken_on(
    desk: Desk, other_partner: PartnerClient
) -> None:
    desk.named = (other_partner.sign_in.partner.partner_id, desk.named[1])

    with pytest.raises(NoSuchOrder):
        await desk.advance("processing")


async def test_an_order_is_found_by_code_number_and_the_partners_own_id(desk: Desk) -> None:
    partner_id, order_id = desk.named
    async with desk.till.db.reading() as connection:
        number = str((await desk.buyer.order()).data["increment_id"])
        by_number = await finding.find_order(connection, number, None)
        code = by_number.order_code
        for name, partner in (
            (number.lower(), None),
            (code, None),
            (code.lower(), partner_id),
            (desk.buyer.external_id, partner_id),
        ):
            found = await finding.find_order(connection, name, partner)
            assert (found.partner_id, found.order_id) == (partner_id, order_id)
            assert found == by_number


async def test_an_order_that_is_not_called_so_is_not_found(
    desk: Desk, other_partner: PartnerClient
) -> None:
    other_id = other_partner.sign_in.partner.partner_id
    number = str((await desk.buyer.order()).data["increment_id"])
    async with desk.till.db.reading() as connection:
        for name, partner in (
            ("NOSUCH00", None),
            ("", None),
            (desk.buyer.external_id, None),
            (number, other_id),
            (desk.buyer.external_id, other_id),
        ):
            with pytest.raises(NoSuchOrder):
                await finding.find_order(connection, name, partner)


async def test_orders_that_share_a_code_are_told_apart_by_partner_or_number(
    desk: Desk, other_partner: PartnerClient
) -> None:
    other = await Buyer.enter(other_partner)
    other_named = order_named(other, await other.complete())
    code = uuid4().hex[:8].upper()
    async with desk.till.db.transaction() as tx:
        for named in (desk.named, other_named):
            await tx.execute(
                "UPDATE sales_order SET order_code = $3 WHERE partner_id = $1 AND order_id = $2",
                *named,
                code,
            )
    async with desk.till.db.reading() as connection:
        with pytest.raises(SeveralOrders) as refused:
            await finding.find_order(connection, code, None)
        found = await finding.find_order(connection, code, other_named[0])

    assert (found.partner_id, found.order_id) == other_named
    said = refused.value.message().into(Language.EN)
    assert code in said
    for client in (desk.buyer.partner, other_partner):
        assert client.sign_in.partner.code in said


async def test_an_order_is_called_by_anothers_id_only_within_a_partner(
    desk: Desk, other_partner: PartnerClient
) -> None:
    other = await Buyer.enter(other_partner)
    other.external_id = str((await desk.buyer.order()).data["increment_id"])
    other_named = order_named(other, await other.complete())

    async with desk.till.db.reading() as connection:
        theirs = await finding.find_order(connection, other.external_id, other_named[0])
        ours = await finding.find_order(connection, other.external_id, None)

    assert (theirs.partner_id, theirs.order_id) == other_named
    assert (ours.partner_id, ours.order_id) == desk.named


async def test_the_newest_orders_come_first_of_all_partners_or_one(
    desk: Desk, other_partner: PartnerClient
) -> None:
    desk.clock.advance(seconds=1)
    other = await Buyer.enter(other_partner)
    other_named = order_named(other, await other.complete(payment_type="creditcard"))

    async def listed(**changes: object) -> list[tuple[PartnerId, OrderId]]:
        wanted = {"partner_id": None, "status": None, "at_most": 2} | changes
        async with desk.till.db.reading() as connection:
            rows = await finding.newest_orders(
                connection,
                msgspec.convert(wanted, OrdersWanted),
            )
        return [(row.name.partner_id, row.name.order_id) for row in rows]

    both = [named for named in await listed(at_most=500) if named in (desk.named, other_named)]
    assert both == [other_named, desk.named]
    assert len(await listed(at_most=1)) == 1
    assert await listed(partner_id=desk.named[0]) == [desk.named]
    assert await listed(partner_id=other_named[0], status=12) == []
    assert await listed(partner_id=other_named[0], status=2) == [other_named]


async def test_a_file_holds_all_that_happened_to_an_order(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.DECLINED, Turn.CAPTURED)
    await buyer.pay_by_card()
    named = order_named(buyer, await buyer.pay_by_card(CARD | {"card_holder": "OTHER"}))
    asked = RefundAsked(Money(1_234, Currency.TRY), "Elif", "A scratch")
    await refunding.refund_order(till, *named, asked)

    async with till.db.snapshot() as connection:
        name = await finding.find_order(connection, buyer.external_id, named[0])
        file = await finding.read_file(connection, name, language=Language.EN)

    declined, captured = file.charges
    assert (declined.state, declined.reason) == (AttemptState.DECLINED, "051")
    assert (captured.state, captured.card) == (AttemptState.CAPTURED, "552874******0003")
    assert (captured.settled_by, captured.whole) == ("reply", Money(205_438, Currency.TRY))
    (refund,) = file.refunds
    assert (refund.state, refund.amount) == (RefundState.DONE, asked.amount)
    assert (refund.asked_by, refund.reason) == ("Elif", "A scratch")
    assert [(each.status.shown, each.cause) for each in file.history] == [
        ("Pending", "complete"),
        ("Payment Confirmed", "payment"),
    ]
    assert file.view.external_id == buyer.external_id
    assert not file.serials
