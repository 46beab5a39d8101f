"""What is heard of a charge, in whatever order and however often, has one end."""

import asyncio
from itertools import permutations, product

import pytest

from bezant.checkout import reading, settling
from bezant.checkout.views import OrderView
from bezant.kernel.db import Connection
from bezant.kernel.ids import OrderId, PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import ChargeReference, ChargeState
from bezant.payments.model import Attempt, Leg, Verdict
from bezant.payments.service import charges, legs, paying, returning
from bezant.payments.till import Till
from bezant.payments.views import Failed, Notice, Paid, Waiting
from tests.api.shelf import Shelf
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import (
    CARD,
    CREDIT_CARD,
    Buyer,
    payment_of,
    payment_token_of,
    stock_of,
)
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock


class Trial:
    """An order whose customer is at the 3-D page, and the legs by which its end is heard."""

    def __init__(self, till: Till, acquirer: FakeAcquirer, clock: FakeClock, buyer: Buyer) -> None:
        self.till = till
        self.acquirer = acquirer
        self.clock = clock
        self.buyer = buyer
        self.token = PaymentToken("")
        self.reference = ChargeReference("")

    async def begin(self, *turns: Turn) -> None:
        """Completes the basket by card."""
        self.acquirer.plans(*(turns or (Turn.CHALLENGED,)))
        is_3d = turns[:1] != (Turn.UNDECIDED,)
        reply = await self.buyer.pay_by_card(CARD | {"is_3d": is_3d})
        self.token = payment_token_of(reply)
        async with self.till.db.reading() as connection:
            self.reference = await connection.fetchval(
                "SELECT a.reference FROM payment_attempt a JOIN payment p"
                " USING (partner_id, payment_id) WHERE p.token = $1"
                " ORDER BY attempt_id DESC LIMIT 1",
                self.token,
            )

    async def hear(self, leg: str) -> None:
        """One leg brings what it knows."""
        match leg:
            case "return":
                signed = {"reference": self.reference, "signature": "signed by the fake"}
                await paying.come_back(self.till, self.token, signed)
            case "notice":
                notice = Notice(*self.acquirer.notice(self.reference))
                await legs.hear_notice(self.till, self.acquirer.name, notice)
            case _:
                await legs.hear(self.till, await self.acquirer.query(self.reference), Leg.SWEEP)

    async def state(self) -> tuple[object, object]:
        """The state of the payment and the name of the order's status."""
        reply = await self.buyer.order()
        return payment_of(reply)["state"], reply.data["status_name"]

    async def told_of_surplus(self) -> tuple[Money, Money]:
        """What goes back to the customer, and what does not, as the page says it."""
        view = await paying.show_payment(self.till, self.token)
        return view.going_back, view.not_back

    async def history(self) -> list[int]:
        """Every status that the order has had."""
        async with self.till.db.reading() as connection:
            rows = await connection.fetch(
                "SELECT h.status_id FROM order_status_change h JOIN sales_order o"
                " USING (partner_id, order_id) WHERE o.token = $1 ORDER BY number",
                self.buyer.token,
            )
        return [row["status_id"] for row in rows]


@pytest.fixture
async def trial(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock, shelf: Shelf
) -> Trial:
    """A buyer of the one product of this test, of which there are five."""
    goods = await shelf.put(stock=5)
    return Trial(till, acquirer, clock, await Buyer.enter(partner, sku=goods.sku))


LEGS = ("return", "notice", "sweep")


@pytest.mark.parametrize("order", list(permutations(LEGS)), ids="-".join)
async def test_the_legs_may_come_in_any_order_and_twice(
    trial: Trial, order: tuple[str, ...]
) -> None:
    await trial.begin()
    trial.acquirer.pass_3d(trial.reference)

    for leg in order + order:
        await trial.hear(leg)

    assert await trial.state() == ("success", "Payment Confirmed")
    assert await trial.history() == [2, 12]
    assert len([c for c in trial.acquirer.taken.values() if c.captured]) == 1


async def test_all_legs_may_come_at_once(trial: Trial) -> None:
    await trial.begin()
    trial.acquirer.pass_3d(trial.reference)

    await asyncio.gather(*(trial.hear(leg) for leg in LEGS * 3))

    assert await trial.state() == ("success", "Payment Confirmed")
    assert await trial.history() == [2, 12]


async def test_a_customer_who_fails_3d_has_not_paid_and_may_try_again(trial: Trial) -> None:
    await trial.begin()
    trial.acquirer.fail_3d(trial.reference)

    await trial.hear("return")

    assert await trial.state() == ("failed", "Pending")
    view = await paying.show_payment(trial.till, trial.token)
    assert isinstance(view.step, Failed)
    assert view.step.refused.reason == "050"


