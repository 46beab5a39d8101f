"""Metal paid for by card: charged once, booked once, and given back when it cannot be."""

import asyncio
from collections.abc import Mapping

import pytest

from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import HOUSE, SETTLEMENT, VAULT
from bezant.payments.acquirer import ChargeState, Outcome, RefundOutcome, RefundState
from bezant.payments.model import Leg, RefundVerdict, Verdict
from bezant.payments.service import charges, legs, paying, refunds, returning
from bezant.payments.till import CardWish, ChargeNews
from bezant.payments.views import Failed, Paid, Waiting
from bezant.trading import card_settling, cards
from bezant.trading.cards import CardTerms, CardTrade
from bezant.trading.model import Trade, TradeKind, Wish
from tests.factories.acquirer import Turn
from tests.factories.cards import a_card
from tests.factories.checkout import CARD, CREDIT_CARD
from tests.trading.counters import Counter
from tests.trading.desk import Desk, buyer
from tests.trading.test_covering import give_back, leave
from tests.trading.test_ordering import ORDER_KEYS, the_order
from tests.trading.test_statements import counted, listening, terms

PAID = {"GAU": 100_000}
LEGS = ("reply", "notice", "sweep", "return")


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


async def test_the_same_call_twenty_times_at_once_is_one_order_and_one_charge(
    counter: Counter,
) -> None:
    body = {"external_id": "the-one", "price_token": await counter.desk.fix()}

    replies = await asyncio.gather(*(counter.buy(**body) for _ in range(20)))

    assert {reply.status for reply in replies} == {200}
    assert len({str(the_order(reply)["guid"]) for reply in replies}) == 1
    assert len(counter.acquirer.charges) == 1
    assert await counter.desk.balances() == PAID


async def test_sweeps_at_once_of_many_lost_replies_book_each_order_once(counter: Counter) -> None:
    for _ in range(5):
        await counter.buy_with(Turn.ANSWER_LOST)
    counter.desk.clock.advance(seconds=31)

    await asyncio.gather(*(legs.sweep(counter.till) for _ in range(4)))

    assert await counter.journals() == 5
    assert await counter.desk.balances() == {"GAU": 500_000}


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


async def test_the_partner_is_told_of_money_that_came_too_late_and_went_back(
    counter: Counter,
) -> None:
    await counter.buy_with(Turn.NEVER_ARRIVED)
    await listening(counter.desk)
    counter.desk.clock.advance(seconds=31)
    await legs.sweep(counter.till)
    assert await events_of(counter.desk) == [
        "payment.failed",
        "order.status_changed",
        "order.cancelled",
    ]

    # It was on its way all the time, and arrives now.
    reference = await counter.newest_reference()
    late = Outcome(reference=reference, state=ChargeState.CAPTURED)
    verdicts = [await legs.hear(counter.till, late, leg) for leg in (Leg.NOTICE, Leg.SWEEP)]

    assert verdicts == [Verdict.SURPLUS, Verdict.NOTHING]
    async with counter.desk.db.transaction() as tx:
        (due,) = await refunds.refunds_to_send(tx, now=counter.desk.clock.now())
    done = RefundOutcome(state=RefundState.DONE)
    told = [await card_settling.hear_refund(counter.till, due, done) for _ in range(2)]
    assert told == [RefundVerdict.SURPLUS, RefundVerdict.NOTHING]
    assert (await events_of(counter.desk))[3:] == ["order.refunded"]


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


async def test_a_card_is_kept_with_the_order_and_pays_the_next_one_by_its_token(
    counter: Counter,
) -> None:
    await counter.buy_with(Turn.CAPTURED, payment=CARD | {"is_3d": False, "save_card": True})
    kept = await counter.desk.partner.post(
        "/partner/cards", external_customer_id=counter.desk.customer
    )
    (card,) = kept.items
    by_token = {"card_token": card["card_token"], "card_cvv": "123", "customer_ip": "203.0.113.7"}

    order = await counter.buy_with(Turn.CAPTURED, payment=by_token | {"is_3d": False})

    assert order["status_name"] == "Completed"
    payment = order["payment"]
    assert isinstance(payment, Mapping)
    details = payment["details"]
    assert isinstance(details, Mapping)
    assert (details["card_number"], details["card_cvv"]) == ("552874******0003", "***")
    assert await counter.desk.balances() == {"GAU": 200_000}


async def test_a_card_of_another_customer_pays_for_nothing(counter: Counter) -> None:
    await counter.buy_with(Turn.CAPTURED, payment=CARD | {"is_3d": False, "save_card": True})
    kept = await counter.desk.partner.post(
        "/partner/cards", external_customer_id=counter.desk.customer
    )
    by_token = {"card_token": kept.items[0]["card_token"], "customer_ip": "203.0.113.7"}
    stranger = f"s-{counter.desk.customer}"
    token = await counter.desk.fix(customer_external_id=stranger)

    reply = await counter.buy(price_token=token, customer=buyer(stranger), payment=by_token)

    assert reply.body["code"] == 40410
    assert len(counter.acquirer.charges) == 1


