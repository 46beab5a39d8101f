"""Balances over the API: their shape, what trading has brought, and the partner's own cash."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest

from bezant.kernel.metal import Metal
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    HOUSE,
    SETTLEMENT,
    HoldKind,
    Journal,
    JournalKind,
    Move,
    NewHold,
    Reference,
    ReferenceKind,
)
from bezant.trading.queries import balances as queries
from tests.api.market import Market
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply
from tests.trading.desk import Desk
from tests.trading.test_statements import listening, told

KEYS = [
    "customer_external_id",
    "name",
    "currency_id",
    "currency_symbol",
    "currency_code",
    "is_cash",
    "balance",
    "blocked",
    "real_balance",
    "soft_blocked_amount",
    "stats",
    "prices",
]
STATS_KEYS = [
    "bought",
    "sold",
    "average_cost",
    "invested",
    "realised_profit",
    "unrealised_profit",
]
PRICES_KEYS = ["currency_code", "buy_price", "sell_price", "value"]
KEYS_OF_A_WALLET = [
    "currency_id",
    "currency_code",
    "currency_symbol",
    "name",
    "is_cash",
    "balance",
    "blocked",
    "real_balance",
]
STATS = "/partner/balance/stats"


def path_of(customer: str) -> str:
    """Where a customer's balances are."""
    return f"/partner/balance/customer/{customer}"


async def accounts(desk: Desk) -> dict[str, Mapping[str, object]]:
    """The customer's accounts by their code."""
    reply = await desk.partner.get(path_of(desk.customer))
    assert reply.status == 200, reply.body
    return {str(each["currency_code"]): each for each in reply.items}


def part(account: Mapping[str, object], name: str) -> list[object]:
    """The values of `stats` or `prices`, in their order."""
    found = account[name]
    assert isinstance(found, Mapping)
    return list(found.values())


async def cash(desk: Desk, amount: object, name: str | None = None, **more: object) -> Reply:
    """The answer to a change of the customer's cash."""
    return await desk.partner.patch(
        path_of(desk.customer), amount=amount, external_id=name or desk.name(), **more
    )


async def entered(desk: Desk) -> Desk:
    """The desk, its customer entered."""
    await desk.partner.new_customer(external_id=desk.customer)
    return desk


async def test_a_new_customer_has_one_account_of_the_partners_currency(desk: Desk) -> None:
    await entered(desk)

    reply = await desk.partner.get(path_of(desk.customer))

    (account,) = reply.items
    assert list(account) == KEYS
    assert list(account.values())[:-2] == [
        desk.customer, "Turkish Lira", 1000003, "₺", "TRY", True, 0, 0, 0, 0,
    ]  # fmt: skip
    assert isinstance(account["stats"], Mapping)
    assert isinstance(account["prices"], Mapping)
    assert list(account["stats"]) == STATS_KEYS
    assert list(account["prices"]) == PRICES_KEYS
    assert part(account, "stats") == [0, 0, None, 0, 0, 0]
    assert part(account, "prices") == ["TRY", 1, 1, 0]


async def test_balances_tell_what_was_won_and_what_would_be(
    desk: Desk, market: Market, clock: FakeClock
) -> None:
    # A gram at 2020.00, and another at 3030.00; one of them is sold at 3960.00.
    await desk.buy(1, topup={"price": 10_000})
    await market.moves(gold=3000_0000)
    await desk.buy(1, topup=None)
    await market.moves(gold=4000_0000)
    sold = await desk.sell(1)
    assert sold.status == 200, sold.body

    gold = (await accounts(desk))["GAU"]

    assert list(gold.values())[:-2] == [
        desk.customer, "Digital Gold", 1000004, "g", "GAU", False, 1, 0, 1, 0,
    ]  # fmt: skip
    assert part(gold, "stats") == [2, 1, 2525, 2525, 1435, 1435]
    assert part(gold, "prices") == ["TRY", 4040, 3960, 3960]
    assert (await accounts(desk))["TRY"]["balance"] == 10_000 - 2020 - 3030 + 3960


async def test_metals_of_one_order_each_have_what_their_line_cost(desk: Desk) -> None:
    both = [{"sku": "GAU", "amount": 1}, {"sku": "GAG", "amount": 10}]
    bought = await desk.buy(items=both, topup={"price": 10_000})
    assert bought.status == 200, bought.body

    found = await accounts(desk)

    spent = [part(found[sku], "stats")[3] for sku in ("GAU", "GAG")]
    assert spent[0] == 2020
    assert sum(each for each in spent if isinstance(each, int | float)) == bought.data["total"]


