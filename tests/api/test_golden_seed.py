"""The published page of incomplete baskets, answered to the published request."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import msgspec
import pytest

from bezant.kernel.db import Database
from bezant.kernel.ids import ProductId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.pricing import service as pricing
from bezant.pricing.model import Part, PartRule
from tests.api.market import Market
from tests.api.places import at, rows_at
from tests.api.shelf import Shelf
from tests.factories.catalog import GOLD_BAR, ITEMS
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import billing_body, shipping_body

GOLDEN = Path(__file__).parent.parent / "contract" / "golden" / "incomplete_baskets.json"
CUSTOMER = "6551eeaf4455bb5959555302"
# The query string of the published sample, with its empty values and its bare names.
QUERY = f"customer_external_id={CUSTOMER}&page=&total=&startDate&endDate&card_bin"
HEADERS = [
    ("x-client-id", ""),
    ("api-version", "3"),
    ("api-version", "3"),
    ("Accept-Language", "tr"),
]
AT = datetime(2024, 8, 5, 12, 47, 15, tzinfo=UTC)

OURS = ("id", "guid", "increment_id", "token")
"""What is new in every basket."""
SUMS = ("delivery_price", "insurance_price", "market_commission", "minted_markup_price")
"""The example's sums, which are not the sums of its own item's parts."""


async def published_page(partner: PartnerClient) -> httpx.Response:
    """The answer to the published request."""
    answer = await partner.http.get(
        f"/partner/ecom/baskets?{QUERY}", headers=HEADERS, auth=partner.sign_in.auth
    )
    assert answer.status_code == 200, answer.text
    return answer


async def basket_with_addresses(partner: PartnerClient) -> None:
    """The example's basket: one small bar, both addresses."""
    await partner.new_customer(external_id=CUSTOMER)
    basket = await partner.new_basket(CUSTOMER)
    reply = await partner.patch(
        "/partner/ecom/basket/setaddress",
        external_customer_id=CUSTOMER,
        cart_token=basket.data["token"],
        shipping=shipping_body(),
        billing=billing_body(),
    )
    assert reply.status == 200, reply.body


def golden() -> dict[str, object]:
    """The published example."""
    return cast("dict[str, object]", msgspec.json.decode(GOLDEN.read_bytes()))


