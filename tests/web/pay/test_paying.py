"""A card given on the page: what reaches the desk, what is shown again, what is refused."""

import httpx
import pytest

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language, catalogue
from bezant.payments.acquirer import Challenge
from bezant.payments.card import CardExpiry
from bezant.payments.model import ChargeUnderWay
from bezant.payments.till import CardPaymentsOff
from bezant.payments.views import CardWanted, Failed, Paid, PaymentClosed, PayStep, Refused, Waiting
from tests.factories.pay_desk import (
    BANK,
    CVV,
    NUMBER,
    OTHER_NUMBER,
    FakeDesk,
    a_view,
    lira,
    plans_of,
    token_of,
)

TURKISH = catalogue(Language.TR)
DIGITS = NUMBER.replace(" ", "")
BIN = DIGITS[:6]
AT_ONCE = "1-2345850"


def form(**changes: str) -> dict[str, str]:
    """A card form that is right."""
    right = {
        "card_holder": "Ayşe  Yılmaz",
        "card_number": NUMBER,
        "card_expiry": "04/28",
        "card_cvv": CVV,
        "plan": AT_ONCE,
    }
    return right | changes


@pytest.mark.parametrize("expiry", ["04/28", "04 / 2028", "0428", "04.28", "042028"])
async def test_a_card_reaches_the_desk(
    browser: httpx.AsyncClient, desk: FakeDesk, expiry: str
) -> None:
    token = desk.put(a_view())
    await browser.post(f"/pay/{token}", data=form(card_expiry=expiry, save_card="1"))
    offer = desk.offers[0]
    assert offer.card.number.reveal() == DIGITS
    assert offer.card.cvv.reveal() == CVV
    assert offer.card.face.holder == "Ayşe Yılmaz"
    assert offer.card.face.expiry == CardExpiry(2028, 4)
    assert (offer.instalment, offer.keeps_card, offer.ip) == (1, True, "127.0.0.1")


async def test_a_card_is_not_kept_where_that_was_not_offered(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(may_keep_card=False))
    await browser.post(f"/pay/{token}", data=form(save_card="1"))
    assert not desk.offers[0].keeps_card


async def test_the_customers_address_is_what_the_proxy_says(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view())
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
    await browser.post(f"/pay/{token}", data=form(), headers=headers)
    assert desk.offers[0].ip == "203.0.113.9"


@pytest.mark.parametrize(
    ("step", "below"),
    [
        (Paid(), "/callback/success"),
        (Waiting(), ""),
        (
            Failed(Refused("082", "")),
            "/callback/fail?reason=G%C3%BCvenlik%20kodu%20yanl%C4%B1%C5%9F.&code=082",
        ),
    ],
)
async def test_after_the_charge_the_browser_goes_where_it_belongs(
    browser: httpx.AsyncClient, desk: FakeDesk, step: PayStep, below: str
) -> None:
    token, desk.after_card = desk.put(a_view()), step
    sent = await browser.post(f"/pay/{token}", data=form())
    assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/{token}{below}")


async def test_a_refused_card_shows_the_form_again(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token, desk.after_card = desk.put(a_view()), CardWanted(Refused("051", ""))
    page = await browser.post(f"/pay/{token}", data=form())
    assert page.status_code == 200
    assert TURKISH["pay.reason.051"] in page.text
    assert 'value="Ayşe  Yılmaz"' in page.text
    assert 'value="04/28"' in page.text
    assert_card_is_not_in(page)


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("card_holder", "", "card.holder"),
        ("card_holder", NUMBER, "card.holder"),
        ("card_number", "4543 6012 3456 7891", "card.number"),
        ("card_number", "", "card.number"),
        ("card_expiry", "13/28", "card.expiry"),
        ("card_expiry", "05/26", "card.expired"),
        ("card_cvv", "12", "card.cvv"),
    ],
)
async def test_what_is_wrong_is_said_at_its_input(
    browser: httpx.AsyncClient, desk: FakeDesk, field: str, value: str, key: str
) -> None:
    token = desk.put(a_view())
    page = await browser.post(f"/pay/{token}", data=form(**{field: value}))
    assert page.status_code == 422
    assert f'<li><a href="#{field}">{TURKISH[key]}</a></li>' in page.text
    assert f'<p class="fault" id="{field}_fault">{TURKISH[key]}</p>' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'role="alert" tabindex="-1" autofocus' in page.text
    assert not desk.offers
    assert_card_is_not_in(page)