async def test_a_forged_return_and_a_forged_notice_change_nothing(trial: Trial) -> None:
    await trial.begin()
    trial.acquirer.pass_3d(trial.reference)

    forged = {"reference": trial.reference, "signature": "mine", "result": "success"}
    await paying.come_back(trial.till, trial.token, forged)

    assert await trial.state() == ("pending", "Pending")


async def test_a_charge_whose_answer_was_lost_is_found_by_the_sweep(trial: Trial) -> None:
    await trial.begin(Turn.ANSWER_LOST)
    assert await trial.state() == ("pending", "Pending")
    view = await paying.show_payment(trial.till, trial.token)
    assert isinstance(view.step, Waiting)

    await legs.sweep(trial.till)
    assert await trial.state() == ("pending", "Pending"), "it is too early to ask"
    trial.clock.advance(seconds=31)
    await legs.sweep(trial.till)

    assert await trial.state() == ("success", "Payment Confirmed")


async def test_a_charge_that_never_arrived_is_given_up_and_the_order_released(
    trial: Trial,
) -> None:
    await trial.begin(Turn.NEVER_ARRIVED)

    trial.clock.advance(seconds=31)
    await legs.sweep(trial.till)
    assert await trial.state() == ("failed", "Pending")
    trial.clock.advance(seconds=700)
    await settling.release_overdue(trial.till)

    assert await trial.state() == ("failed", "Cancelled")
    assert await stock_of(trial.till, str((await trial.buyer.order()).items[0]["sku"])) == 5


async def test_a_charge_that_is_settled_is_not_asked_about_again(trial: Trial) -> None:
    await trial.begin(Turn.ANSWER_LOST)
    trial.clock.advance(seconds=31)

    await legs.sweep(trial.till)

    async with trial.till.db.reading() as connection:
        ask_at = await connection.fetchval(
            "SELECT ask_at FROM payment_attempt WHERE reference = $1", trial.reference
        )
    assert ask_at is None


async def test_an_order_that_nobody_pays_for_is_released_when_its_time_is_over(
    trial: Trial,
) -> None:
    await trial.begin()
    sku = str((await trial.buyer.order()).items[0]["sku"])
    trial.clock.advance(seconds=719)
    await settling.release_overdue(trial.till)
    assert await stock_of(trial.till, sku) == 4

    trial.clock.advance(seconds=2)
    await asyncio.gather(*(settling.release_overdue(trial.till) for _ in range(3)))

    assert await trial.state() == ("failed", "Cancelled")
    assert await trial.history() == [2, 4]
    assert await stock_of(trial.till, sku) == 5


async def test_a_charge_that_is_captured_just_before_its_release_is_kept(trial: Trial) -> None:
    await trial.begin()
    trial.clock.advance(seconds=721)
    trial.acquirer.pass_3d(trial.reference)

    await settling.release_overdue(trial.till)

    assert await trial.state() == ("success", "Payment Confirmed")


@pytest.mark.parametrize("leg", LEGS)
async def test_a_late_success_on_a_released_order_goes_back_by_itself(
    trial: Trial, leg: str
) -> None:
    await trial.begin()
    trial.clock.advance(seconds=721)
    await settling.release_overdue(trial.till)
    trial.acquirer.pass_3d(trial.reference)

    await trial.hear(leg)
    await trial.hear(leg)

    paid = trial.acquirer.charges[0].amount
    assert await trial.told_of_surplus() == (paid, Money.zero(Currency.TRY))

    await returning.send_refunds(trial.till)

    assert await trial.state() == ("failed", "Cancelled")
    assert await trial.told_of_surplus() == (paid, Money.zero(Currency.TRY))
    assert trial.acquirer.cash == 0
    assert len(trial.acquirer.refunds) == 1


async def test_a_customer_who_is_late_is_still_asked_about_for_a_day(trial: Trial) -> None:
    await trial.begin()
    trial.clock.advance(seconds=721)
    await legs.sweep(trial.till)
    await settling.release_overdue(trial.till)
    trial.acquirer.pass_3d(trial.reference)
    trial.clock.advance(seconds=3_601)

    await legs.sweep(trial.till)

    assert trial.acquirer.taken[trial.reference].captured is not None
    async with trial.till.db.reading() as connection:
        states = await connection.fetch(
            "SELECT state, is_surplus FROM payment_attempt WHERE reference = $1", trial.reference
        )
    assert [(row["state"], row["is_surplus"]) for row in states] == [("captured", True)]


async def test_the_acquirer_may_be_away_for_as_long_as_it_likes(trial: Trial) -> None:
    await trial.begin(Turn.ANSWER_LOST)
    trial.acquirer.is_away = True
    for _ in range(5):
        trial.clock.advance(seconds=60)
        await legs.sweep(trial.till)
    assert await trial.state() == ("pending", "Pending")
    trial.acquirer.is_away = False

    trial.clock.advance(seconds=60)
    await legs.sweep(trial.till)

    assert await trial.state() == ("success", "Payment Confirmed")


