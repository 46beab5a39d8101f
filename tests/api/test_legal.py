"""Legal documents over the API: what is in force, and one filled with a basket."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import httpx
import msgspec
import pytest

from bezant.kernel.db import Database
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.texts import Language
from bezant.legal.model import Deal, DocumentType
from bezant.legal.service import copies
from tests.api.market import Market
from tests.api.shopper import Shopper
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.deals import make_deal
from tests.factories.shop import billing_body, shipping_body
from tests.legal.papers import shown

TYPES = "/partner/ecom/legal/types"
PRINT = "/partner/legal"


async def printed(
    shopper: Shopper, sent: Mapping[str, object] | None = None, *, language: str = "en"
) -> httpx.Response:
    """The answer to a request for a document, as it came."""
    body: dict[str, object] = {
        "type": "distance-sales",
        "external_customer_id": shopper.customer,
        "cart_token": shopper.token,
        **(sent or {}),
    }
    return await shopper.partner.http.post(
        PRINT,
        content=msgspec.json.encode(body),
        headers={"Accept-Language": language, "Content-Type": "application/json"},
        auth=shopper.partner.sign_in.auth,
    )


@pytest.mark.parametrize(
    ("language", "name"), [("tr", "Mesafeli Satış Sözleşmesi"), ("en", "Distance Sales Contract")]
)
async def test_the_documents_in_force_are_listed_in_the_readers_language(
    partner: PartnerClient, language: str, name: str
) -> None:
    reply = await partner.call("GET", TYPES, headers={"Accept-Language": language})

    assert [each["type"] for each in reply.items] == list(DocumentType)
    contract = reply.items[1]
    assert list(contract) == ["type", "name", "version", "required", "valid_from", "sha256"]
    assert (contract["name"], contract["version"], contract["required"]) == (name, 1, True)
    assert contract["valid_from"] == "2026-01-01T00:00:00.000000Z"
    assert len(str(contract["sha256"])) == 64


async def test_a_document_is_a_pdf_and_the_same_one_while_the_prices_are_held(
    partner: PartnerClient, clock: FakeClock
) -> None:
    shopper = await Shopper.enter(partner)

    first = await printed(shopper)
    clock.advance(seconds=200)
    second = await printed(shopper)

    assert first.status_code == 200
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["x-document-sha256"] == sha256(first.content).hexdigest()
    assert first.headers["content-disposition"] == 'inline; filename="distance-sales-1-en.pdf"'
    assert "ratelimit-limit" in first.headers
    assert first.content.startswith(b"%PDF-")
    assert second.content == first.content


async def test_a_page_is_filled_with_the_parties_the_items_and_the_addresses(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner, amount=2)
    await shopper.set_address(shipping=shipping_body(), billing=billing_body())
    basket = await shopper.look()

    page = await printed(shopper, {"format": "html"})

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-document-sha256"] == sha256(page.content).hexdigest()
    said = shown(page.content)
    for each in ("A partner", "Bezant", str(basket.data["increment_id"]), "Çankaya/Ankara"):
        assert each in said
    assert f"TRY {basket.data['paid_total']:,.2f}" in said
    assert "to be chosen at the till" in said


async def test_a_document_is_in_the_readers_language(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)

    page = await printed(shopper, {"format": "html", "type": "privacy"}, language="tr")

    assert page.headers["content-language"] == "tr"
    assert shown(page.content).startswith("Kişisel Verilerin Korunması Aydınlatma Metni")


@pytest.mark.parametrize("type_", DocumentType)
async def test_every_document_can_be_filled(partner: PartnerClient, type_: DocumentType) -> None:
    shopper = await Shopper.enter(partner)

    page = await printed(shopper, {"type": type_, "version": 1, "format": "html"})

    assert page.status_code == 200
    assert b"{" not in page.content.partition(b"<body>")[2]


async def test_nothing_is_written_of_prices_that_are_no_longer_held(
    partner: PartnerClient, market: Market, clock: FakeClock
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=240)
    await market.moves()

    refused = await printed(shopper)
    assert (refused.status_code, refused.json()["code"]) == (409, 40920)
    assert (await shopper.look()).status == 200
    page = await printed(shopper, {"format": "html"})
    assert page.status_code == 200
    # It is dated with the prices and not with the basket, which is four minutes older.
    assert "2026-06-01 12:04 (UTC+03:00)" in shown(page.content)


async def test_there_is_no_document_of_an_empty_basket(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    await shopper.empty()

    refused = await printed(shopper)

    assert (refused.status_code, refused.json()["code"]) == (409, 40912)


async def test_a_version_that_was_never_published_is_not_found(partner: PartnerClient) -> None:
    refused = await printed(await Shopper.enter(partner), {"version": 99})

    assert (refused.status_code, refused.json()["code"]) == (404, 40408)


@pytest.mark.parametrize(
    ("sent", "code"),
    [({"cart_token": "a" * 32}, 40404), ({"order_code": "AAAA1111"}, 40407)],
)
async def test_what_there_is_not_is_not_found(
    partner: PartnerClient, sent: dict[str, str], code: int
) -> None:
    refused = await printed(await Shopper.enter(partner), sent)

    assert (refused.status_code, refused.json()["code"]) == (404, code)
    assert refused.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"type": "contract"}, ["type"]),
        ({"type": None, "external_customer_id": None}, ["external_customer_id", "type"]),
        ({"cart_token": ""}, ["cart_token", "order_code"]),
        ({"order_code": "short"}, ["order_code"]),
        ({"version": 0}, ["version"]),
        ({"format": "docx"}, ["format"]),
    ],
)
async def test_what_is_wrong_with_a_request_is_said_by_field(
    partner: PartnerClient, sent: dict[str, object], fields: list[str]
) -> None:
    refused = await printed(await Shopper.enter(partner), sent)

    assert (refused.status_code, refused.json()["code"]) == (422, 42200)
    assert sorted(refused.json()["errors"]) == fields


async def order_of(shopper: Shopper, db: Database) -> str:
    """The code of the order that the basket becomes, paid at once, its contracts accepted."""
    await shopper.set_address(shipping=shipping_body(), billing=billing_body())
    required = ("preliminary-information", "distance-sales")
    reply = await shopper.partner.call(
        "PUT",
        "/partner/ecom/basket/complete",
        body={
            "external_customer_id": shopper.customer,
            "cart_token": shopper.token,
            "external_id": f"order-{shopper.token}",
            "payment_type": "cash",
            "legals": [{"type": each, "version": 1} for each in required],
        },
    )
    assert reply.status == 200, reply.body
    async with db.reading() as connection:
        return str(
            await connection.fetchval(
                "SELECT order_code FROM sales_order WHERE token = $1", shopper.token
            )
        )


async def test_what_was_accepted_with_an_order_is_answered_from_its_copy(
    partner: PartnerClient, db: Database, clock: FakeClock
) -> None:
    shopper = await Shopper.enter(partner)
    code = await order_of(shopper, db)
    by_code = {"cart_token": None, "order_code": code, "format": "html"}

    before = await printed(shopper, by_code)
    await keep_copies(db, now=clock.now())
    kept = await printed(shopper, by_code)
    by_token = await printed(shopper, {"format": "html"})
    not_accepted = await printed(shopper, by_code | {"type": "privacy"})

    assert "Cash" in shown(before.content)
    assert "A KEPT COPY" in shown(kept.content)
    assert kept.headers["x-document-sha256"] == sha256(kept.content).hexdigest()
    assert kept.headers["content-disposition"] == before.headers["content-disposition"]
    assert by_token.content == kept.content
    assert "A KEPT COPY" not in shown(not_accepted.content)


async def test_an_order_of_somebody_elses_is_not_found(
    partner: PartnerClient, other_partner: PartnerClient, db: Database
) -> None:
    shopper = await Shopper.enter(partner)
    code = await order_of(shopper, db)
    same_name = await other_partner.new_customer(external_id=shopper.customer)
    strangers = (
        Shopper(other_partner, same_name, shopper.token),
        await Shopper.enter(partner),
    )

    for stranger in strangers:
        refused = await printed(stranger, {"cart_token": None, "order_code": code})
        assert (refused.status_code, refused.json()["code"]) == (404, 40407)


async def keep_copies(db: Database, *, now: datetime) -> None:
    """Keeps copies of whatever waits, in which the seller is called otherwise."""

    async def deal_of(partner_id: PartnerId, order_id: OrderId) -> Deal:
        return make_deal(language=Language.EN, seller="A KEPT COPY")

    while await copies.keep_accepted_copies(db, deal_of, now=now):
        pass