async def test_a_closed_market_leaves_prices_out_and_no_balance(desk: Desk, market: Market) -> None:
    await desk.buy(1, topup={"price": 2_020})
    await market.halts(Metal.GOLD, reason="a test")
    try:
        gold = (await accounts(desk))["GAU"]
    finally:
        await market.moves()

    assert gold["balance"] == 1
    assert part(gold, "stats") == [1, 0, 2020, 2020, 0, None]
    assert part(gold, "prices") == ["TRY", None, None, None]


async def test_what_is_held_is_not_to_be_spent(desk: Desk) -> None:
    await entered(desk)
    await cash(desk, 100)
    for kind, kurus in ((HoldKind.BLOCKED, 10_00), (HoldKind.SOFT_BLOCKED, 5_50)):
        held = NewHold(
            await desk.owner(),
            Amount(kurus, Asset.TRY),
            kind,
            Reference(ReferenceKind.ORDER, desk.name()),
        )
        async with desk.db.transaction() as tx:
            await ledger.hold(tx, desk.partner_id, held, now=desk.clock.now())

    account = (await accounts(desk))["TRY"]

    assert [account[key] for key in KEYS[6:10]] == [100, 10, 84.5, 5.5]


async def test_grams_that_were_given_cost_nothing(desk: Desk) -> None:
    await entered(desk)
    gift = Journal(
        partner_id=desk.partner_id,
        kind=JournalKind.CORRECTION,
        # As an order's reference, which is no guid of one.
        reference=Reference(ReferenceKind.ORDER, desk.name()),
        moves=[Move(Amount(2_000_000, Asset.GAU), HOUSE, await desk.owner())],
    )
    async with desk.db.transaction() as tx:
        await ledger.post(tx, gift, now=desk.clock.now())

    assert part((await accounts(desk))["GAU"], "stats") == [0, 0, 0, 0, 0, 3960]


