"""One basket makes one order, and one order is paid once, whoever says so at the same time."""

import asyncio
from collections import Counter
from itertools import cycle, permutations
from uuid import uuid4

import msgspec
import pytest

from bezant.integrations.acquirers.sandbox.access import SIGNATURE_HEADER, Purpose, sign
from bezant.integrations.acquirers.sandbox.control import BrowserReturn
from bezant.integrations.acquirers.sandbox.wire import NoticePlan, NoticeSent
from bezant.kernel.ids import PartnerId
from bezant.payments.acquirer import ChargeState
from bezant.payments.service import legs
from bezant.webhooks.model import EndpointWanted, EventType
from bezant.webhooks.service import endpoints
from tests.factories.checkout import Buyer, payment_of, stock_of
from tests.factories.shop import Reply
from tests.stress.checkout.books import require_books
from tests.stress.checkout.conftest import Say
from tests.stress.checkout.shop import (
    NO_3D,
    OTHER_NO_3D,
    WITH_3D,
    Shop,
    some_at_once,
)
from tests.webhooks.desk import vault
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.stress

ROUNDS, CALLS = 200, 20
ROUNDS_AT_ONCE = 4
CLEAR = {40908, 40909, 40910}
"""The id is another order's, the basket is another order, a charge is under way."""

COUNT_ORDERS = """
    SELECT count(DISTINCT o.order_id) AS orders, count(DISTINCT p.payment_id) AS payments,
           count(a.attempt_id) AS charges, count(*) FILTER (WHERE a.state = 'captured') AS taken
      FROM order_item i JOIN sales_order o USING (partner_id, order_id)
      JOIN payment p USING (partner_id, order_id)
      LEFT JOIN payment_attempt a USING (partner_id, payment_id)
     WHERE i.product_id = $1
"""
SELECT_HISTORIES = """
    SELECT DISTINCT array_agg(h.status_id ORDER BY h.number) AS history
      FROM order_item i JOIN order_status_change h USING (partner_id, order_id)
     WHERE i.product_id = $1 GROUP BY partner_id, order_id
"""
SELECT_EVENTS = """
    SELECT stream, count(*) AS events FROM webhook_event
     WHERE partner_id = $1 AND type = 'payment.succeeded' GROUP BY stream
"""
ASK_NOW = "UPDATE payment_attempt SET ask_at = $2 WHERE reference = $1 AND ask_at IS NOT NULL"


@pytest.mark.parametrize("way", ["in cash", "under other ids", "by two cards"])
async def test_a_basket_that_is_completed_by_many_at_once_is_one_order(
    shop: Shop, say: Say, way: str
) -> None:
    goods = await shop.shelf.put(stock=ROUNDS + CALLS)
    before = await shop.takings()
    seen: Counter[int] = Counter()

    for buyer in await shop.baskets(ROUNDS, goods):
        replies = await asyncio.gather(*(_complete(buyer, way, call) for call in range(CALLS)))
        seen += _require_one_order(replies, way)

    async with shop.db.reading() as connection:
        counted = await connection.fetchrow(COUNT_ORDERS, goods.product_id)
    is_card = way == "by two cards"
    charged = ROUNDS if is_card else 0
    assert counted is not None
    assert tuple(counted) == (ROUNDS, ROUNDS, charged, charged)
    assert (await shop.takings()).captures - before.captures == charged
    assert await stock_of(shop.till, goods.sku) == CALLS
    await require_books(shop)
    say(f"{ROUNDS} rounds of {CALLS} calls, {dict(seen)}")


async def _complete(buyer: Buyer, way: str, call: int) -> Reply:
    match way:
        case "in cash":
            return await buyer.complete()
        case "under other ids":
            return await buyer.complete(external_id=f"order-{uuid4().hex}")
        case _:
            return await buyer.pay_by_card(OTHER_NO_3D if call % 2 else NO_3D)


def _require_one_order(replies: list[Reply], way: str) -> Counter[int]:
    """Each answer is the one order or says clearly why not; how often which came."""
    made = [reply for reply in replies if reply.status == 200]
    assert len({reply.data["id"] for reply in made}) == 1
    assert len({reply.data["external_id"] for reply in made}) == 1
    refused = {reply.body["code"] for reply in replies if reply.status != 200}
    assert refused <= CLEAR, refused
    if way == "in cash":
        assert not refused, "the same call gets the same answer"
    if way == "under other ids":
        assert len(made) == 1
    return Counter(reply.status for reply in replies)


