"""The way to the bank and back, and what the acquirer says by itself."""

import httpx
import pytest

from bezant.kernel.errors import BezantError
from bezant.kernel.texts import Language, catalogue
from bezant.payments.acquirer import AcquirerAway, Challenge, NoticeForged
from bezant.payments.views import CardWanted, Paid, Refused, Waiting
from tests.factories.pay_desk import BANK, FakeDesk, a_view, token_of

CHALLENGE = Challenge(url=f"{BANK}/acs", fields=(("PaReq", 'a"b<c'), ("MD", "7")))


async def test_the_banks_form_has_one_button_and_all_its_fields(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = await browser.get(f"/pay/{desk.put(a_view(CHALLENGE))}")
    assert f'<form method="post" action="{BANK}/acs">' in page.text
    assert '<input type="hidden" name="PaReq" value="a&#34;b&lt;c">' in page.text
    assert page.text.count("<button") == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.test;x/", "//a.test", "/acs"])
async def test_a_bank_that_is_not_on_the_web_is_a_defect(
    browser: httpx.AsyncClient, desk: FakeDesk, url: str
) -> None:
    for challenge in (Challenge(url=url), Challenge(url=url, fields=(("MD", "7"),))):
        page = await browser.get(f"/pay/{desk.put(a_view(challenge))}")
        assert page.status_code == 500
        assert "location" not in page.headers


async def test_what_the_browser_brings_back_reaches_the_desk(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token, desk.after_return = desk.put(a_view(CHALLENGE)), Paid()
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": BANK}
    sent = await browser.post(
        f"/pay/{token}/return?a=query&b=query&lang=en",
        data={"b": "form", "empty": ""},
        headers=headers,
    )
    assert desk.returns == [{"a": "query", "b": "form", "empty": ""}]
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/pay/{token}/callback/success?lang=en"
    await browser.get(f"/pay/{token}/return?md=1")
    assert desk.returns[-1] == {"md": "1"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_is_back_before_the_bank_has_said_waits(
    browser: httpx.AsyncClient, desk: FakeDesk, method: str
) -> None:
    token, desk.after_return = desk.put(a_view(CHALLENGE)), Waiting()
    sent = await browser.request(method, f"/pay/{token}/return")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/{token}")


async def test_who_was_at_the_bank_is_not_sent_there_again_unasked(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(CHALLENGE))
    sent = await browser.post(f"/pay/{token}/return")
    assert sent.headers["location"] == f"/pay/{token}?asked=1"
    page = await browser.get(sent.headers["location"])
    assert f"<h1>{catalogue(Language.TR)['pay.waiting']}</h1>" in page.text
    assert f'href="/pay/{token}"' in page.text
    assert f'href="/pay/{token}?lang=en&amp;asked=1"' in page.text
    assert BANK not in page.text


async def test_a_card_that_was_refused_at_the_bank_leads_to_the_form(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token, desk.after_return = desk.put(a_view(CHALLENGE)), CardWanted(Refused("050", ""))
    page = await browser.post(f"/pay/{token}/return")
    assert page.status_code == 200
    assert catalogue(Language.TR)["pay.reason.050"] in page.text
    assert f'action="/pay/{token}"' in page.text
    assert f'href="/pay/{token}?lang=en"' in page.text


@pytest.mark.parametrize(
    ("error", "status", "key"),
    [
        (NoticeForged(), 403, "pay.sorry.forged"),
        (AcquirerAway(), 503, "pay.sorry.acquirer_away"),
    ],
)
async def test_a_return_that_cannot_be_heard_leads_to_the_payments_page(
    browser: httpx.AsyncClient, desk: FakeDesk, error: BezantError, status: int, key: str
) -> None:
    token, desk.raises = desk.put(a_view(CHALLENGE)), error
    page = await browser.post(f"/pay/{token}/return")
    assert page.status_code == status
    assert catalogue(Language.TR)[key] in page.text
    assert f'class="button" href="/pay/{token}"' in page.text


async def test_a_return_to_no_payment_is_not_found(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = await browser.post(f"/pay/{token_of('none')}/return")
    assert page.status_code == 404


async def test_a_notice_is_heard_with_its_headers_and_its_body_as_it_came(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    body = b'{"id": "\xc4\x9f", "x": 1.0}'
    headers = {"X-Signature": "abc", "Content-Type": "application/json"}
    heard = await browser.post("/pay/notices/sandbox", content=body, headers=headers)
    assert (heard.status_code, heard.text) == (200, "ok\n")
    acquirer, notice = desk.notices[0]
    assert (acquirer, notice.body, notice.headers["x-signature"]) == ("sandbox", body, "abc")


@pytest.mark.parametrize(("error", "status"), [(NoticeForged(), 403), (AcquirerAway(), 503)])
async def test_a_notice_that_is_not_heard_is_answered_by_a_status(
    browser: httpx.AsyncClient, desk: FakeDesk, error: BezantError, status: int
) -> None:
    desk.raises = error
    heard = await browser.post("/pay/notices/sandbox", content=b"x")
    assert (heard.status_code, heard.text) == (status, "no\n")


async def test_a_notice_has_a_bound(browser: httpx.AsyncClient, desk: FakeDesk) -> None:
    heard = await browser.post("/pay/notices/sandbox", content=b"x" * 65_537)
    assert heard.status_code == 413
    assert not desk.notices
