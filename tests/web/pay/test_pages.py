"""What each page says, by how far the payment is, in both languages."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bezant.kernel.errors import DatabaseAway
from bezant.kernel.texts import Language, catalogue
from bezant.payments.acquirer import Challenge
from bezant.payments.views import CardWanted, Failed, Paid, PayStep, Refused, Waiting
from tests.factories.pay_desk import BANK, FakeDesk, a_view, lira, plans_of, token_of

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
)
BIN = "454360"
MARK = "\0"


@dataclass(frozen=True)
class State:
    """A state of a payment, the page below `/pay/{token}` that shows it, and its heading."""

    step: PayStep
    below: str
    heading: str


STATES = {
    "card": State(CardWanted(), "", "pay.pay_by_card"),
    "refused": State(CardWanted(Refused("051", "x")), "", "pay.pay_by_card"),
    "bank": State(Challenge(url=f"{BANK}/acs", fields=(("MD", "7"),)), "", "pay.to_bank"),
    "waiting": State(Waiting(), "", "pay.waiting"),
    "paid": State(Paid(), "/callback/success", "pay.paid"),
    "failed": State(Failed(Refused("059", "x")), "/callback/fail", "pay.failed"),
}


class Reader(HTMLParser):
    """What a page's inputs are called, and what they should be called by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.described: set[str] = set()
        self._label_depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes note of ids, labels and inputs."""
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.described |= set((found.get("aria-describedby") or "").split())
        if tag == "label":
            self._label_depth += 1
            self.labels.add(found.get("for") or "")
        if tag == "input" and found.get("type") != "hidden" and not self._label_depth:
            self.inputs.append(found)

    def handle_endtag(self, tag: str) -> None:
        """Leaves a label."""
        self._label_depth -= tag == "label"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", list(STATES))
async def test_every_state_has_its_page(
    browser: httpx.AsyncClient, desk: FakeDesk, name: str, language: Language
) -> None:
    state = STATES[name]
    token = desk.put(a_view(state.step, language=language, may_keep_card=True))
    page = await browser.get(f"/pay/{token}{state.below}")
    assert page.status_code == 200
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text
    said = catalogue(language)
    assert f"<h1>{said[state.heading]}</h1>" in page.text
    assert "Kapalıçarşı Altın" in page.text
    other = catalogue(Language.EN if language is Language.TR else Language.TR)
    assert other[state.heading] not in page.text


@pytest.mark.parametrize("name", list(STATES))
async def test_every_page_is_shut_to_everybody_else(
    browser: httpx.AsyncClient, desk: FakeDesk, name: str
) -> None:
    state = STATES[name]
    page = await browser.get(f"/pay/{desk.put(a_view(state.step))}{state.below}")
    targets = f"'self' {BANK} https:" if name == "bank" else "'self'"
    assert page.headers["content-security-policy"] == POLICY.format(targets=targets)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert "style=" not in page.text
    loaded = re.findall(r'<(?:link|img)[^>]+?(?:src|href)="([^"]+)"', page.text)
    assert loaded
    assert all(address.startswith("/pay/static/") for address in loaded)


@pytest.mark.parametrize("query", ["", f"?bin={BIN}", "?bin=12"])
async def test_every_input_has_a_label_and_what_describes_it_is_there(
    browser: httpx.AsyncClient, desk: FakeDesk, query: str
) -> None:
    view = a_view()
    desk.plans[BIN] = plans_of(view.total, (1, 0), (3, 215))
    for page in (
        await browser.get(f"/pay/{desk.put(view)}{query}"),
        await browser.post(f"/pay/{view.token}"),
    ):
        read = Reader(page.text)
        assert {"card_holder", "card_number", "card_expiry", "card_cvv"} <= set(read.ids)
        assert len(read.ids) == len(set(read.ids))
        assert {each.get("id") for each in read.inputs} <= read.labels
        assert read.described <= set(read.ids)


async def test_the_card_page_shows_what_is_bought_from_whom_and_until_when(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = await browser.get(f"/pay/{desk.put(a_view(cost=lira(1_00)))}")
    for shown in ("Gram altın 1 g (24 ayar)", "× 2", "₺12.846,00", "K7Q2M9XA", "1 Haziran 12:20"):
        assert shown in page.text
    assert "<strong>₺23.459,50</strong>" in page.text
    assert "₺23.459,50 öde" in page.text


async def test_what_others_wrote_is_text_on_the_page(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    step = CardWanted(Refused("096", "<b>no</b>"))
    page = await browser.get(f"/pay/{desk.put(a_view(step, seller='<i>x</i>'))}")
    assert "<b>no" not in page.text
    assert "&lt;b&gt;no&lt;/b&gt;" in page.text
    assert "<i>x" not in page.text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("code", ["051", "054", "005", "059", "082", "091", "050"])
async def test_a_refusal_is_told_in_words(
    browser: httpx.AsyncClient, desk: FakeDesk, code: str, language: Language
) -> None:
    step = CardWanted(Refused(code, "acquirer's words"))
    page = await browser.get(f"/pay/{desk.put(a_view(step, language=language))}")
    assert catalogue(language)[f"pay.reason.{code}"].replace("'", "&#39;") in page.text
    assert "acquirer" not in page.text
    assert 'role="alert" tabindex="-1" autofocus' in page.text


async def test_a_refusal_that_we_have_no_words_for_is_told_in_the_acquirers(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    step = CardWanted(Refused("777", "Kart türü desteklenmiyor"))
    assert "Kart türü desteklenmiyor" in (await browser.get(f"/pay/{desk.put(a_view(step))}")).text


async def test_a_card_can_be_kept_only_where_that_is_offered(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    offered = await browser.get(f"/pay/{desk.put(a_view(may_keep_card=True))}")
    assert 'name="save_card"' in offered.text
    not_offered = await browser.get(f"/pay/{desk.put(a_view(may_keep_card=False))}")
    assert "save_card" not in not_offered.text


async def test_instalments_are_shown_by_the_first_digits_of_the_card(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    view = a_view(total=lira(100_000))
    desk.plans[BIN] = plans_of(view.total, (1, 0), (3, 200))
    page = await browser.get(f"/pay/{desk.put(view)}", params={"bin": "4543 60"})
    assert 'value="1-100000" required checked' in page.text
    assert 'value="3-102000"' in page.text
    assert "3 × ₺340,00" in page.text
    assert "₺1.020,00" in page.text


async def test_more_digits_than_that_are_refused_and_not_repeated(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = await browser.get(f"/pay/{desk.put(a_view())}", params={"bin": "4543601234567890"})
    assert page.status_code == 422
    assert catalogue(Language.TR)["pay.bin_fault"] in page.text
    assert "45436012" not in page.text


async def test_a_page_that_waits_asks_again_for_a_while(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(Waiting()))
    first = await browser.get(f"/pay/{token}")
    assert f'<meta http-equiv="refresh" content="3; url=/pay/{token}?asked=1">' in first.text
    late = await browser.get(f"/pay/{token}?asked=40")
    assert "http-equiv" not in late.text
    assert f'href="/pay/{token}?asked=41"' in late.text
    odd = await browser.get(f"/pay/{token}?asked=x")
    assert "asked=1" in odd.text


async def test_a_paid_payment_leads_to_its_last_page(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(Paid()))
    for path in (f"/pay/{token}", f"/pay/{token}/callback/fail?code=050&reason=x"):
        sent = await browser.get(path)
        assert sent.status_code == 303
        assert sent.headers["location"] == f"/pay/{token}/callback/success"


async def test_a_failed_payment_leads_to_its_last_page_and_the_address_says_why(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(Failed(Refused("051", "x"))))
    for path in (f"/pay/{token}", f"/pay/{token}/callback/success"):
        sent = await browser.get(path)
        assert sent.status_code == 303
        assert sent.headers["location"] == (
            f"/pay/{token}/callback/fail"
            "?reason=Kart%C4%B1n%20bakiyesi%20ya%20da%20limiti%20yeterli%20de%C4%9Fil.&code=051"
        )


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ["card", "paid", "failed"])
async def test_what_was_taken_too_much_is_told_to_be_on_its_way_back(
    browser: httpx.AsyncClient, desk: FakeDesk, name: str, language: Language
) -> None:
    state, said = STATES[name], catalogue(language)
    words = {
        key: said[f"pay.{key}"].format(amount=MARK, seller=MARK).split(MARK)
        for key in ("going_back", "not_back")
    }
    for going, stuck in ((1_234_500, 0), (0, 1_234_500), (0, 0)):
        changes = {"going_back": lira(going), "not_back": lira(stuck), "language": language}
        page = await browser.get(f"/pay/{desk.put(a_view(state.step, **changes))}{state.below}")
        assert all(part in page.text for part in words["going_back"]) is bool(going)
        assert all(part in page.text for part in words["not_back"]) is bool(stuck)
        amount = {Language.TR: "₺12.345,00", Language.EN: "₺12,345.00"}[language]
        assert (amount in page.text) is bool(going or stuck)


async def test_the_address_of_a_failure_stays_one_whatever_the_acquirer_says(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(Failed(Refused("", "a&code=000\r\nX: y #?" + "long" * 100))))
    sent = await browser.get(f"/pay/{token}")
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    assert query["code"] == ["096"]
    assert query["reason"][0].startswith("a&code=000 X: y #?long")
    assert len(query["reason"][0]) == 200


async def test_a_last_page_never_says_what_only_its_address_says(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for step in (CardWanted(), Waiting(), STATES["bank"].step):
        token = desk.put(a_view(step))
        for end in ("success", "fail"):
            sent = await browser.get(f"/pay/{token}/callback/{end}")
            assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/{token}")
    token = desk.put(a_view(Failed(Refused("051", ""))))
    shown = await browser.get(f"/pay/{token}/callback/fail?reason=Sold+out&code=000")
    assert "Sold out" not in shown.text


async def test_the_language_can_be_chosen_and_stays(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    token = desk.put(a_view(language=Language.TR))
    page = await browser.get(f"/pay/{token}?lang=en")
    assert '<html lang="en">' in page.text
    assert f'action="/pay/{token}?lang=en"' in page.text
    assert f'href="/pay/{token}?lang=tr"' in page.text
    assert "₺23,458.50" in page.text
    desk.put(a_view(Paid()))
    sent = await browser.get(f"/pay/{token}?lang=en")
    assert sent.headers["location"] == f"/pay/{token}/callback/success?lang=en"


@pytest.mark.parametrize("language", list(Language))
async def test_an_unknown_payment_has_a_friendly_page(
    browser: httpx.AsyncClient, language: Language
) -> None:
    for path in (token_of("none"), "x", f"{token_of('none')}/callback/success", "%00" * 20):
        page = await browser.get(f"/pay/{path}", headers={"Accept-Language": language})
        assert page.status_code == 404
        assert catalogue(language)["pay.sorry.not_found"] in page.text
        assert page.headers["content-security-policy"] == POLICY.format(targets="'self'")


async def test_a_database_that_is_away_has_a_friendly_page(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.raises_on_show = DatabaseAway()
    page = await browser.get(f"/pay/{token_of('it')}?lang=en")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert catalogue(Language.EN)["pay.sorry.database_away"] in page.text


async def test_the_files_of_a_page_may_be_kept_for_ever(
    browser: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = await browser.get(f"/pay/{desk.put(a_view())}")
    for address in re.findall(r'"(/pay/static/[^"]+)"', page.text):
        file = await browser.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert (await browser.get("/pay/static/0000000000000000/pay.css")).status_code == 404
    assert (await browser.get("/pay/static/0000000000000000/routes.py")).status_code == 404
