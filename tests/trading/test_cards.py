"""Metal paid for by card: charged once, booked once, and given back when it cannot be."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.ledger.model import HOUSE, SETTLEMENT, VAULT
from bezant.payments.acquirer import ChargeReference, ChargeState
from bezant.payments.model import Leg
from bezant.payments.service import legs, paying, returning
from bezant.payments.till import Till
from bezant.payments.views import Failed, Notice, Paid, Waiting
from bezant.settings import Settings
from bezant.trading import card_settling
from bezant.trading.auditing import audit
from bezant.web.tracing import Traced
from bezant.wiring import PAYEES, card_vault_of
from tests.checkout.conftest import TERMS
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD, CREDIT_CARD, require_sound_books
from tests.factories.shop import Reply
from tests.trading.desk import Desk
from tests.trading.test_ordering import ORDER_KEYS, the_order

PAID = {"GAU": 100_000}
LEGS = ("reply", "notice", "sweep", "return")


@dataclass
class Counter:
    """A desk whose customers pay by card, and the legs by which that is heard."""

    desk: Desk
    till: Till
    acquirer: FakeAcquirer

    async def buy(self, **changes: object) -> Reply:
        """Buys a tenth of a gram of gold, for 202, by a card without 3-D."""
        body: dict[str, object] = {
            "topup": None,
            "payment_type": "creditcard",
            "payment": CARD | {"is_3d": False},
        }
        return await self.desk.buy(0.1, sku="GAU", **(body | changes))

    async def buy_with(self, turn: Turn, **changes: object) -> Mapping[str, object]:
        """The order that comes of it, when the acquirer does this."""
        self.acquirer.plans(turn)
        return the_order(await self.buy(**changes))

    async def hear(self, leg: str) -> None:
        """One leg brings what it knows of the newest charge."""
        reference = self.reference
        match leg:
            case "notice":
                notice = Notice(*self.acquirer.notice(reference))
                await legs.hear_notice(self.till, self.acquirer.name, notice)
            case "return":
                signed = {"reference": reference, "signature": "signed by the fake"}
                await paying.come_back(self.till, await self.token(), signed)
            case _:
                outcome = await self.acquirer.query(reference)
                named = Leg.REPLY if leg == "reply" else Leg.SWEEP
                await legs.hear(self.till, outcome, named)

    @property
    def reference(self) -> ChargeReference:
        """Our name of the newest charge that arrived."""
        return self.acquirer.charges[-1].reference

    async def token(self) -> PaymentToken:
        """The token of the newest payment."""
        async with self.desk.db.reading() as connection:
            found: str = await connection.fetchval(
                "SELECT token FROM payment WHERE partner_id = $1 ORDER BY payment_id DESC LIMIT 1",
                self.desk.partner_id,
            )
        return PaymentToken(found)

    async def order(self, order: Mapping[str, object]) -> Mapping[str, object]:
        """How it is read now."""
        reply = await self.desk.partner.get(f"/partner/order/{order['external_id']}")
        assert reply.status == 200, reply.body
        return reply.data

    async def state(self, order: Mapping[str, object]) -> tuple[object, object]:
        """Its status, and its payment's state."""
        read = await self.order(order)
        payment = read["payment"]
        assert isinstance(payment, Mapping)
        return read["status_name"], payment["state"]

    async def journals(self) -> int:
        """How many journals there are in the partner's book."""
        async with self.desk.db.reading() as connection:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM ledger_journal WHERE partner_id = $1", self.desk.partner_id
            )
        return found


@pytest_asyncio.fixture
async def counter(
    app: Traced, settings: Settings, db: Database, desk: Desk, acquirer: FakeAcquirer
) -> AsyncIterator[Counter]:
    """A counter; at the end of each test the books of payments and of trading are audited."""
    till = Till(
        db=db,
        clock=desk.clock,
        acquirers={acquirer.name: acquirer},
        terms=TERMS,
        vault=card_vault_of(settings),
        payees=PAYEES,
    )
    yield Counter(desk, till, acquirer)
    await require_sound_books(db, clock=desk.clock)
    assert not {rule: breaks for rule, breaks in (await audit(db)).items() if breaks}
    # What a test leaves to be sent would go to the next test's acquirer, which refuses it.
    async with db.reading() as connection:
        await connection.execute(
            "UPDATE refund SET try_at = $1 WHERE state = 'asked'",
            desk.clock.now() + timedelta(days=9_999),
        )