LEGS = ("return", "notice", "sweep")
ORDERS = [*permutations(LEGS), None]
"""In which order the legs come; None is all at once."""


async def test_however_the_legs_of_a_payment_cross_it_is_taken_once(shop: Shop, say: Say) -> None:
    rounds = ROUNDS // len(ORDERS) * len(ORDERS) + len(ORDERS)
    goods = await shop.shelf.put(stock=rounds)
    before = await shop.takings()
    async with receiving() as receiver:
        async with shop.db.transaction() as tx:
            wanted = EndpointWanted(receiver.url, frozenset({EventType.PAYMENT_SUCCEEDED}))
            await endpoints.add_endpoint(
                tx, _partner(shop), wanted, vault=vault(), now=shop.till.clock.now()
            )
        buyers = await shop.baskets(rounds, goods)
        await some_at_once(
            lambda one: _race(shop, *one),
            zip(buyers, cycle(ORDERS), strict=False),
            at_once=ROUNDS_AT_ONCE,
        )
        await receiver.wait_for(lambda r: len(set(r.ids)) >= rounds, within_s=60)

    assert (await shop.takings()).captures - before.captures == rounds
    async with shop.db.reading() as connection:
        histories = await connection.fetch(SELECT_HISTORIES, goods.product_id)
        counted = await connection.fetchrow(COUNT_ORDERS, goods.product_id)
        events = await connection.fetch(SELECT_EVENTS, _partner(shop))
    assert [row["history"] for row in histories] == [[2, 12]]
    assert counted is not None
    assert tuple(counted) == (rounds, rounds, rounds, rounds)
    assert len(events) == rounds
    assert {row["events"] for row in events} == {1}
    assert len(set(receiver.ids)) == rounds
    assert await stock_of(shop.till, goods.sku) == 0
    await require_books(shop)
    say(f"{rounds} rounds of three legs, each doubled, in {len(ORDERS)} orders")


def _partner(shop: Shop) -> PartnerId:
    return shop.partner.sign_in.partner.partner_id


async def _race(shop: Shop, buyer: Buyer, order: tuple[str, ...] | None) -> None:
    """Pays an order through 3-D, and has its end heard by all legs, each of them twice."""
    ordered = await buyer.pay_by_card(WITH_3D)
    page = await shop.http.get(str(payment_of(ordered)["redirect_url"]))
    assert page.status_code == 303, page.text + shop.standing.server.log.read_text()[-3000:]
    plan = NoticePlan.TOGETHER if order is None else NoticePlan.NEVER
    returned = await shop.control.approve(page.headers["location"], notice=plan)
    assert returned is not None
    if order is None:
        await asyncio.gather(*(_leg(shop, leg, returned) for leg in LEGS * 2))
    else:
        for leg in order:
            await asyncio.gather(_leg(shop, leg, returned), _leg(shop, leg, returned))
    paid = await buyer.order()
    assert payment_of(paid)["state"] == "success"
    assert paid.data["status_name"] == "Payment Confirmed"


async def _leg(shop: Shop, leg: str, returned: BrowserReturn) -> None:
    """One leg brings what it knows, from outside as far as it comes from there."""
    reference = returned.fields["reference"]
    match leg:
        case "return":
            answered = await shop.http.get(returned.url)
            assert answered.status_code == 303, answered.text
        case "notice":
            sent = NoticeSent(reference=reference, state=ChargeState.CAPTURED, sent_at=0)
            body = msgspec.json.encode(sent)
            signature = sign(shop.access.signing_key, Purpose.NOTICE, body)
            answered = await shop.http.post(
                "/pay/notices/sandbox", content=body, headers={SIGNATURE_HEADER: signature}
            )
            assert answered.status_code == 200, answered.text
        case _:
            async with shop.db.reading() as connection:
                await connection.execute(ASK_NOW, reference, shop.till.clock.now())
            await legs.sweep(shop.till)
