"""The Partner API's published examples: key names in their order, arithmetic, and times."""

import re
from collections.abc import Mapping, Sequence

import pytest
import pytest_asyncio

from bezant.ledger.assets import Asset
from tests.api.market import Market
from tests.api.places import at
from tests.trading.desk import BUY, NO_SPREAD, Desk, buyer, open_trading
from tests.trading.test_ordering import ORDER_KEYS

GOLD_AT_1889_73 = 18_897_300
SILVER_AT_54_35 = 543_500
ITEM_KEYS = [
    "sku",
    "product_id",
    "product_name",
    "spot_price",
    "price",
    "tax_rate",
    "tax",
    "amount",
    "total",
]
BALANCE_KEYS = [
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
ISO_WITH_ZONE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00"
WITH_A_BLANK = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
DAY_FIRST = r"\d\d-\d\d-\d{4} \d\d:\d\d"


@pytest_asyncio.fixture
async def published(desk: Desk, market: Market) -> Desk:
    """A desk at the published prices."""
    await market.moves(gold=GOLD_AT_1889_73, silver=SILVER_AT_54_35)
    await open_trading(desk.db, desk.partner_id, {Asset.GAU: NO_SPREAD, Asset.GAG: NO_SPREAD})
    return desk


def keys(data: object) -> Sequence[str]:
    """The names of an object's fields, in their order."""
    assert isinstance(data, Mapping), data
    return list(data)


@pytest.mark.parametrize(
    ("sku", "amount", "unit", "total"),
    [("GAU", 0.1, 1889.73, 188.97), ("GAG", 10, 54.35, 543.5)],
)
async def test_a_line_comes_to_what_is_published(
    published: Desk, sku: str, amount: float, unit: float, total: float
) -> None:
    reply = await published.buy(amount, sku=sku)

    data = reply.data
    assert keys(data) == ["order_code", "guid", "price", "tax", "total", "order_at", "orders"]
    assert (data["price"], data["tax"], data["total"]) == (total, 0, total)
    order = at(data, "orders", 0)
    assert keys(order) == ORDER_KEYS
    item = at(order, "items", 0)
    assert keys(item) == ITEM_KEYS
    assert (at(item, "price"), at(item, "amount"), at(item, "total")) == (unit, amount, total)
    assert at(order, "description") == f"{amount}gr - #{sku}"


async def test_each_time_has_the_form_that_is_published_for_it(published: Desk) -> None:
    fix = await published.partner.post(
        "/partner/pricefix", type="digital", customer_external_id=published.customer
    )
    body = {
        "price_token": fix.data["token"],
        "external_id": "a-gram",
        "customer": buyer(published.customer),
        "items": [{"sku": "GAU", "amount": 1}],
        "topup": {"price": 2000},
    }
    bought = await published.partner.call("POST", BUY, body=body)
    read = await published.partner.get("/partner/order/a-gram")

    assert re.fullmatch(ISO_WITH_ZONE, str(fix.data["expires_at"]))
    assert re.fullmatch(WITH_A_BLANK, str(bought.data["order_at"]))
    assert re.fullmatch(WITH_A_BLANK, str(at(bought.data, "orders", 0, "order_at")))
    assert re.fullmatch(DAY_FIRST, str(read.data["order_at"]))


async def test_balances_have_the_published_fields(published: Desk) -> None:
    assert (await published.buy(0.1)).status == 200

    customers = await published.partner.get(f"/partner/balance/customer/{published.customer}")
    own = await published.partner.get("/partner/balance")

    for reply in (customers, own):
        assert reply.status == 200, reply.body
        for account in reply.items:
            assert keys(account) == BALANCE_KEYS
    gold = next(each for each in customers.items if each["currency_id"] == 1_000_004)
    assert keys(gold["stats"]) == (
        ["bought", "sold", "average_cost", "invested", "realised_profit", "unrealised_profit"]
    )
    assert keys(gold["prices"]) == ["currency_code", "buy_price", "sell_price", "value"]
    assert gold["balance"] == gold["real_balance"] == 0.1


async def test_a_total_buys_what_is_published_rounded_down_to_the_step(published: Desk) -> None:
    fix = await published.partner.post(
        "/partner/pricefix", type="digital", customer_external_id=published.customer, total=100
    )

    prices = fix.data["prices"]
    assert isinstance(prices, list)
    amounts = {price["sku"]: price["buy_amount"] for price in prices}
    # 100 ÷ 1889.73 = 0.052917…, and 100 ÷ 54.35 = 1.839926…
    assert amounts == {"GAU": 0.0529, "GAG": 1.83}
    assert (fix.data["is_total_price"], fix.data["total"]) == (True, 100)