async def test_what_is_of_too_many_movements_has_a_balance_and_no_average(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_MOVEMENTS", 2)
    await desk.buy(1)
    await desk.buy(1)
    assert part((await accounts(desk))["GAU"], "stats")[:2] == [2, 0]

    await desk.sell(0.5)

    found = await accounts(desk)
    assert part(found["GAU"], "stats") == [None] * 6
    assert (found["GAU"]["balance"], part(found["GAU"], "prices")[3]) == (1.5, 2970)
    assert part(found["TRY"], "stats") == [0, 0, None, 0, 0, 0]


async def test_the_partners_own_accounts_and_what_it_owes(desk: Desk) -> None:
    empty = await desk.partner.get("/partner/balance")
    assert [(each["name"], each["balance"]) for each in empty.items] == [
        ("Settlement (Turkish Lira)", 0)
    ]

    await entered(desk)
    await cash(desk, 300)
    own = await desk.buy(1, customer=None, topup=None, price_token=await _own_fix(desk))
    assert own.status == 200, own.body

    reply = await desk.partner.get("/partner/balance")

    assert [list(each) for each in reply.items] == [KEYS] * 2
    told = {each["name"]: each for each in reply.items}
    assert told["Settlement (Turkish Lira)"]["balance"] == -2320
    assert told["Digital Gold"]["customer_external_id"] is None
    assert part(told["Digital Gold"], "stats") == [1, 0, 2020, 2020, 0, -40]
    assert part(told["Settlement (Turkish Lira)"], "prices") == ["TRY", 1, 1, -2320]


async def _own_fix(desk: Desk) -> str:
    return await desk.fix(customer_external_id=None)


async def test_the_partner_adds_to_a_customers_cash_and_takes_from_it(desk: Desk) -> None:
    await entered(desk)

    added = await cash(desk, 250.5, "first", description="from the bank")
    taken = await cash(desk, -50.25, "second", currency_code="TRY")

    assert list(added.data) == [
        "external_id",
        "customer_external_id",
        "currency_code",
        "amount",
        "balance",
        "description",
        "updated_at",
    ]
    assert list(added.data.values())[:-1] == [
        "first", desk.customer, "TRY", 250.5, 250.5, "from the bank",
    ]  # fmt: skip
    assert (taken.data["amount"], taken.data["balance"]) == (-50.25, 200.25)
    assert await desk.balances(SETTLEMENT) == {"TRY": -200_25}
    assert (await accounts(desk))["TRY"]["balance"] == 200.25


async def test_a_change_is_made_once_and_answered_as_it_was(desk: Desk, clock: FakeClock) -> None:
    await entered(desk)
    first = await cash(desk, 100, "once")
    clock.advance(seconds=60)
    await cash(desk, 1)

    again = await cash(desk, 100, "once")

    assert again.data == first.data
    assert (await accounts(desk))["TRY"]["balance"] == 101
    for changed in ({"amount": 101}, {"amount": -100}, {"amount": 100, "currency_code": "USD"}):
        reply = await desk.partner.patch(path_of(desk.customer), external_id="once", **changed)
        assert (reply.status, reply.body["code"]) == (409, 40941)
    other = await desk.partner.new_customer()
    reply = await desk.partner.patch(path_of(other), external_id="once", amount=100)
    assert (reply.status, reply.body["code"]) == (409, 40941)


async def test_a_change_is_told_once(desk: Desk, clock: FakeClock) -> None:
    await entered(desk)
    await listening(desk)
    await cash(desk, 10.5, "once")
    clock.advance(seconds=1)
    await cash(desk, 10.5, "once")
    await cash(desk, -99)

    owner = await desk.owner()
    ((stream, event),) = await told(desk)
    assert (stream, event.type) == (f"balance:{owner.customer_id}", "balance.changed")
    assert event.data == {
        "customer_external_id": desk.customer,
        "guid": None,
        "external_id": "once",
        "changes": [{"sku": "TRY", "amount": 10.5}],
    }


async def test_more_than_there_is_is_not_taken(desk: Desk) -> None:
    await entered(desk)
    await cash(desk, 10)

    refused = await cash(desk, -10.01)

    assert (refused.status, refused.body["code"]) == (409, 40940)
    assert (await cash(desk, -10)).data["balance"] == 0


async def test_cash_of_another_currency_is_another_account(desk: Desk) -> None:
    await entered(desk)
    await cash(desk, 10, currency_code="USD")

    dollars = (await accounts(desk))["USD"]

    assert (dollars["balance"], dollars["currency_symbol"]) == (10, "$")
    assert part(dollars, "prices") == ["TRY", None, None, None]


@pytest.mark.parametrize("amount", [0, 0.001, 1e300, -1e300, "1", "NaN", "Infinity", None, 10**12])
async def test_what_is_no_amount_is_refused(desk: Desk, amount: object) -> None:
    await entered(desk)

    reply = await cash(desk, amount)

    assert (reply.status, list(reply.errors)) == (422, ["amount"])


async def test_nobody_has_no_balances(desk: Desk) -> None:
    assert (await desk.partner.get(path_of("nobody"))).status == 404
    assert (await cash(desk, 1)).status == 404
    assert (await desk.partner.get(f"{path_of('nobody')}/stats/7d")).status == 404
    assert (await desk.partner.post(STATS, customer_external_id="nobody")).status == 404


async def test_the_same_change_at_once_is_made_once(desk: Desk) -> None:
    await entered(desk)

    replies = await asyncio.gather(*(cash(desk, 10, "once") for _ in range(12)))

    assert {reply.status for reply in replies} == {200}
    assert {str(reply.data) for reply in replies} == {str(replies[0].data)}
    assert await desk.balances() == {"TRY": 10_00}


async def test_changes_at_once_never_take_more_than_there_is(desk: Desk) -> None:
    await entered(desk)
    await cash(desk, 50)

    replies = await asyncio.gather(*(cash(desk, -10) for _ in range(12)))

    assert Counter(reply.status for reply in replies) == {200: 5, 409: 7}
    # Each was answered with the balance right after it.
    after = sorted(str(reply.data["balance"]) for reply in replies if reply.status == 200)
    assert after == ["0", "10", "20", "30", "40"]
    assert await desk.balances() == {}
    assert await desk.balances(SETTLEMENT) == {}


async def test_turnover_is_told_by_asset_and_day(desk: Desk, clock: FakeClock) -> None:
    await desk.buy(1, topup={"price": 10_000})
    await desk.buy(0.5, topup=None)
    await desk.sell(0.25)
    clock.advance(seconds=24 * 3600)
    await Market(desk.db, clock).moves()
    await desk.buy(10, sku="GAG", topup=None)

    reply = await desk.partner.post(STATS)

    assert reply.status == 200, reply.body
    assert list(reply.data) == [
        "start_date", "end_date", "currency_code", "turnover", "totals", "days",
    ]  # fmt: skip
    totals, days = reply.data["totals"], reply.data["days"]
    assert isinstance(totals, list)
    assert isinstance(days, list)
    assert list(totals[0].values()) == ["GAU", 2, 1, 1.5, 0.25, 1.25, 3030, 495, 3525]
    assert [each["sku"] for each in days] == ["GAU", "GAG"]
    assert list(days[0]) == ["day", *totals[0]]
    assert reply.data["turnover"] == 3525 + days[1]["turnover"]

    one = await desk.partner.post(STATS, sku="GAG", customer_external_id=desk.customer)
    assert one.data["totals"] == totals[1:]
    other = await desk.partner.new_customer()
    none = await desk.partner.post(STATS, customer_external_id=other)
    assert (none.data["turnover"], none.data["days"]) == (0, [])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"startDate": "2026-01-01"}, "endDate"),
        ({"startDate": "2026-01-02", "endDate": "2026-01-01"}, "endDate"),
        ({"startDate": "2024-01-01", "endDate": "2025-12-31"}, "endDate"),
        ({"sku": "MNT0001"}, "sku"),
        ({"sku": "TRY"}, "sku"),
    ],
)
async def test_stats_of_what_cannot_be_are_refused(
    desk: Desk, sent: dict[str, object], field: str
) -> None:
    reply = await desk.partner.post(STATS, **sent)

    assert (reply.status, list(reply.errors)) == (422, [field])


