"""Invoices of digital metal: for purchases, in the series of the shop, printed once."""

import asyncio
from zoneinfo import ZoneInfo

import httpx
import pytest

from bezant.legal.model import InvoiceTerms
from bezant.legal.service import invoices
from bezant.trading import invoicing
from tests.api.places import at
from tests.factories.clock import FakeClock
from tests.trading.desk import Desk

TERMS = InvoiceTerms("TSD", ZoneInfo("Europe/Istanbul"))


async def issue(desk: Desk) -> int:
    """A worker's turn; how many it issued."""
    return await invoices.issue_due(desk.db, invoicing.DUE, terms=TERMS, now=desk.clock.now())


async def printed(desk: Desk, language: str) -> httpx.Response:
    """The print of the order `one`, asked for in a language."""
    answer = await desk.partner.http.get(
        "/partner/order/one/invoice.pdf",
        headers={"Accept-Language": language},
        auth=desk.partner.sign_in.auth,
    )
    assert answer.status_code == 200, answer.content
    return answer


async def test_a_purchase_is_invoiced_with_the_published_fields_in_their_order(desk: Desk) -> None:
    made = await desk.buy(0.1, external_id="gold-1")
    before = await desk.partner.get("/partner/order/gold-1/invoice")
    await issue(desk)

    reply = await desk.partner.get("/partner/order/gold-1/invoice")

    assert (before.status, before.body["code"]) == (404, 40425)
    assert reply.status == 200, reply.body
    number = str(reply.data["number"])
    assert reply.data == {
        "guid": at(made.data, "guid", 0),
        "order_code": at(made.data, "order_code", 0),
        "external_id": "gold-1",
        "number": number,
        "issued_at": "2026-06-01T12:00:00+03:00",
        "url": reply.data["url"],
    }
    assert number.startswith("TSD2026")
    assert str(reply.data["url"]).endswith("/partner/order/gold-1/invoice.pdf")


async def test_what_is_sold_to_the_operator_has_no_invoice(desk: Desk) -> None:
    assert (await desk.buy(2)).status == 200
    assert (await desk.sell(1, external_id="sold")).status == 200
    await issue(desk)

    reply = await desk.partner.get("/partner/order/sold/invoice")

    assert (reply.status, reply.body["code"]) == (404, 40425)


async def test_workers_at_once_leave_no_gap_and_issue_once(desk: Desk) -> None:
    names = [f"o{number}" for number in range(7)]
    for name in names:
        assert (await desk.buy(1, external_id=name)).status == 200

    await asyncio.gather(*(issue(desk) for _ in range(3)))
    assert await issue(desk) == 0

    numbers = []
    for name in names:
        reply = await desk.partner.get(f"/partner/order/{name}/invoice")
        numbers.append(int(str(reply.data["number"])[3:]))
    assert numbers == list(range(numbers[0], numbers[0] + 7))


@pytest.mark.parametrize("is_own", [False, True])
async def test_the_print_is_a_pdf_whose_bytes_never_change(
    desk: Desk, clock: FakeClock, *, is_own: bool
) -> None:
    if is_own:
        fix = await desk.fix(customer_external_id=None)
        made = await desk.buy(external_id="one", customer=None, topup=None, price_token=fix)
    else:
        made = await desk.buy(external_id="one")
    assert made.status == 200, made.body
    await issue(desk)

    first, *others = await asyncio.gather(*(printed(desk, each) for each in ("tr", "en", "tr")))
    clock.advance(days=3)
    later = await printed(desk, "en")

    assert first.content.startswith(b"%PDF-")
    assert {each.content for each in others} == {first.content} == {later.content}
    assert later.headers["content-type"] == "application/pdf"
