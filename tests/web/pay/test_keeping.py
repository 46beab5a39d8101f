"""The pages on which a card is kept without a payment."""

import httpx
import pytest

from bezant.kernel.texts import Language, catalogue
from bezant.payments.acquirer import Challenge
from bezant.payments.kept import (
    CardAwaited,
    KeepingClosed,
    KeepingFailed,
    KeepingLapsed,
    KeepingStep,
    KeepingUnderWay,
    Kept,
)
from tests.factories.pay_desk import BANK, CVV, NUMBER, FakeDesk, token_of

FORM = {
    "card_holder": "Ayşe Yılmaz",
    "card_number": NUMBER,
    "card_expiry": "04/28",
    "card_cvv": CVV,
}
TURKISH = catalogue(Language.TR)
CHALLENGE = Challenge(url=f"{BANK}/acs", fields=(("MD", "7"),))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (CardAwaited(), ("", "pay.keep_card")),
        (CHALLENGE, ("", "pay.to_bank")),
        (KeepingUnderWay(), ("", "pay.waiting")),
        (Kept(), ("/callback/success", "pay.kept")),
        (KeepingFailed("050", ""), ("/callback/fail", "pay.not_kept")),
        (KeepingLapsed(), ("/callback/fail", "pay.not_kept")),
    ],
)
async def test_every_step_has_its_page(
    browser: httpx.AsyncClient,
    desk: FakeDesk,
    step: KeepingStep,
    shown: tuple[str, str],
    language: Language,
) -> None:
    below, key = shown
    token = desk.put_visit(step, language=language)
    page = await browser.get(f"/pay/cards/{token}{below}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{catalogue(language)[key]}</h1>" in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_a_card_reaches_the_desk(browser: httpx.AsyncClient, desk: FakeDesk) -> None:
    token, desk.after_keeping = desk.put_visit(CardAwaited()), Kept()
    sent = await browser.post(f"/pay/cards/{token}", data=FORM)
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/pay/cards/{token}/callback/success"
    card, ip = desk.cards[0]
    assert card.number.reveal() == NUMBER.replace(" ", "")
    assert ip == "127.0.0.1"


@pytest.mark.parametrize(
    ("step", "reason", "code"),
    [
        (
            KeepingFailed("050", ""),
            "Bankan%C4%B1z%C4%B1n%20g%C3%BCvenlik%20do%C4%9Frulamas%C4%B1%20tamamlanmad%C4%B1.",
            "050",
        ),
        (KeepingFailed("", ""), "Kart%20kaydedilemedi.", "096"),
        (KeepingLapsed(), "Kart%20kaydetme%20s%C3%BCresi%20doldu.", "096"),
    ],
)
async def test_a_card_that_is_not_kept_leads_to_an_address_that_says_why(
    browser: httpx.AsyncClient, desk: FakeDesk, step: KeepingStep, reason: str, code: str
) -> None:
    token = desk.put_visit(step)
    for below in ("", "/callback/success"):
        sent = await browser.get(f"/pay/cards/{token}{below}")
        assert sent.status_code == 303
        assert sent.headers["location"] == (
            f"/pay/cards/{token}/callback/fail?reason={reason}&code={code}"
        )


async def test_a_last_page_never_says_what_only_its_address_says(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put_visit(KeepingUnderWay())
    for end in ("success", "fail"):
        sent = await browser.get(f"/pay/cards/{token}/callback/{end}")
        assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/cards/{token}")
    desk.put_visit(Kept())
    sent = await browser.get(f"/pay/cards/{token}/callback/fail?code=050")
    assert sent.headers["location"] == f"/pay/cards/{token}/callback/success"


async def test_what_is_wrong_is_said_and_the_card_is_not_repeated(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put_visit(CardAwaited())
    page = await browser.post(f"/pay/cards/{token}", data=FORM | {"card_cvv": "1"})
    assert page.status_code == 422
    assert TURKISH["card.cvv"] in page.text
    assert NUMBER not in page.text
    assert not desk.cards


async def test_a_refused_card_shows_the_form_again(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put_visit(CardAwaited())
    desk.after_keeping = CardAwaited(KeepingFailed("054", ""))
    page = await browser.post(f"/pay/cards/{token}", data=FORM)
    assert page.status_code == 200
    assert TURKISH["pay.card_refused"] in page.text
    assert TURKISH["pay.reason.054"] in page.text
    assert NUMBER not in page.text


async def test_the_way_to_the_bank_and_back(browser: httpx.AsyncClient, desk: FakeDesk) -> None:
    token, desk.after_keeping = desk.put_visit(CardAwaited()), CHALLENGE
    page = await browser.post(f"/pay/cards/{token}", data=FORM)
    assert f'action="{BANK}/acs"' in page.text
    sent = await browser.post(f"/pay/cards/{token}/return", data={"a": "1"})
    assert sent.headers["location"] == f"/pay/cards/{token}?asked=1"
    desk.after_keeping = Kept()
    sent = await browser.post(f"/pay/cards/{token}/return?b=2", data={"a": "1"})
    assert desk.returns[-1] == {"b": "2", "a": "1"}
    assert sent.headers["location"] == f"/pay/cards/{token}/callback/success"


async def test_refusals_have_their_pages(browser: httpx.AsyncClient, desk: FakeDesk) -> None:
    token = desk.put_visit(CardAwaited())
    desk.raises = KeepingClosed()
    sent = await browser.post(f"/pay/cards/{token}", data=FORM)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/cards/{token}")
    page = await browser.post(
        f"/pay/cards/{token}", data=FORM, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert page.status_code == 403
    page = await browser.get(f"/pay/cards/{token_of('none')}")
    assert page.status_code == 404
    assert TURKISH["pay.sorry.not_found"] in page.text