async def test_a_customer_who_is_not_known_yet_pays_by_card(counter: Counter) -> None:
    first, second = await asyncio.gather(*(counter.desk.fix() for _ in range(2)))
    body = {"external_id": "the-one"}

    replies = await asyncio.gather(
        counter.buy(price_token=first, **body), counter.buy(price_token=first, **body)
    )

    assert [each.status for each in replies] == [200, 200]
    assert len(counter.acquirer.charges) == 1
    assert (await counter.buy(price_token=second)).status == 200


async def test_metal_that_the_vault_does_not_cover_is_not_charged(counter: Counter) -> None:
    rest = await leave(counter.desk.db, 50_000)

    reply = await counter.buy()

    await give_back(counter.desk.db, rest)
    assert reply.body["code"] == 50310
    assert not counter.acquirer.charges
    assert await counter.desk.orders() == 0


async def test_metal_that_is_gone_when_its_card_has_paid_gives_the_money_back(
    counter: Counter,
) -> None:
    order = await counter.buy_with(Turn.UNDECIDED)
    rest = await leave(counter.desk.db, 50_000)
    counter.acquirer.decide(counter.reference, ChargeState.CAPTURED)

    await asyncio.gather(*(counter.hear(leg) for leg in LEGS))
    await returning.send_refunds(counter.till)

    await give_back(counter.desk.db, rest)
    assert await counter.state(order) == ("Cancelled", "failed")
    assert counter.acquirer.cash == 0
    assert await counter.journals() == 0


async def test_a_customer_whose_card_is_yet_to_pay_is_not_removed(counter: Counter) -> None:
    path = f"/partner/customer/{counter.desk.customer}"
    await counter.buy_with(Turn.UNDECIDED)

    waiting = await counter.desk.partner.delete(path)
    counter.acquirer.decide(counter.reference, ChargeState.DECLINED)
    await counter.hear("sweep")
    over = await counter.desk.partner.delete(path)

    assert (waiting.body["code"], over.status) == (40911, 200)
    async with counter.desk.db.reading() as connection:
        (row,) = await connection.fetch(
            "SELECT card_holder, customer_ip FROM payment_attempt WHERE reference = $1",
            counter.reference,
        )
    assert tuple(row) == ("", "")


async def test_the_partner_is_told_of_each_step_once(counter: Counter) -> None:
    await listening(counter.desk)

    await counter.buy_with(Turn.CAPTURED)
    await counter.buy_with(Turn.DECLINED)

    assert await events_of(counter.desk) == [
        "order.created",
        "payment.succeeded",
        "order.status_changed",
        "order.completed",
        "balance.changed",
        "order.created",
        "payment.failed",
        "order.status_changed",
        "order.cancelled",
    ]


async def events_of(desk: Desk) -> list[str]:
    """The types of all that a partner is told, in their order."""
    async with desk.db.reading() as connection:
        rows = await connection.fetch(
            "SELECT type FROM webhook_event WHERE partner_id = $1 ORDER BY number",
            desk.partner_id,
        )
    return [row["type"] for row in rows]


async def test_an_order_is_two_reads_and_one_write_and_its_card_is_heard_by_as_many(
    counter: Counter,
) -> None:
    await counter.buy_with(Turn.CAPTURED)
    desk, till, now = counter.desk, counter.till, counter.desk.clock.now()
    trade = Trade(
        partner_id=desk.partner_id,
        kind=TradeKind.BUY,
        token=await desk.fix(),
        currency=None,
        external_id=desk.name(),
        customer=desk.customer,
        newcomer=None,
        wishes=[Wish(Asset.GAU, Amount(100_000, Asset.GAU))],
        topup=None,
        channel="web",
        asked_mac=b"asked",
    )
    wish = CardWish(
        card=a_card(), instalment=1, is_3d=False, keeps_card=False, customer_ip="203.0.113.7"
    )
    wanted = CardTrade(trade, wish, Language.EN)

    async with counted(desk.db) as (connection, sent):
        placed = await cards.place(
            connection, wanted, terms=CardTerms(terms(desk), till.charging()), now=now
        )
    assert placed.charge is not None
    outcome = await counter.acquirer.start(placed.charge)
    assert isinstance(outcome, Outcome)
    async with counted(desk.db) as (connection, heard):
        found = await charges.find_charge(connection, outcome.reference)
        assert found is not None
        news = ChargeNews(*found, outcome, Leg.REPLY)
        verdict = await card_settling.hear(connection, till, news)

    assert (len(sent), len(heard), verdict) == (3, 3, Verdict.PAID), (sent, heard)
    assert await desk.balances() == {"GAU": 200_000}
