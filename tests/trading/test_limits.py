"""An order that goes beyond what the customer's verification allows is refused, and no other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import DatedLimit, Limit, LimitKind
from bezant.kernel.db import Database
from bezant.trading import card_settling
from bezant.trading.queries import limits as queries
from tests.api.market import Market
from tests.api.places import at
from tests.factories.acquirer import Turn
from tests.factories.checkout import CARD
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply
from tests.trading import counters
from tests.trading.desk import Desk, buyer

CALCULATE = "/partner/price/calculate"
LONG_AGO = date(2020, 1, 1)


class Limits:
    """Limits of level 2, which end with the test: other tests' customers are of level 0."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._set: list[Limit] = []

    async def set(self, kind: LimitKind, amount: int, *, unit: str = "TRY") -> None:
        """Sets one."""
        limit = Limit(level=2, kind=kind, unit=unit, amount=amount)
        self._set.append(limit)
        await self._write(limit)

    async def end(self) -> None:
        """Ends all."""
        for each in self._set:
            await self._write(Limit(level=each.level, kind=each.kind, unit=each.unit, amount=None))

    async def _write(self, limit: Limit) -> None:
        async with self._db.transaction() as tx:
            new = DatedLimit(limit, LONG_AGO)
            await kyc.set_limit(tx, new, now=FakeClock().now())


@pytest_asyncio.fixture
async def limits(db: Database) -> AsyncIterator[Limits]:
    """Limits of this test."""
    found = Limits(db)
    yield found
    await found.end()


async def verified(desk: Desk, customer: str | None = None) -> str:
    """A customer of level 2, the desk's own unless one is named."""
    customer = customer or desk.customer
    await desk.partner.call("POST", "/partner/customer", body=buyer(customer))
    said = await desk.partner.post(
        f"/partner/customer/{customer}/kyc",
        level=2,
        status="approved",
        verified_at="2024-01-01T00:00:00+03:00",
    )
    assert said.status == 200, said.body
    return customer


def refused(reply: Reply) -> bool:
    """Whether a limit refused it."""
    assert reply.status in (200, 403), reply.body
    assert reply.status == 200 or reply.body["code"] == 40310
    return reply.status == 403


async def test_an_order_over_its_cash_value_is_refused_and_moves_nothing(
    desk: Desk, limits: Limits
) -> None:
    await verified(desk)
    await limits.set(LimitKind.ORDER_VALUE, 2020_00)

    assert not refused(await desk.buy(1))
    before = await desk.balances()
    reply = await desk.buy(1.0001)

    assert refused(reply)
    assert "2020 TRY" in str(reply.body["message"])
    assert await desk.balances() == before


async def test_turnover_counts_purchases_and_sales_of_linked_customers(
    desk: Desk, limits: Limits
) -> None:
    await verified(desk)
    await limits.set(LimitKind.TURNOVER_DAY, 5000_00)
    twin = buyer(f"{desk.customer}-2")
    await verified(desk, str(twin["external_id"]))

    assert not refused(await desk.buy(1))
    assert not refused(await desk.sell(0.5))
    token = await desk.fix(customer_external_id=None)
    assert refused(await desk.buy(1, customer=twin, price_token=token))
    assert not refused(await desk.buy(0.9, customer=twin, price_token=token))


async def test_grams_are_limited_in_all_wallets_of_the_metal_and_selling_is_free(
    desk: Desk, limits: Limits
) -> None:
    await verified(desk)
    await limits.set(LimitKind.GRAMS_HELD, 1_500_000, unit="gold")

    assert not refused(await desk.buy(1.5))
    assert refused(await desk.buy(0.0001))
    assert not refused(await desk.buy(10, sku="GAG"))
    assert not refused(await desk.sell(1))
    assert not refused(await desk.buy(1))


async def reckoned(desk: Desk, **asked: object) -> tuple[object, object]:
    """The amount that may be ordered of a new fix of the customer's, and what binds it."""
    wanted = {"sku": "GAU", "type": "buy"} | asked
    reply = await desk.partner.post(CALCULATE, price_token=await desk.fix(), **wanted)
    assert reply.status == 200, reply.body
    return reply.data["amount"], reply.data["limited_by"]


async def test_what_is_reckoned_keeps_to_the_limits_and_can_be_ordered(
    desk: Desk, limits: Limits
) -> None:
    await verified(desk)
    assert await reckoned(desk, amount=9) == (9, None)
    await limits.set(LimitKind.TURNOVER_DAY, 5000_00)
    await limits.set(LimitKind.GRAMS_HELD, 2_000_000, unit="gold")

    assert await reckoned(desk, amount=9) == (2, "limit")
    assert not refused(await desk.buy(2))
    assert await reckoned(desk, amount=9) == (0, "limit")
    assert await reckoned(desk, amount=9, type="sell") == (0.4848, "limit")
    assert await reckoned(desk, amount=0.4, type="sell") == (0.4, None)
    assert await reckoned(desk, amount=9, sku="GAG") == (9, None)
    assert not refused(await desk.sell(0.4848))


