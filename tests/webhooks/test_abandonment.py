"""Abandoned baskets: announced once, after a while, with the way back to them."""

from datetime import datetime, timedelta

import pytest

from bezant.baskets.model import idle_slot
from bezant.kernel.db import Database
from bezant.kernel.errors import Invalid
from bezant.webhooks.service import abandonment
from tests.factories.catalog import GOLD_BAR, set_market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.webhooks.desk import Desk
from tests.webhooks.receiver import Receiver

RESUME = "https://shop.example/cart/{token}"
AFTER = timedelta(hours=2)
PATH = "/partner/ecom/basket"


@pytest.fixture
def shop(desk: Desk, partner: PartnerClient) -> Desk:
    """The desk of the partner whose baskets these are."""
    return Desk(desk.db, desk.clock, desk.courier, partner.sign_in.partner.partner_id)


async def told_of_abandoned(shop: Desk, *, after: timedelta = AFTER) -> None:
    async with shop.db.transaction() as tx:
        await abandonment.tell_of_abandoned(
            tx, shop.partner_id, after=after, resume_url=RESUME, now=shop.clock.now()
        )


async def look(shop: Desk) -> None:
    await abandonment.announce_abandoned(shop.db, now=shop.clock.now())


async def test_a_basket_is_announced_once_after_the_delay_with_a_way_back(
    shop: Desk, partner: PartnerClient, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await shop.add(receiver.url)
    await told_of_abandoned(shop)
    clock.advance(seconds=1)
    customer = await partner.new_customer()
    basket = await partner.new_basket(customer)
    clock.advance(seconds=AFTER.total_seconds() - 1)
    await look(shop)
    assert await shop.states() == []

    clock.advance(seconds=1)
    await look(shop)
    await look(shop)
    await shop.deliver(endpoint)

    (got,) = receiver.taken
    assert got.type == "basket.abandoned"
    assert got.data["cart_token"] == basket.data["token"]
    assert got.data["customer_external_id"] == customer
    assert got.data["resume_url"] == f"https://shop.example/cart/{basket.data['token']}"
    assert got.data["currency_code"] == "TRY"
    assert got.data["items"] == [{"sku": GOLD_BAR, "amount": 1}]
    assert got.data["price"] == basket.data["price"]
    assert got.data["tax"] == basket.data["tax"]
    assert got.data["total"] == basket.data["total"]


async def test_a_basket_that_changes_again_is_announced_again(
    shop: Desk, partner: PartnerClient, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint, _ = await shop.add(receiver.url)
    await told_of_abandoned(shop)
    clock.advance(seconds=1)
    customer = await partner.new_customer()
    basket = await partner.new_basket(customer)
    clock.advance(seconds=AFTER.total_seconds())
    await look(shop)
    change = {
        "external_customer_id": customer,
        "cart_token": basket.data["token"],
        "sku": GOLD_BAR,
        "amount": 1,
    }
    async with shop.db.reading() as connection:
        await set_market(connection, at=clock.now())
    assert (await partner.post(PATH, **change)).status == 200
    clock.advance(seconds=1)
    await look(shop)
    assert len(await shop.states()) == 1

    clock.advance(seconds=AFTER.total_seconds())
    await look(shop)
    await shop.deliver(endpoint)

    assert len(receiver.taken) == 2
    assert receiver.said("cart_token") == [basket.data["token"]] * 2


async def test_an_empty_basket_and_one_from_before_are_left_alone(
    shop: Desk, partner: PartnerClient, receiver: Receiver, clock: FakeClock
) -> None:
    await shop.add(receiver.url)
    customer = await partner.new_customer()
    await partner.new_basket(customer)
    clock.advance(seconds=1)
    await told_of_abandoned(shop)
    clock.advance(seconds=1)
    emptied = await partner.new_basket(customer)
    key = {"external_customer_id": customer, "cart_token": emptied.data["token"]}
    assert (await partner.delete(f"{PATH}/empty", **key)).status == 200

    clock.advance(days=1)
    await look(shop)

    assert await shop.states() == []


async def test_workers_that_look_at_once_announce_each_basket_once(
    shop: Desk, partner: PartnerClient, receiver: Receiver, clock: FakeClock
) -> None:
    await shop.add(receiver.url)
    await told_of_abandoned(shop)
    clock.advance(seconds=1)
    customer = await partner.new_customer()
    for _ in range(5):
        await partner.new_basket(customer)
    clock.advance(seconds=AFTER.total_seconds())

    async with shop.db.transaction() as tx:
        assert await abandonment.announce_batch(tx, shop.partner_id, now=clock.now()) == 5
        # Another worker finds somebody at it, and does not wait.
        await look(shop)
        assert await shop.states() == []
    await look(shop)

    assert len(await shop.states()) == 5


async def test_more_baskets_than_one_batch_are_all_announced(
    shop: Desk,
    partner: PartnerClient,
    receiver: Receiver,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(abandonment, "BATCH", 2)
    await shop.add(receiver.url)
    await told_of_abandoned(shop)
    clock.advance(seconds=1)
    customer = await partner.new_customer()
    # All at the same moment: their numbers part them.
    for _ in range(5):
        await partner.new_basket(customer)
    clock.advance(seconds=AFTER.total_seconds())

    await look(shop)

    assert len({each.stream for each in await shop.deliveries()}) == 5


async def test_who_is_told_no_more_hears_nothing(
    shop: Desk, partner: PartnerClient, receiver: Receiver, clock: FakeClock
) -> None:
    await shop.add(receiver.url)
    await told_of_abandoned(shop)
    clock.advance(seconds=1)
    await partner.new_basket(await partner.new_customer())
    async with shop.db.transaction() as tx:
        await abandonment.tell_no_more(tx, shop.partner_id)
    clock.advance(days=1)

    await look(shop)

    assert await shop.states() == []


@pytest.mark.parametrize(
    ("after", "resume_url", "field"),
    [
        (timedelta(minutes=4), RESUME, "after"),
        (timedelta(days=31), RESUME, "after"),
        (AFTER, "https://shop.example/cart", "resume_url"),
        (AFTER, "javascript:alert('{token}')", "resume_url"),
        (AFTER, "https://shop.example/{token}/{token}", "resume_url"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused(
    desk: Desk, after: timedelta, resume_url: str, field: str
) -> None:
    async with desk.db.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            await abandonment.tell_of_abandoned(
                tx, desk.partner_id, after=after, resume_url=resume_url, now=desk.clock.now()
            )

    assert list(refused.value.fields) == [field]


async def test_the_look_for_idle_baskets_walks_their_index(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        plan = await tx.fetch(f"EXPLAIN {PLAIN_LOOK}")

    told = "\n".join(str(line[0]) for line in plan)
    assert "basket_idle" in told
    # Only what was last changed in the same ten minutes is put in order.
    assert "Presorted Key: idle_slot" in told


PLAIN_LOOK = """
    SELECT * FROM basket
     WHERE partner_id = 1 AND state = 'open'
       AND idle_slot BETWEEN idle_slot('2026-06-01') AND idle_slot('2026-06-02')
       AND (updated_at, basket_id) > ('2026-06-01', 5) AND updated_at <= '2026-06-02'
     ORDER BY idle_slot, updated_at, basket_id
     LIMIT 200
"""


@pytest.mark.parametrize(
    "at", ["2026-06-01T00:00:00Z", "2026-06-01T00:09:59.999999Z", "2026-06-01T03:10:00+03:00"]
)
async def test_the_database_puts_a_moment_into_the_same_slot(db: Database, at: str) -> None:
    moment = datetime.fromisoformat(at)
    async with db.reading() as connection:
        assert await connection.fetchval("SELECT idle_slot($1)", moment) == idle_slot(moment)