async def test_a_card_pays_and_the_metal_is_the_customers(counter: Counter) -> None:
    order = await counter.buy_with(Turn.CAPTURED)

    assert list(order) == ORDER_KEYS
    assert (order["status_name"], order["payment_type"]) == ("Completed", "creditcard")
    payment = order["payment"]
    assert isinstance(payment, Mapping)
    assert (payment["state"], payment["type"]) == ("success", "credit-card")
    assert (payment["amount"], payment["total"], payment["redirect_url"]) == (202, 202, None)
    assert counter.acquirer.cash == 20_200
    assert await counter.desk.balances() == PAID
    assert await counter.desk.balances(HOUSE) == {"GAU": -100_000, "TRY": 20_200}
    # The acquirer has the cash, and the partner owes nothing.
    assert await counter.desk.balances(VAULT) == {"TRY": -20_200}
    assert await counter.desk.balances(SETTLEMENT) == {}
    read = await counter.order(order)
    assert read == {**order, "order_at": read["order_at"]}


async def test_instalments_cost_the_customer_and_move_no_more_in_the_books(
    counter: Counter,
) -> None:
    card = CREDIT_CARD | {"is_3d": False, "installment": 3}

    order = await counter.buy_with(Turn.CAPTURED, payment=card)

    payment = order["payment"]
    assert isinstance(payment, Mapping)
    assert (order["total"], order["payment_cost"]) == (202, 8.08)
    assert (payment["comission"], payment["total"], payment["installment"]) == (8.08, 210.08, 3)
    assert counter.acquirer.cash == 21_008
    assert await counter.desk.balances(VAULT) == {"TRY": -20_200}


async def test_a_declined_card_cancels_the_order_and_moves_nothing(counter: Counter) -> None:
    token = await counter.desk.fix()

    order = await counter.buy_with(Turn.DECLINED, price_token=token)

    payment = order["payment"]
    assert isinstance(payment, Mapping)
    assert order["status_name"] == "Cancelled"
    assert (payment["state"], payment["error_code"]) == ("failed", "051")
    assert await counter.journals() == 0
    again = await counter.buy(price_token=token)
    assert again.body["code"] == 40950


async def test_what_failed_is_no_turnover_of_the_customers(counter: Counter) -> None:
    await counter.buy_with(Turn.DECLINED)
    await counter.buy_with(Turn.CAPTURED)

    async with counter.desk.db.reading() as connection:
        turned_over = await connection.fetchval(
            "SELECT sum(amount) FROM kyc_turnover WHERE partner_id = $1", counter.desk.partner_id
        )
    assert turned_over == 20_200


async def test_the_same_call_again_charges_nothing_more(counter: Counter) -> None:
    body = {"external_id": "the-one", "price_token": await counter.desk.fix()}
    first = await counter.buy(**body)

    again = await counter.buy(**body)

    assert again.body == first.body
    assert len(counter.acquirer.charges) == 1


async def test_the_same_id_with_another_card_is_refused(counter: Counter) -> None:
    body = {"external_id": "the-one", "price_token": await counter.desk.fix()}
    assert (await counter.buy(**body)).status == 200

    other = await counter.buy(payment=CREDIT_CARD | {"is_3d": False}, **body)

    assert other.body["code"] == 40908
    assert len(counter.acquirer.charges) == 1


async def test_many_buys_of_one_fix_are_one_charge(counter: Counter) -> None:
    token = await counter.desk.fix()

    replies = await asyncio.gather(*(counter.buy(price_token=token) for _ in range(10)))

    assert sorted(str(reply.body["code"]) for reply in replies) == ["0"] + ["40950"] * 9
    assert len(counter.acquirer.charges) == 1
    assert await counter.desk.balances() == PAID


async def test_nothing_is_posted_while_the_acquirer_is_silent(counter: Counter) -> None:
    order = await counter.buy_with(Turn.UNDECIDED)

    assert await counter.state(order) == ("Pending", "pending")
    assert await counter.journals() == 0


async def test_a_lost_reply_is_made_up_for_by_the_sweep(counter: Counter) -> None:
    order = await counter.buy_with(Turn.ANSWER_LOST)
    assert await counter.state(order) == ("Pending", "pending")
    counter.desk.clock.advance(seconds=31)

    await legs.sweep(counter.till)

    assert await counter.state(order) == ("Completed", "success")
    assert await counter.desk.balances() == PAID
    assert len(counter.acquirer.charges) == 1