def skeleton(value: object) -> object:
    """The keys of a value in their order, and in place of each leaf what kind it is."""
    if isinstance(value, dict):
        return [(key, skeleton(each)) for key, each in value.items()]
    if isinstance(value, list):
        return [skeleton(each) for each in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(value).__name__
    return "number"


def item_images(value: object) -> list[object]:
    """The addresses of the pictures of the page's one item."""
    return cast("list[object]", at(value, "data", "data", 0, "items", 0, "product_images"))


async def test_every_key_of_the_published_page_is_there_in_its_order_and_type(
    partner: PartnerClient,
) -> None:
    await basket_with_addresses(partner)

    answer = msgspec.json.decode((await published_page(partner)).content)

    expected = golden()
    assert all(isinstance(image, str) for image in item_images(answer))
    # How many pictures a product has is not the contract's.
    item_images(expected)[:] = item_images(answer)
    assert skeleton(answer) == skeleton(expected)


async def test_the_published_item_is_answered_to_the_kurus(
    partner: PartnerClient, db: Database, clock: FakeClock, market: Market
) -> None:
    clock.advance(seconds=(AT - clock.now()).total_seconds())
    await market.moves(gold=26_916_931)
    await charge_as_published(db, partner)
    await basket_with_addresses(partner)

    answer = msgspec.json.decode((await published_page(partner)).content)

    expected = golden()
    basket, published = at(answer, "data", "data", 0), at(expected, "data", "data", 0)
    assert isinstance(basket, dict)
    assert isinstance(published, dict)
    for name in (*OURS, *SUMS):
        published[name] = basket[name]
    for address in ("shippingaddress", "billingaddress"):
        published[address]["id"] = basket[address]["id"]
    for name in ("product_name", "product_images"):
        published["items"][0][name] = basket["items"][0][name]
    assert answer == expected
    assert [basket[name] for name in SUMS] == [0, 5.44, 190.68, 0]


async def charge_as_published(db: Database, partner: PartnerClient) -> None:
    """Gives the partner the example's parts: 0.2 % insurance, 7 % commission, no more."""
    (product_id,) = (item.product_id for item in ITEMS if item.sku == GOLD_BAR)
    rules = {
        Part.MINTED_MARKUP: PartRule(0, 0),
        Part.INSURANCE: PartRule(0, 20),
        Part.SHIPPING: PartRule(0, 0),
        Part.MARKET_COMMISSION: PartRule(0, 700),
    }
    async with db.transaction() as tx:
        await pricing.set_partner_parts(
            tx,
            partner.sign_in.partner.partner_id,
            {ProductId(product_id): rules},
            currency=Currency.TRY,
        )


async def test_the_names_that_a_basket_goes_by_have_their_published_forms(
    partner: PartnerClient,
) -> None:
    await basket_with_addresses(partner)

    answer = msgspec.json.decode((await published_page(partner)).content)

    basket = rows_at(answer, "data", "data")[0]
    assert type(basket["id"]) is int
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", str(basket["guid"]))
    assert re.fullmatch(r"MC_[0-9A-F]{13}", str(basket["increment_id"]))
    assert re.fullmatch(r"[A-Za-z0-9]{32}", str(basket["token"]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", str(basket["order_at"]))
    for address in ("shippingaddress", "billingaddress"):
        assert type(at(basket, address, "id")) is int


async def test_numbers_are_written_as_the_shortest_exact_decimals(
    partner: PartnerClient, shelf: Shelf
) -> None:
    await partner.new_customer(external_id=CUSTOMER)
    # As binary fractions 0.1 and 0.2 add up to 0.30000000000000004.
    tenths = await shelf.put(
        parts={Part.MINTED_MARKUP: (10, 0), Part.INSURANCE: (812, 0), Part.SHIPPING: (6_500, 0)}
    )
    fifths = await shelf.put(parts={Part.MINTED_MARKUP: (20, 0)}, micrograms=31_103_500)
    silver = await shelf.put(metal=Metal.SILVER, micrograms=1_010_000)
    basket = await partner.new_basket(CUSTOMER, sku=tenths.sku)
    for goods in (fifths, silver):
        await partner.post(
            "/partner/ecom/basket",
            external_customer_id=CUSTOMER,
            cart_token=basket.data["token"],
            sku=goods.sku,
            amount=1,
        )

    raw = (await published_page(partner)).text

    assert '"delivery_price":65,' in raw
    assert '"insurance_price":8.12,' in raw
    assert '"minted_markup_price":0.3,' in raw
    assert '"product_weight":31.1035,' in raw
    assert '"product_weight":1.01,' in raw
    assert '"tax":0,' in raw
    assert not re.search(r'"(?!zipcode)[a-z_]*(price|total|cost|tax|weight|rate)":"', raw)
    decimals = re.findall(r'"([a-z_]+)":-?\d+\.(\d+)', raw)
    assert decimals
    for name, digits in decimals:
        assert not digits.endswith("0"), name
        assert name == "product_weight" or len(digits) <= 2, name


@pytest.mark.parametrize("client_id", ["web", "mobile"])
async def test_the_channel_of_a_basket_is_the_client_id_that_made_it(
    partner: PartnerClient, db: Database, client_id: str
) -> None:
    customer = await partner.new_customer()
    headers = {"x-client-id": client_id} if client_id != "web" else {"x-client-id": ""}

    await partner.call(
        "POST",
        "/partner/ecom/basket",
        body={"external_customer_id": customer, "sku": GOLD_BAR, "amount": 1},
        headers=headers,
    )

    async with db.reading() as connection:
        channel = await connection.fetchval(
            "SELECT channel FROM basket WHERE partner_id = $1", partner.sign_in.partner.partner_id
        )
    assert channel == client_id