async def test_everything_wrong_is_said_at_once(browser: httpx.AsyncClient, desk: FakeDesk) -> None:
    page = await browser.post(f"/pay/{desk.put(a_view())}")
    assert page.text.count('class="fault"') == 4


async def test_instalments_are_charged_as_they_were_shown(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    view = a_view(total=lira(100_000))
    desk.plans[BIN] = plans_of(view.total, (1, 0), (3, 200))
    await browser.post(f"/pay/{desk.put(view)}", data=form(plan="3-102000", bin=BIN))
    assert desk.offers[0].instalment == 3


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        ("3-101000", "pay.plan_costs_otherwise"),
        ("6-102000", "pay.plan_of_another_card"),
        ("x", "pay.plan_of_another_card"),
    ],
)
async def test_nobody_is_charged_an_amount_that_was_not_shown(
    browser: httpx.AsyncClient, desk: FakeDesk, plan: str, key: str
) -> None:
    view = a_view(total=lira(100_000))
    desk.plans[BIN] = plans_of(view.total, (1, 0), (3, 200))
    page = await browser.post(f"/pay/{desk.put(view)}", data=form(plan=plan))
    assert page.status_code == 422
    assert TURKISH[key] in page.text
    assert 'value="3-102000"' in page.text
    assert page.text.count(" checked") == 1
    assert not desk.offers
    assert_card_is_not_in(page)