async def test_a_week_ends_with_today(desk: Desk, clock: FakeClock) -> None:
    await entered(desk)
    await cash(desk, 100)
    clock.advance(seconds=24 * 3600)
    await cash(desk, -40)
    clock.advance(seconds=24 * 3600)
    await Market(desk.db, clock).moves()
    await desk.buy(0.01, topup=None)

    reply = await desk.partner.get(f"{path_of(desk.customer)}/stats/7d")

    assert reply.status == 200, reply.body
    lira, gold = reply.items
    assert list(lira) == [
        "customer_external_id", "currency_id", "currency_code", "is_cash",
        "value_currency_code", "days",
    ]  # fmt: skip
    assert isinstance(lira["days"], list)
    assert isinstance(gold["days"], list)
    assert [each["balance"] for each in lira["days"]] == [0, 0, 0, 0, 100, 60, 39.8]
    assert [each["value"] for each in lira["days"]] == [0, 0, 0, 0, 100, 60, 39.8]
    assert [each["balance"] for each in gold["days"]] == [0, 0, 0, 0, 0, 0, 0.01]
    assert gold["days"][-1]["value"] == 19.8
    days = [each["day"] for each in gold["days"]]
    assert days == sorted(days)
    assert len(set(days)) == 7


async def test_a_customer_is_shown_with_its_wallets(desk: Desk) -> None:
    await desk.buy(0.5, topup={"price": 1_100})

    customer = await desk.partner.get(f"/partner/customer/{desk.customer}")

    wallets = customer.data["wallets"]
    assert isinstance(wallets, list)
    by_code = {each["currency_code"]: each for each in wallets}
    gold = by_code["GAU"]
    assert list(gold) == ["id", "customer_external_id", *KEYS_OF_A_WALLET]
    assert [gold[key] for key in KEYS_OF_A_WALLET] == [
        1000004, "GAU", "g", "Digital Gold", False, 0.5, 0, 0.5,
    ]  # fmt: skip
    assert by_code["TRY"]["balance"] == 90
    assert by_code["TRY"]["id"] != gold["id"]


async def test_who_owns_something_is_not_removed(desk: Desk) -> None:
    await entered(desk)
    await cash(desk, 0.01)

    refused = await desk.partner.delete(f"/partner/customer/{desk.customer}")

    assert (refused.status, refused.body["code"]) == (409, 40915)
    await cash(desk, -0.01)
    assert (await desk.partner.delete(f"/partner/customer/{desk.customer}")).status == 200


async def test_a_change_and_a_removal_at_once_leave_nothing_to_nobody(desk: Desk) -> None:
    for _ in range(6):
        desk.customer = await desk.partner.new_customer()
        changed, removed = await asyncio.gather(
            cash(desk, 1), desk.partner.delete(f"/partner/customer/{desk.customer}")
        )
        assert {changed.status, removed.status} in ({200, 409}, {404, 200})
