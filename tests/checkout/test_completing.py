"""A basket becomes one order, at the price that was shown, with its pieces."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from bezant.payments.till import Till
from tests.api.market import Market
from tests.api.shelf import Shelf
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD, COMPLETE, CREDIT_CARD, Buyer, payment_of, stock_of
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import LEGALS


async def test_an_order_in_cash_is_confirmed_at_once(
    partner: PartnerClient, till: Till, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=5)
    buyer = await Buyer.enter(partner, sku=goods.sku, amount=2)
    basket = await buyer.order()

    reply = await buyer.complete(note="Ring twice")

    assert reply.status == 200, reply.body
    assert reply.data["order_creation_status"] == "order"
    assert reply.data["external_id"] == buyer.external_id
    assert (reply.data["status_id"], reply.data["status_name"]) == (12, "Payment Confirmed")
    names = ("id", "guid", "increment_id", "token", "price", "tax", "total", "items", "customer")
    assert {name: reply.data[name] for name in names} == {n: basket.data[n] for n in names}
    assert payment_of(reply)["state"] == "success"
    assert payment_of(reply)["type"] == "cash"
    assert payment_of(reply)["redirect_url"] is None
    assert reply.data["currency_total"] == reply.data["paid_total"] == reply.data["total"]
    assert reply.data["delivery"] == {"cargo_tracking_number": None, "cargo_tracking_url": None}
    assert await stock_of(till, goods.sku) == 3
    assert (await buyer.order()).data == reply.data


async def test_the_same_call_again_gets_the_same_order(
    partner: PartnerClient, till: Till, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=5)
    buyer = await Buyer.enter(partner, sku=goods.sku)

    first, again = await buyer.complete(), await buyer.complete()

    assert again.status == 200
    assert again.data == first.data
    assert await stock_of(till, goods.sku) == 4


async def test_one_basket_makes_one_order_whoever_asks_at_once(
    partner: PartnerClient, till: Till, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=50)
    buyer = await Buyer.enter(partner, sku=goods.sku)

    replies = await asyncio.gather(*(buyer.complete() for _ in range(10)))

    assert {reply.status for reply in replies} == {200}
    assert len({reply.data["id"] for reply in replies}) == 1
    assert await stock_of(till, goods.sku) == 49


async def test_a_basket_that_is_an_order_is_no_other_order(
    partner: PartnerClient, till: Till
) -> None:
    buyer = await Buyer.enter(partner)
    await buyer.complete()

    other_id = await buyer.complete(external_id="another-id")
    other_body = await buyer.complete(note="something else")

    assert (other_id.status, other_id.body["code"]) == (409, 40909)
    assert buyer.external_id in str(other_id.body["message"])
    assert (other_body.status, other_body.body["code"]) == (409, 40908)


async def test_an_id_names_one_order_of_a_partner(
    partner: PartnerClient, other_partner: PartnerClient, till: Till, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=5)
    first = await Buyer.enter(partner, sku=goods.sku)
    second = await Buyer.enter(partner, sku=goods.sku)
    foreign = await Buyer.enter(other_partner, sku=goods.sku)
    await first.complete()

    taken = await second.complete(external_id=first.external_id)
    theirs = await foreign.complete(external_id=first.external_id)

    assert (taken.status, taken.body["code"]) == (409, 40908)
    assert (await second.order()).data["order_creation_status"] == "basket"
    assert theirs.status == 200
    assert await stock_of(till, goods.sku) == 3


async def test_the_last_piece_is_sold_once(
    partner: PartnerClient, till: Till, shelf: Shelf
) -> None:
    goods = await shelf.put(stock=1)
    buyers = [await Buyer.enter(partner, sku=goods.sku) for _ in range(8)]

    replies = await asyncio.gather(*(buyer.complete() for buyer in buyers))

    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    assert {r.body["code"] for r in replies if r.status == 409} == {40902}
    assert await stock_of(till, goods.sku) == 0


async def test_an_order_of_several_products_takes_all_or_nothing(
    partner: PartnerClient, till: Till, shelf: Shelf
) -> None:
    plenty, few = await shelf.put(stock=9), await shelf.put(stock=2)
    buyer = await Buyer.enter(partner, sku=plenty.sku, amount=3)
    for sku, amount in ((few.sku, 2),):
        await partner.post(
            "/partner/ecom/basket",
            external_customer_id=buyer.customer,
            cart_token=buyer.token,
            sku=sku,
            amount=amount,
        )
    quicker = await Buyer.enter(partner, sku=few.sku)
    await quicker.complete()

    reply = await buyer.complete()

    assert (reply.status, reply.body["code"]) == (409, 40902)
    assert few.sku in str(reply.body["message"])
    assert await stock_of(till, plenty.sku) == 9
    assert (await buyer.order()).data["order_creation_status"] == "basket"


async def test_expired_prices_come_back_as_the_basket_at_new_ones(
    partner: PartnerClient, till: Till, clock: FakeClock, market: Market
) -> None:
    buyer = await Buyer.enter(partner)
    shown = await buyer.order()
    clock.advance(seconds=241)
    await market.moves(gold=21_000_000)

    refused = await buyer.complete()

    assert (refused.status, refused.body["code"]) == (410, 41000)
    assert refused.data["token"] == buyer.token
    assert refused.data["total"] != shown.data["total"]
    hold = refused.data["pricefix"]
    assert isinstance(hold, dict)
    assert (hold["remaining"], hold["updated"]) == (240, True)
    accepted = await buyer.complete()
    assert accepted.status == 200
    assert accepted.data["total"] == refused.data["total"]


async def test_prices_made_anew_while_the_call_was_on_its_way_are_not_charged(
    partner: PartnerClient, till: Till, clock: FakeClock, market: Market
) -> None:
    buyer = await Buyer.enter(partner)
    clock.advance(seconds=241)
    await market.moves(gold=21_000_000)
    await partner.get(
        "/partner/ecom/basket", customer_external_id=buyer.customer, cart_token=buyer.token
    )
    # The call was sent before the other one priced the basket anew, and gets the lock after it.
    clock.advance(seconds=-1)

    refused = await buyer.complete()

    assert (refused.status, refused.body["code"]) == (410, 41000)
    clock.advance(seconds=1)
    assert (await buyer.complete()).data["total"] == refused.data["total"]


async def test_a_sum_that_is_not_the_baskets_is_not_charged(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    total = (await buyer.order()).data["total"]

    refused = await buyer.pay_by_card(total=1.5)

    assert (refused.status, refused.body["code"]) == (410, 41000)
    assert refused.data["total"] == total
    assert not acquirer.charges
    assert (await buyer.complete(total=total)).status == 200


@pytest.mark.parametrize(
    "total",
    ["1e9999999", "1e999990", "1e-9999999", "-1", "2034.045", "1e15.5", "1000000000000000.01"],
)
async def test_a_sum_that_is_none_is_refused_and_costs_nothing_to_look_at(
    partner: PartnerClient, till: Till, total: str
) -> None:
    buyer = await Buyer.enter(partner)
    body = {
        "external_customer_id": buyer.customer,
        "cart_token": buyer.token,
        "external_id": buyer.external_id,
        "payment_type": "cash",
        "total": "TOTAL",
    }
    raw = msgspec.json.encode(body).replace(b'"TOTAL"', total.encode())

    answer = await partner.http.put(
        COMPLETE,
        content=raw,
        headers={"Content-Type": "application/json"},
        auth=partner.sign_in.auth,
    )

    assert answer.status_code in (400, 422), answer.text
    assert answer.status_code == 400 or list(answer.json()["errors"]) == ["total"]


async def test_a_closed_market_takes_no_order_though_the_price_is_held(
    partner: PartnerClient, till: Till, clock: FakeClock, market: Market
) -> None:
    buyer = await Buyer.enter(partner)
    clock.advance(seconds=60)

    stale = await buyer.complete()

    assert (stale.status, stale.body["code"]) == (503, 50301)
    await market.moves()
    assert (await buyer.complete()).status == 200


async def test_a_basket_that_is_not_whole_is_no_order(partner: PartnerClient, till: Till) -> None:
    customer = await partner.new_customer()
    basket = await partner.new_basket(customer)
    buyer = Buyer(partner, customer, str(basket.data["token"]), "no-address")

    without_address = await buyer.complete()

    assert (without_address.status, without_address.body["code"]) == (409, 40913)
    whole = await Buyer.enter(partner)
    await partner.delete(
        "/partner/ecom/basket/empty",
        external_customer_id=whole.customer,
        cart_token=whole.token,
    )
    assert (await whole.complete()).body["code"] == 40912


@pytest.mark.parametrize(
    ("legals", "field"),
    [
        ([], "legals"),
        (LEGALS[:1], "legals"),
        ([*LEGALS, {"type": "privacy", "version": 99}], "legals.2.version"),
        ([*LEGALS, {"type": "no-such", "version": 1}], "legals.2.type"),
    ],
)
async def test_what_has_to_be_accepted_is_accepted(
    partner: PartnerClient, till: Till, legals: list[object], field: str
) -> None:
    buyer = await Buyer.enter(partner)

    reply = await buyer.complete(legals=legals)

    assert reply.status == 422, reply.body
    assert field in reply.errors


async def test_a_card_without_3d_pays_in_one_call(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.CAPTURED)

    reply = await buyer.pay_by_card()

    payment = payment_of(reply)
    assert (payment["state"], payment["redirect_url"]) == ("success", None)
    assert reply.data["status_name"] == "Payment Confirmed"
    assert payment["details"] == {
        "card_holder": "AYŞE YILMAZ",
        "card_number": "552874******0003",
        "card_expiry": "12/29",
        "card_cvv": "***",
        "card_association": "MASTERCARD",
        "customer_ip": "203.0.113.7",
    }
    charge = acquirer.charges[0]
    assert charge.amount.minor == round(float(str(reply.data["paid_total"])) * 100)
    assert charge.card.face.last_four == "0003"


async def test_instalments_cost_what_the_bank_asks_and_are_frozen_with_the_charge(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.CAPTURED)
    types = await partner.get(
        "/partner/ecom/payment/types", cart_token=buyer.token, card_bin="454360"
    )
    ways = types.body["data"]
    assert isinstance(ways, list)
    plan = ways[1]["installments"][-1]

    reply = await buyer.pay_by_card(CREDIT_CARD | {"installment": plan["installment"]})

    assert reply.data["payment_cost"] == payment_of(reply)["comission"] == plan["margin"]
    assert reply.data["paid_total"] == payment_of(reply)["total"] == plan["total"]
    assert acquirer.charges[0].instalment == plan["installment"]


async def test_instalments_that_a_card_does_not_have_are_refused(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)

    reply = await buyer.pay_by_card(CARD | {"installment": 6})

    assert reply.status == 422
    assert "payment.installment" in reply.errors
    assert not acquirer.charges
    assert (await buyer.order()).data["order_creation_status"] == "basket"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"card_number": "5528740000000004"}, "payment.card_number"),
        ({"card_expiry": "13/29"}, "payment.card_expiry"),
        ({"card_expiry": "01/20"}, "payment.card_expiry"),
        ({"card_cvv": "12"}, "payment.card_cvv"),
        ({"card_holder": " "}, "payment.card_holder"),
        ({"customer_ip": None}, "payment.customer_ip"),
        ({"customer_ip": ""}, "payment.customer_ip"),
        ({"customer_ip": "203.0.113.256"}, "payment.customer_ip"),
        ({"customer_ip": "fe80::1%eth0"}, "payment.customer_ip"),
    ],
)
async def test_a_card_that_is_none_is_said_field_by_field_and_not_repeated(
    partner: PartnerClient, till: Till, change: dict[str, object], field: str
) -> None:
    buyer = await Buyer.enter(partner)

    reply = await buyer.pay_by_card(CARD | change)

    assert reply.status == 422
    assert list(reply.errors) == [field]
    assert "5528740000000" not in str(reply.body)


async def test_all_that_is_wrong_with_a_card_is_said_at_once(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    kept: dict[str, object] = {"card_token": "x" * 32, "card_cvv": "12"}

    for card in (CARD | {"card_cvv": "12", "customer_ip": "here"}, kept):
        reply = await buyer.pay_by_card(card)
        assert reply.status == 422
        assert set(reply.errors) == {"payment.card_cvv", "payment.customer_ip"}

    assert not acquirer.charges


async def test_an_acquirer_is_told_where_the_customer_is(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)

    await buyer.pay_by_card(CARD | {"customer_ip": "2001:db8::7"})

    assert acquirer.charges[0].buyer.ip == "2001:db8::7"


async def test_a_declined_card_leaves_the_order_waiting_for_another_one(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.DECLINED, Turn.CAPTURED)

    declined = await buyer.pay_by_card()
    same = await buyer.pay_by_card()
    paid = await buyer.pay_by_card(CREDIT_CARD)

    assert payment_of(declined)["state"] == payment_of(same)["state"] == "failed"
    assert payment_of(declined)["error_code"] == "051"
    assert declined.data["status_name"] == "Pending"
    assert payment_of(paid)["state"] == "success"
    assert paid.data["id"] == declined.data["id"]
    assert len(acquirer.charges) == 2


async def test_a_second_card_after_the_prices_are_over_starts_again_at_new_ones(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock, market: Market
) -> None:
    buyer = await Buyer.enter(partner, amount=2)
    acquirer.plans(Turn.DECLINED)
    await buyer.pay_by_card()
    clock.advance(seconds=301)
    await market.moves(gold=21_000_000)

    refused = await buyer.pay_by_card(CREDIT_CARD)

    assert (refused.status, refused.body["code"]) == (410, 41000)
    assert refused.data["token"] != buyer.token
    assert [item["amount"] for item in refused.items] == [2]
    assert refused.data["shippingaddress"] is not None
    assert (await buyer.order()).data["status_name"] == "Cancelled"
    assert len(acquirer.charges) == 1
    again = Buyer(partner, buyer.customer, str(refused.data["token"]), "second-order")
    acquirer.plans(Turn.CAPTURED)
    paid = await again.pay_by_card(CREDIT_CARD)
    assert paid.data["total"] == refused.data["total"]


async def test_a_card_is_not_tried_while_another_charge_is_under_way(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.CHALLENGED)
    await buyer.pay_by_card()

    reply = await buyer.pay_by_card(CREDIT_CARD)

    assert (reply.status, reply.body["code"]) == (409, 40910)
    assert len(acquirer.charges) == 1


async def test_a_charge_holds_no_connection_and_no_lock(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.CAPTURED)
    seen: list[int] = []

    async def look(method: str) -> None:
        async with till.db.reading() as connection:
            seen.append(
                await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state LIKE 'idle in transaction%'"
                )
            )

    acquirer.before_call = look
    await buyer.pay_by_card()

    assert seen == [0]


async def test_orders_prices_stand_for_the_window_of_payment(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock
) -> None:
    buyer = await Buyer.enter(partner)

    reply = await buyer.complete(payment_type="creditcard")

    assert payment_of(reply)["state"] == "new"
    assert str(payment_of(reply)["redirect_url"]).endswith(f"/pay/{payment_of(reply)['token']}")
    assert len(str(payment_of(reply)["token"])) == 128
    async with till.db.reading() as connection:
        order = await connection.fetchrow(
            "SELECT hold_expires_at, reserved_until FROM sales_order WHERE order_id = $1",
            reply.data["id"],
        )
    assert order is not None
    assert order["hold_expires_at"] == clock.now() + timedelta(seconds=300)
    assert order["reserved_until"] == clock.now() + timedelta(seconds=720)


async def test_after_so_many_cards_no_more_are_tried(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(*[Turn.DECLINED] * 11)

    replies = [await buyer.pay_by_card(CARD | {"card_cvv": f"{n:03d}"}) for n in range(11)]

    assert [reply.status for reply in replies] == [200] * 10 + [409]
    assert replies[-1].body["code"] == 40914
    assert len(acquirer.charges) == 10