async def test_a_limit_that_a_rounded_line_reaches_binds_nothing(
    desk: Desk, limits: Limits
) -> None:
    await verified(desk)
    # 0.0499 g come to 100.798, which is 100.80; the cash alone would buy 0.0499 g exactly.
    await limits.set(LimitKind.ORDER_VALUE, 100_80)

    assert await reckoned(desk, amount=0.0499) == (0.0499, None)
    assert not refused(await desk.buy(0.0499))


async def test_what_waits_for_its_card_is_held_already_until_it_fails(
    desk: Desk, limits: Limits, counter: counters.Counter, market: Market
) -> None:
    await verified(desk)
    await limits.set(LimitKind.GRAMS_HELD, 100_000, unit="gold")

    order = await counter.buy_with(Turn.CHALLENGED, payment=CARD)
    assert order["status_name"] == "Pending"
    assert refused(await desk.buy(0.0001))
    counter.desk.clock.advance(days=1)
    await card_settling.release_overdue(counter.till)

    await market.moves()
    assert not refused(await desk.buy(0.1))


async def test_a_newcomer_is_known_by_the_identity_number(desk: Desk, limits: Limits) -> None:
    await verified(desk)
    await limits.set(LimitKind.TURNOVER_DAY, 1)

    # Of the newcomer nothing is known, so level 0 counts, which has no limits here.
    stranger = await desk.buy(
        1,
        customer=buyer(f"{desk.customer}-new"),
        price_token=await desk.fix(customer_external_id=None),
    )

    assert not refused(stranger)
    assert at(stranger.data, "orders", 0, "status_id") == 5
    owner = await desk.owner()
    async with desk.db.reading() as connection:
        counted = await connection.fetchval(
            "SELECT version FROM kyc_tally WHERE partner_id = $1 AND customer_id = $2",
            desk.partner_id,
            owner.customer_id,
        )
    assert counted == 1


async def test_the_partners_own_trades_have_no_limits(desk: Desk, limits: Limits) -> None:
    for kind in (LimitKind.ORDER_VALUE, LimitKind.TURNOVER_DAY):
        await limits.set(kind, 0)

    reply = await desk.buy(
        1, customer=None, topup=None, price_token=await desk.fix(customer_external_id=None)
    )

    assert not refused(reply)


async def test_the_same_call_again_is_counted_once(desk: Desk, limits: Limits) -> None:
    await verified(desk)
    await limits.set(LimitKind.TURNOVER_30_DAYS, 4040_00)
    token, name = await desk.fix(), desk.name()

    replies = await asyncio.gather(
        *(desk.buy(1, price_token=token, external_id=name) for _ in range(4))
    )

    assert not any(refused(each) for each in replies)
    assert not refused(await desk.buy(1))
    assert refused(await desk.buy(0.0001))


@pytest.mark.usefixtures("pounds")
async def test_the_same_call_at_once_is_answered_alike_whatever_currency_its_fix_is_in(
    desk: Desk, limits: Limits
) -> None:
    await verified(desk)
    await limits.set(LimitKind.TURNOVER_DAY, 50_50, unit="GBP")
    token, name = await desk.fix(currency="GBP"), desk.name()

    replies = await asyncio.gather(
        *(desk.buy(1, price_token=token, external_id=name) for _ in range(20))
    )

    assert not any(refused(each) for each in replies)
    assert all(each.body == replies[0].body for each in replies)
    assert await desk.orders() == 1


async def test_orders_at_once_stay_within_every_limit(desk: Desk, limits: Limits) -> None:
    await verified(desk)
    await limits.set(LimitKind.GRAMS_HELD, 5_000_000, unit="gold")
    tokens = [await desk.fix() for _ in range(10)]

    replies = await asyncio.gather(*(desk.buy(1, price_token=token) for token in tokens))

    assert Counter(refused(each) for each in replies) == {False: 5, True: 5}
    assert (await desk.balances())["GAU"] == 5_000_000


async def test_who_a_person_is_is_asked_once_however_many_accounts_there_are(desk: Desk) -> None:
    async with desk.db.reading() as connection:
        plan = await connection.fetch(
            f"EXPLAIN {queries.READ_STANDING}",
            desk.partner_id,
            desk.customer,
            "TRY",
            LONG_AGO,
            ["GAU"],
        )

    # Elsewhere it would be reckoned for each row that is looked at.
    compared = [row[0] for row in plan if "Filter:" in row[0] or "Cond:" in row[0]]
    assert compared
    assert not [line for line in compared if "kyc_person" in line]