async def test_a_charge_that_never_arrived_cancels_the_order(counter: Counter) -> None:
    order = await counter.buy_with(Turn.NEVER_ARRIVED)
    counter.desk.clock.advance(seconds=31)

    await legs.sweep(counter.till)

    assert await counter.state(order) == ("Cancelled", "failed")
    assert await counter.journals() == 0


async def test_all_legs_at_once_post_one_journal(counter: Counter) -> None:
    order = await counter.buy_with(Turn.UNDECIDED)
    counter.acquirer.decide(counter.reference, ChargeState.CAPTURED)

    await asyncio.gather(*(counter.hear(leg) for leg in LEGS * 3))

    assert await counter.state(order) == ("Completed", "success")
    assert await counter.journals() == 1
    assert await counter.desk.balances() == PAID


async def test_an_order_that_waits_too_long_is_released_and_a_late_capture_goes_back(
    counter: Counter,
) -> None:
    order = await counter.buy_with(Turn.UNDECIDED)
    counter.desk.clock.advance(seconds=241)
    counter.acquirer.is_away = True

    assert await card_settling.release_overdue(counter.till) == 1
    assert await counter.state(order) == ("Cancelled", "failed")

    counter.acquirer.is_away = False
    counter.acquirer.decide(counter.reference, ChargeState.CAPTURED)
    await asyncio.gather(*(counter.hear(leg) for leg in LEGS))
    await returning.send_refunds(counter.till)

    assert await counter.state(order) == ("Cancelled", "failed")
    assert counter.acquirer.cash == 0
    assert len(counter.acquirer.refunds) == 1
    assert await counter.journals() == 0


async def test_another_sum_than_asked_goes_back_and_the_order_is_over(counter: Counter) -> None:
    counter.acquirer.captured_otherwise = Money(10_000, Currency.TRY)

    order = await counter.buy_with(Turn.CAPTURED)
    await returning.send_refunds(counter.till)

    assert await counter.state(order) == ("Cancelled", "failed")
    assert counter.acquirer.cash == 0
    assert await counter.journals() == 0


async def test_a_customer_passes_3d_and_comes_back(counter: Counter) -> None:
    order = await counter.buy_with(Turn.CHALLENGED, payment=CARD)
    payment = order["payment"]
    assert isinstance(payment, Mapping)
    token = await counter.token()
    assert str(payment["redirect_url"]).endswith(f"/pay/{token}")
    page = await paying.show_payment(counter.till, token)
    assert [line.name for line in page.lines] == ["Digital Gold, 0.1 g"]

    view = await paying.come_back(counter.till, token, counter.acquirer.pass_3d(counter.reference))

    assert isinstance(view.step, Paid)
    assert await counter.state(order) == ("Completed", "success")
    assert await counter.desk.balances() == PAID


async def test_a_customer_who_fails_3d_has_no_order(counter: Counter) -> None:
    order = await counter.buy_with(Turn.CHALLENGED, payment=CARD)

    view = await paying.come_back(
        counter.till, await counter.token(), counter.acquirer.fail_3d(counter.reference)
    )

    assert isinstance(view.step, Failed)
    assert await counter.state(order) == ("Cancelled", "failed")


async def test_a_forged_return_changes_nothing(counter: Counter) -> None:
    order = await counter.buy_with(Turn.UNDECIDED)

    view = await paying.come_back(counter.till, await counter.token(), {"signature": "mine"})

    assert isinstance(view.step, Waiting)
    assert await counter.state(order) == ("Pending", "pending")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"customer": None}, ["customer"]),
        ({"payment": None}, ["payment"]),
        ({"payment": {"customer_ip": "203.0.113.7"}}, ["payment.card_number"]),
        ({"topup": {"price": 1}}, ["topup"]),
        ({"payment": CARD | {"installment": 2}}, ["payment.installment"]),
        ({"payment": CARD | {"card_number": "5528740000000004"}}, ["payment.card_number"]),
    ],
)
async def test_a_card_that_cannot_pay_makes_no_order(
    counter: Counter, changes: dict[str, object], fields: list[str]
) -> None:
    reply = await counter.buy(**changes)

    assert (reply.status, list(reply.errors)) == (422, fields)
    assert await counter.desk.orders() == 0
    assert not counter.acquirer.charges


async def test_a_token_of_nobodys_card_makes_no_order(counter: Counter) -> None:
    reply = await counter.buy(payment={"card_token": "none", "customer_ip": "203.0.113.7"})

    assert reply.body["code"] == 40410
    assert await counter.desk.orders() == 0