async def test_a_card_that_costs_more_at_once_is_charged_after_it_was_said(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    view = a_view(total=lira(100_000))
    desk.plans["540061"] = plans_of(view.total, (1, 150))
    token = desk.put(view)
    page = await browser.post(f"/pay/{token}", data=form(card_number=OTHER_NUMBER, plan="1-100000"))
    assert TURKISH["pay.plan_costs_otherwise"] in page.text
    assert "₺1.015,00" in page.text
    await browser.post(f"/pay/{token}", data=form(card_number=OTHER_NUMBER, plan="1-101500"))
    assert [offer.instalment for offer in desk.offers] == [1]


async def test_a_fault_elsewhere_keeps_the_chosen_instalments(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    view = a_view(total=lira(100_000))
    desk.plans[BIN] = plans_of(view.total, (1, 0), (3, 200))
    sent = form(plan="3-102000", bin=BIN, card_cvv="")
    page = await browser.post(f"/pay/{desk.put(view)}", data=sent)
    assert 'value="3-102000" required checked' in page.text
    assert f'name="bin" value="{BIN}"' in page.text


async def test_instalments_that_the_desk_refuses_are_said_on_the_form(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.raises = Invalid.field("payment.installment", "pay.plan_of_another_card")
    page = await browser.post(f"/pay/{desk.put(a_view())}", data=form())
    assert page.status_code == 422
    assert TURKISH["pay.plan_of_another_card"] in page.text


async def test_a_payment_that_is_closed_meanwhile_leads_to_its_own_page(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token, desk.raises = desk.put(a_view()), PaymentClosed()
    sent = await browser.post(f"/pay/{token}", data=form())
    assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/{token}")


async def test_a_second_form_of_a_settled_payment_charges_nothing(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(Paid()))
    sent = await browser.post(f"/pay/{token}", data=form())
    assert sent.headers["location"] == f"/pay/{token}/callback/success"
    assert not desk.offers


async def test_where_cards_are_not_taken_the_page_says_so(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token, desk.raises = desk.put(a_view()), CardPaymentsOff()
    page = await browser.post(f"/pay/{token}", data=form())
    assert page.status_code == 409
    assert TURKISH["pay.sorry.cards_off"] in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://bezant.test"},
        {"Origin": "https://elsewhere.test"},
    ],
)
@pytest.mark.parametrize("below", ["", "/cancel"])
async def test_a_form_on_somebody_elses_page_is_refused(
    browser: httpx.AsyncClient, desk: FakeDesk, headers: dict[str, str], below: str
) -> None:
    token = desk.put(a_view())
    page = await browser.post(f"/pay/{token}{below}", data=form(), headers=headers)
    assert page.status_code == 403
    assert TURKISH["pay.sorry.from_elsewhere"] in page.text
    assert not desk.offers
    assert desk.views[token].step == CardWanted()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://bezant.test"},
        {"Origin": "null"},
        {},
    ],
)
async def test_our_own_form_is_taken_from_every_browser(
    browser: httpx.AsyncClient, desk: FakeDesk, headers: dict[str, str]
) -> None:
    await browser.post(f"/pay/{desk.put(a_view())}", data=form(), headers=headers)
    assert len(desk.offers) == 1


async def test_a_form_has_a_bound_and_one_format(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    path = f"/pay/{desk.put(a_view())}"
    long = await browser.post(path, data=form(card_holder="x" * 17_000))
    assert long.status_code == 413
    many = await browser.post(path, data={f"f{number}": "" for number in range(101)})
    assert many.status_code == 400
    other = await browser.post(path, json=form())
    assert other.status_code == 415
    for page in (long, many, other):
        assert TURKISH["pay.sorry.unreadable"] in page.text
        assert_card_is_not_in(page)
    assert not desk.offers


async def test_an_order_can_be_given_up(browser: httpx.AsyncClient, desk: FakeDesk) -> None:
    token = desk.put(a_view())
    sent = await browser.post(f"/pay/{token}/cancel")
    assert sent.headers["location"].startswith(f"/pay/{token}/callback/fail?reason=")
    desk.put(a_view())
    desk.raises = ChargeUnderWay()
    sent = await browser.post(f"/pay/{token}/cancel")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/{token}")


async def test_a_defect_tells_nothing_and_names_the_request(
    browser: httpx.AsyncClient, desk: FakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.raises = RuntimeError("what went wrong inside")
    page = await browser.post(f"/pay/{desk.put(a_view())}", data=form())
    assert page.status_code == 500
    assert TURKISH["pay.sorry.defect"] in page.text
    assert page.headers["x-request-id"] in page.text
    assert "inside" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert_card_is_not_in(page)
    written = capsys.readouterr()
    logged = written.out + written.err
    assert "what went wrong inside" in logged
    assert not {NUMBER, DIGITS, token_of("it")} & set(logged.split())
    assert DIGITS not in logged
    assert NUMBER not in logged


async def test_a_plain_link_to_the_bank_is_followed_from_a_page_of_its_own(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    link = f"{BANK}/acs?a=1&b=2"
    token, desk.after_card = desk.put(a_view()), Challenge(url=link)
    page = await browser.post(f"/pay/{token}", data=form())
    assert page.status_code == 200
    assert f'content="1; url={link.replace("&", "&amp;")}"' in page.text
    assert_card_is_not_in(page)
    sent = await browser.get(f"/pay/{token}")
    assert (sent.status_code, sent.headers["location"]) == (303, link)


def assert_card_is_not_in(page: httpx.Response) -> None:
    """Nothing of a number beyond its first six digits, and no verification value."""
    everything = page.text + str(page.headers)
    for secret in (NUMBER, DIGITS, DIGITS[6:], DIGITS[:8], "4543 6012", "3456", f'"{CVV}"'):
        assert secret not in everything