async def test_a_sum_that_is_not_what_was_asked_pays_nothing_and_goes_back(trial: Trial) -> None:

    trial.acquirer.captured_otherwise = Money(100, Currency.TRY)
    await trial.begin(Turn.CAPTURED)

    assert (await trial.state())[1] == "Pending"
    await returning.send_refunds(trial.till)
    assert trial.acquirer.cash == 0


async def test_of_two_cards_that_both_pay_one_goes_back(trial: Trial) -> None:

    await trial.begin(Turn.UNDECIDED)
    first = trial.reference
    trial.clock.advance(seconds=121)
    await legs.sweep(trial.till)
    assert await trial.state() == ("failed", "Pending")
    trial.acquirer.plans(Turn.CAPTURED)
    again = await trial.buyer.pay_by_card(CREDIT_CARD)
    assert payment_of(again)["state"] == "success"
    trial.acquirer.decide(first, ChargeState.CAPTURED)

    verdict = await legs.hear(trial.till, await trial.acquirer.query(first), Leg.NOTICE)
    await returning.send_refunds(trial.till)

    assert verdict is Verdict.SURPLUS
    assert await trial.state() == ("success", "Payment Confirmed")
    assert (await trial.told_of_surplus())[0] == trial.acquirer.charges[0].amount
    assert len(trial.acquirer.refunds) == 1


async def test_an_old_card_that_is_declined_late_says_nothing_of_the_one_that_pays_now(
    trial: Trial,
) -> None:
    await trial.begin(Turn.UNDECIDED)
    first = trial.reference
    trial.clock.advance(seconds=121)
    await legs.sweep(trial.till)
    trial.acquirer.plans(Turn.CHALLENGED)
    await trial.buyer.pay_by_card(CREDIT_CARD)
    trial.acquirer.decide(first, ChargeState.DECLINED, reason="005")

    verdict = await legs.hear(trial.till, await trial.acquirer.query(first), Leg.SWEEP)

    assert verdict is Verdict.NOTHING
    assert await trial.state() == ("pending", "Pending")
    async with trial.till.db.reading() as connection:
        row = await connection.fetchrow(
            "SELECT state, ask_at FROM payment_attempt WHERE reference = $1", first
        )
    assert row is not None
    assert tuple(row) == ("declined", None)


async def test_what_no_charge_is_called_is_nobodys(till: Till, acquirer: FakeAcquirer) -> None:
    unknown = await acquirer.query(ChargeReference("X" * 24))

    assert await legs.hear(till, unknown, Leg.NOTICE) is Verdict.NOTHING


OUTCOMES = ("pass", "fail", "leave")
LATER = ("in time", "after the release")


@pytest.mark.parametrize(("outcome", "when"), list(product(OUTCOMES, LATER)))
async def test_whatever_the_customer_does_the_end_is_one_of_two(
    trial: Trial, outcome: str, when: str
) -> None:
    await trial.begin()
    if when == "after the release":
        trial.clock.advance(seconds=721)
        await settling.release_overdue(trial.till)
    if outcome == "pass":
        trial.acquirer.pass_3d(trial.reference)
    if outcome == "fail":
        trial.acquirer.fail_3d(trial.reference)
    if outcome != "leave":
        await trial.hear("return")
    for _ in range(4):
        trial.clock.advance(seconds=721)
        await legs.sweep(trial.till)
        await settling.release_overdue(trial.till)

    paid = outcome == "pass" and when == "in time"
    assert (await trial.state())[1] == ("Payment Confirmed" if paid else "Cancelled")
    view = await paying.show_payment(trial.till, trial.token)
    assert isinstance(view.step, Paid if paid else Failed)


async def test_what_is_announced_of_a_paid_order_is_what_is_read_of_it(trial: Trial) -> None:
    await trial.begin()
    trial.acquirer.pass_3d(trial.reference)
    outcome = await trial.acquirer.query(trial.reference)

    async def view() -> OrderView:
        async with trial.till.db.reading() as connection:
            charge, order_id = await _charge(connection, trial.reference)
            return await reading.show_order(
                connection, charge.partner_id, order_id, language=Language.TR
            )

    async with trial.till.db.reading() as connection:
        charge, _ = await _charge(connection, trial.reference)
    before = await view()
    assert await legs.hear(trial.till, outcome, Leg.NOTICE) is Verdict.PAID
    assert await view() == settling.paid_view(before, outcome, cost=charge.cost)


async def _charge(connection: Connection, reference: str) -> tuple[Attempt, OrderId]:
    found = await charges.find_charge(connection, reference)
    assert found is not None
    return found
