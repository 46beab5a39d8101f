"""Repetitions: a request with an `Idempotency-Key` is done once and answered alike."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal
from bezant.partners.model import ReplyKey
from bezant.partners.service import replies
from bezant.pricing import service as pricing
from tests.api.market import Market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply, customer_body, make_sign_in

CUSTOMERS = "/partner/customer"
BASKET = "/partner/ecom/basket"
KEY = "order-4711"


async def post(partner: PartnerClient, body: object, *, path: str = CUSTOMERS) -> Reply:
    """The answer to a POST under the key of these tests."""
    return await partner.call("POST", path, body=body, headers={"Idempotency-Key": KEY})


def is_replayed(reply: Reply) -> bool:
    return "true" in reply.headers.get_list("idempotency-replayed")


async def test_a_repetition_gets_the_first_answer(partner: PartnerClient) -> None:
    body = customer_body()

    first, second = [await post(partner, body) for _ in range(2)]

    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body
    assert ("idempotency-replayed" in first.headers, is_replayed(second)) == (False, True)


async def test_without_a_key_the_work_is_tried_again(partner: PartnerClient) -> None:
    body = customer_body()

    replies_ = [await partner.call("POST", CUSTOMERS, body=body) for _ in range(2)]

    assert [each.status for each in replies_] == [200, 409]


async def test_a_basket_is_filled_once(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    body = {"external_customer_id": customer, "sku": "MNT0001", "amount": 2}

    first, second = [await post(partner, body, path=BASKET) for _ in range(2)]

    assert (first.status, is_replayed(second)) == (200, True)
    assert second.data["token"] == first.data["token"]


async def test_a_key_is_refused_for_another_request(partner: PartnerClient) -> None:
    await post(partner, customer_body())

    other_body = await post(partner, customer_body())
    other_path = await post(partner, {}, path=BASKET)
    other_query = await post(partner, customer_body(), path=f"{CUSTOMERS}?a=1")

    assert [(each.status, each.body["code"]) for each in (other_body, other_query)] == [
        (422, 42201)
    ] * 2
    # What cannot be read is refused before anybody looks at the key.
    assert other_path.body["code"] == 42200


async def test_a_request_is_refused_while_the_first_is_still_running(
    partner: PartnerClient, db: Database, clock: FakeClock
) -> None:
    sign_in, body = partner.sign_in, customer_body()
    key = ReplyKey(sign_in.partner.partner_id, sign_in.credential.credential_id, KEY)
    async with db.transaction() as tx:
        await replies.claim(tx, key, request_mac=bytes(32), now=clock.now())
        running = await post(partner, body)

    assert (running.status, running.body["code"]) == (409, 40900)
    assert (await post(partner, body)).status == 200


async def test_a_refusal_is_remembered(partner: PartnerClient) -> None:
    customer = f"late{customer_body()['external_id']}"[:24]
    body = {"external_customer_id": customer, "sku": "MNT0001", "amount": 1}

    first = await post(partner, body, path=BASKET)
    await partner.new_customer(external_id=customer)
    second = await post(partner, body, path=BASKET)

    assert (first.status, first.body["code"]) == (404, 40402)
    assert (second.status, second.body, is_replayed(second)) == (404, first.body, True)


async def test_what_was_refused_for_want_of_a_price_is_tried_again(
    partner: PartnerClient, market: Market, db: Database, clock: FakeClock
) -> None:
    customer = await partner.new_customer()
    body = {"external_customer_id": customer, "sku": "MNT0001", "amount": 1}
    async with db.transaction() as tx:
        await pricing.halt(tx, [Metal.GOLD], reason="a storm", now=clock.now())
    try:
        halted = await post(partner, body, path=BASKET)
    finally:
        async with db.transaction() as tx:
            await pricing.resume(tx, [Metal.GOLD])
    second = await post(partner, body, path=BASKET)

    assert (halted.status, halted.body["code"]) == (503, 50302)
    assert halted.headers["retry-after"] == "5"
    assert (second.status, is_replayed(second)) == (200, False)


async def test_an_answer_is_kept_for_a_day(partner: PartnerClient, clock: FakeClock) -> None:
    body = customer_body()
    await post(partner, body)
    clock.advance(seconds=timedelta(hours=24).total_seconds() - 1)
    within = await post(partner, body)
    clock.advance(seconds=1)
    after = await post(partner, body)

    assert (within.status, is_replayed(within)) == (200, True)
    # Done anew, it meets the customer that it made.
    assert (after.status, is_replayed(after)) == (409, False)


async def test_a_key_is_a_credentials_own(
    partner: PartnerClient, other_partner: PartnerClient, db: Database, clock: FakeClock
) -> None:
    colleague = PartnerClient(
        partner.http, await make_sign_in(db, now=clock.now(), partner=partner.sign_in.partner)
    )

    answers = [await post(each, customer_body()) for each in (partner, other_partner, colleague)]

    assert [(each.status, is_replayed(each)) for each in answers] == [(200, False)] * 3


@pytest.mark.parametrize("key", ["k" * 256, "two words"])
async def test_a_key_out_of_form_is_a_fault_of_its_header(partner: PartnerClient, key: str) -> None:
    reply = await partner.call(
        "POST", CUSTOMERS, body=customer_body(), headers={"Idempotency-Key": key}
    )

    assert (reply.status, list(reply.errors)) == (422, ["idempotency-key"])


async def test_a_read_has_no_use_for_a_key(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    path = f"{CUSTOMERS}/{customer}"

    answers = [await partner.call("GET", path, headers={"Idempotency-Key": KEY}) for _ in range(2)]

    assert [(each.status, is_replayed(each)) for each in answers] == [(200, False)] * 2


async def test_of_many_at_once_with_one_key_one_does_the_work(
    partner: PartnerClient, db: Database
) -> None:
    body = customer_body()

    # Each in a Digest conversation of its own: a shared one would make them wait their turn.
    crowd = [PartnerClient(partner.http, partner.sign_in) for _ in range(20)]
    answers = await asyncio.gather(*(post(each, body) for each in crowd))
    last = await post(partner, body)

    counts = Counter((each.status, each.body["code"], is_replayed(each)) for each in answers)
    assert counts[200, 0, False] == 1
    assert counts.keys() <= {(200, 0, False), (200, 0, True), (409, 40900, False)}
    assert is_replayed(last)
    bodies = [each.body for each in (*answers, last) if each.status == 200]
    assert all(each == bodies[0] for each in bodies)
