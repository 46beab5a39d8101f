"""The 3-D page and the doors, as anybody on the network sees them."""

import httpx
import pytest

from bezant.integrations.acquirers.sandbox.access import (
    KEY_HEADER,
    SIGNATURE_HEADER,
    Purpose,
    sign,
)
from bezant.integrations.acquirers.sandbox.server.app import DOORS
from bezant.integrations.acquirers.sandbox.server.words import WORDS
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Challenge
from tests.factories.sandbox import GOOD_3D, RunningSandbox, a_card, a_charge, running_sandbox

OPEN = {"/3d/{challenge}", "/left", "/sandbox.css", "/healthz"}


async def _page(sandbox: RunningSandbox, **charge: object) -> tuple[str, httpx.Response]:
    wanted = a_charge(a_card(GOOD_3D), is_3d=True, **charge)  # type: ignore[arg-type]
    challenge = await sandbox.acquirer.start(wanted)
    assert isinstance(challenge, Challenge)
    async with httpx.AsyncClient() as browser:
        return challenge.url, await browser.get(challenge.url)


def test_each_sentence_is_there_in_both_languages() -> None:
    assert WORDS[Language.TR].keys() == WORDS[Language.EN].keys()
    assert all(sentence for words in WORDS.values() for sentence in words.values())


@pytest.mark.parametrize(
    ("language", "heading", "amount"),
    [
        (Language.TR, "Ödemenizi onaylayın", "₺2.914,73"),
        (Language.EN, "Confirm your payment", "TRY 2,914.73"),
    ],
)
async def test_the_page_shows_what_is_paid_to_whom(
    sandbox: RunningSandbox, language: Language, heading: str, amount: str
) -> None:
    _, page = await _page(sandbox, language=language)

    for shown in (heading, amount, "Bezant", "552874******0003", "123456"):
        assert shown in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert f'<html lang="{language}">' in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert page.headers["cache-control"] == "no-store"


async def test_what_the_merchant_sent_is_escaped() -> None:
    async with running_sandbox(merchant="<b>Shop</b> & Co") as sandbox:
        _, page = await _page(sandbox)

    assert "&lt;b&gt;Shop&lt;/b&gt; &amp; Co" in page.text


async def test_notices_are_not_offered_where_there_are_none(sandbox: RunningSandbox) -> None:
    _, page = await _page(sandbox)
    assert 'name="notice"' not in page.text

    async with running_sandbox(notice_url="http://127.0.0.1:9/notice") as telling:
        _, page = await _page(telling)
    assert page.text.count('name="notice"') == 6
    assert 'value="after" checked' in page.text


async def test_leaving_answers_nothing(sandbox: RunningSandbox) -> None:
    url, page = await _page(sandbox)
    assert "/left?lang=en" in page.text

    async with httpx.AsyncClient() as browser:
        left = await browser.get(f"{sandbox.access.url}/left?lang=en")
        again = await browser.get(url)

    assert "You left the payment" in left.text
    assert again.text == page.text


async def test_a_page_that_was_answered_leads_back(sandbox: RunningSandbox) -> None:
    url, _ = await _page(sandbox)
    returned = await sandbox.control.approve(url)

    async with httpx.AsyncClient() as browser:
        again = await browser.get(url)

    assert returned is not None
    assert (again.status_code, again.headers["location"]) == (303, returned.url)


async def test_there_is_no_page_by_another_name(sandbox: RunningSandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.access.url) as browser:
        assert (await browser.get("/3d/guessed")).status_code == 404
        assert (await browser.post("/3d/guessed", data={"code": "123456"})).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [(door.method, door.path) for door in DOORS if door.path not in OPEN]
)
async def test_nothing_but_pages_is_answered_without_the_key(
    sandbox: RunningSandbox, method: str, path: str
) -> None:
    place = path.partition("{")[0] + ("X" if "{" in path else "")
    async with httpx.AsyncClient(base_url=sandbox.access.url) as stranger:
        answered = await stranger.request(method, place)
        # The key alone signs nothing.
        headers = {"x-sandbox-key": sandbox.access.api_key}
        unsigned = await stranger.request(method, place, headers=headers)

    assert answered.status_code == unsigned.status_code == 401
    assert {door.path for door in DOORS if door.is_open} == OPEN


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"\xff\xfe", 400), (b"action=reject&code=" + b"1" * 70_000, 413), (b"", 200)],
)
async def test_a_form_that_makes_no_sense_decides_nothing(
    sandbox: RunningSandbox, body: bytes, status: int
) -> None:
    url, _ = await _page(sandbox)

    async with httpx.AsyncClient() as browser:
        answered = await browser.post(url, content=body)

    assert answered.status_code == status
    returned = await sandbox.control.approve(url)
    assert returned is not None
    assert returned.fields["result"] == "success"


async def test_a_charge_that_cannot_be_read_is_refused_and_nothing_of_its_card_is_said(
    sandbox: RunningSandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    body = b'{"card": {"type": "card", "number": "45320100000000080000"}}'
    signature = sign(sandbox.access.signing_key, Purpose.REQUEST, b"POST", b"/charges", body)
    headers = {KEY_HEADER: sandbox.access.api_key, SIGNATURE_HEADER: signature}

    async with httpx.AsyncClient(base_url=sandbox.access.url, headers=headers) as client:
        answered = await client.post("/charges", content=body)

    assert answered.status_code == 400
    assert "45320100" not in answered.text + "".join(capfd.readouterr())
