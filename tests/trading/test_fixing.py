"""Fixing prices: what is promised, to whom, for how long."""

from collections.abc import Mapping
from datetime import timedelta

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal
from bezant.ledger.assets import Asset
from bezant.trading import quoting
from bezant.trading.model import FIX_KEPT
from tests.api.market import Market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply
from tests.trading.desk import FIX, NO_SPREAD, Desk, open_trading

CALCULATE = "/partner/price/calculate"
PRICES = "/partner/product/prices"


def prices_of(reply: Reply) -> list[Mapping[str, object]]:
    """The prices of a fix."""
    prices = reply.data["prices"]
    assert isinstance(prices, list), reply.body
    return prices


async def test_a_fix_has_the_published_fields_in_their_order(desk: Desk, clock: FakeClock) -> None:
    reply = await desk.partner.post(FIX, type="digital")

    data = reply.data
    assert list(data) == [
        "token",
        "total",
        "expires_at",
        "is_total_price",
        "expire_ttl",
        "prices",
        "currency",
    ]
    assert len(str(data["token"])) == 32
    assert (data["total"], data["is_total_price"], data["expire_ttl"]) == (None, False, 240)
    assert data["currency"] == "TRY"
    at = clock.now() + timedelta(hours=3, seconds=240)
    assert data["expires_at"] == at.strftime("%Y-%m-%dT%H:%M:%S+03:00")
    gold, silver = prices_of(reply)
    assert gold == {
        "currency_id": 1000004,
        "product_id": 3000001,
        "sku": "GAU",
        "spot_price": 2000,
        "buy_price": 2020,
        "sell_price": 1980,
        "buy_amount": None,
    }
    assert (silver["sku"], silver["currency_id"], silver["product_id"]) == (
        "GAG",
        1000005,
        3000002,
    )


async def test_what_a_total_buys_is_rounded_down_to_the_step(desk: Desk, market: Market) -> None:
    await market.moves(gold=18_897_300)
    await open_trading(desk.db, desk.partner_id, {Asset.GAU: NO_SPREAD})

    reply = await desk.partner.post(
        FIX, type="digital", customer_external_id=desk.customer, total=100
    )

    gold, silver = prices_of(reply)
    # 100 ÷ 1889.73 is 0.052917…, and 100 ÷ 30.3 is 3.30033….
    assert (gold["buy_amount"], silver["buy_amount"]) == (0.0529, 3.3)
    assert (reply.data["total"], reply.data["is_total_price"]) == (100, True)


async def test_a_total_needs_a_customer(desk: Desk) -> None:
    reply = await desk.partner.post(FIX, type="digital", total=100)

    assert (reply.status, list(reply.errors)) == (422, ["customer_external_id"])


async def test_a_total_is_money(desk: Desk) -> None:
    for total in (0, -1, 1.234, "x", 1e300):
        reply = await desk.partner.post(
            FIX, type="digital", customer_external_id=desk.customer, total=total
        )
        assert (reply.status, list(reply.errors)) == (422, ["total"]), total


async def test_the_type_is_digital(desk: Desk) -> None:
    assert (await desk.partner.post(FIX)).status == 422
    assert (await desk.partner.post(FIX, type="physical")).status == 422


async def test_a_currency_without_a_market_has_no_prices(desk: Desk) -> None:
    reply = await desk.partner.post(FIX, type="digital", currency="USD")

    assert (reply.status, reply.body["code"]) == (503, 50301)


async def test_a_halted_metal_is_left_out_and_with_all_of_them_halted_nothing_is_promised(
    desk: Desk, market: Market
) -> None:
    await market.halts(Metal.GOLD, reason="closed")
    some = await desk.partner.post(FIX, type="digital")
    await market.halts(Metal.SILVER, reason="closed")
    none = await desk.partner.post(FIX, type="digital")
    await market.moves()

    assert [price["sku"] for price in prices_of(some)] == ["GAG"]
    assert (none.status, none.body["code"]) in ((503, 50302), (503, 50301))


async def test_a_partner_without_spreads_trades_nothing(partner: PartnerClient) -> None:
    reply = await partner.post(FIX, type="digital")

    assert (reply.status, reply.body["code"]) == (409, 40951)


async def test_prices_are_shown_unfixed(desk: Desk) -> None:
    reply = await desk.partner.get(PRICES)

    assert reply.items[0] == {
        "currency_id": 1000004,
        "product_id": 3000001,
        "sku": "GAU",
        "currency_code": "TRY",
        "spot_price": 2000,
        "buy_price": 2020,
        "sell_price": 1980,
        "step": 0.0001,
        "minimum": 0.0001,
        "maximum": 10000,
    }
    assert [each["sku"] for each in reply.items] == ["GAU", "GAG"]


async def test_an_amount_is_reckoned_with_a_fix(desk: Desk) -> None:
    token = await desk.fix()

    bought = await desk.partner.post(
        CALCULATE, price_token=token, sku="GAU", amount=0.12345, type="buy"
    )
    totalled = await desk.partner.post(
        CALCULATE, price_token=token, sku="GAU", total=202, type="buy"
    )

    assert bought.data == {
        "sku": "GAU",
        "amount": 0.1234,
        "price": 249.27,
        "tax": 0,
        "total": 249.27,
        "limited_by": "step",
    }
    assert (totalled.data["amount"], totalled.data["limited_by"]) == (0.1, None)


async def test_who_sells_is_limited_by_what_there_is(desk: Desk) -> None:
    assert (await desk.buy(0.5)).status == 200
    token = await desk.fix()

    reply = await desk.partner.post(CALCULATE, price_token=token, sku="GAU", amount=2, type="sell")

    assert (reply.data["amount"], reply.data["limited_by"]) == (0.5, "balance")
    assert reply.data["total"] == 990


async def test_an_amount_or_a_total_and_not_both(desk: Desk) -> None:
    token = await desk.fix()
    for sent in ({}, {"amount": 1, "total": 1}):
        reply = await desk.partner.post(CALCULATE, price_token=token, sku="GAU", type="buy", **sent)
        assert (reply.status, set(reply.errors)) == (422, {"amount", "total"})


async def test_an_asset_without_a_price_is_not_reckoned(desk: Desk) -> None:
    token = await desk.fix()

    reply = await desk.partner.post(CALCULATE, price_token=token, sku="GPT", amount=1, type="buy")

    assert (reply.status, reply.body["code"]) == (404, 40421)


async def test_a_fix_that_is_long_over_is_forgotten(
    desk: Desk, db: Database, clock: FakeClock
) -> None:
    token = await desk.fix()
    clock.advance(seconds=240)
    over = await desk.buy(price_token=token)
    clock.advance(seconds=FIX_KEPT.total_seconds())
    async with db.transaction() as tx:
        assert await quoting.forget_fixes(tx, now=clock.now()) >= 1
    gone = await desk.buy(price_token=token)

    assert (over.status, over.body["code"]) == (410, 41001)
    assert (gone.status, gone.body["code"]) == (404, 40420)
