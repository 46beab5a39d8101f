"""The payment pages in a real Chromium: a card is paid with at the size of a phone."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.architecture.sources import ROOT
from tests.factories.pay_desk import CVV, NUMBER, token_of
from tests.factories.servers import free_port, listeners, wait_until

pytestmark = pytest.mark.browser

PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
STATES = ("card", "refused", "bank", "waiting", "paid", "failed", "long", "none")


@pytest.fixture(scope="module")
def pay_url() -> Iterator[str]:
    """Where the pages are served, before a desk with a payment in each state."""
    port = free_port()
    command = ["-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port), "tests.factories.pay_desk:make_live"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: listeners(port) > 0)
        yield f"http://127.0.0.1:{port}/pay"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; `make test` finds or installs one."""
    path = os.environ.get("BEZANT_TEST_CHROMIUM")
    assert path, "BEZANT_TEST_CHROMIUM names no browser: run the tests with `make test`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page without scripts: none of ours needs any."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="tr-TR")
    yield context.new_page()
    context.close()


def test_a_card_is_paid_with_in_instalments(phone: Page, pay_url: str) -> None:
    phone.goto(f"{pay_url}/{token_of('topay')}")
    phone.get_by_text("Taksit seçeneklerini gör").click()
    phone.get_by_label("Kartınızın ilk 6 rakamı").fill(NUMBER.replace(" ", "")[:6])
    phone.get_by_role("button", name="Göster").click()
    phone.get_by_text("3 × ₺7.987,62").click()
    phone.get_by_label("Kart üzerindeki ad").fill("AYŞE YILMAZ")
    phone.get_by_label("Kart numarası").fill("4543 6012 3456 7891")
    phone.get_by_label("Son kullanma").fill("0428")
    phone.get_by_label("Güvenlik kodu").fill(CVV)
    phone.get_by_role("button", name="Seçtiğim şekilde öde").click()
    assert phone.locator(":focus").get_attribute("role") == "alert"
    assert phone.get_by_label("Kart üzerindeki ad").input_value() == "AYŞE YILMAZ"
    assert phone.get_by_label("Kart numarası").input_value() == ""
    phone.get_by_label("Kart numarası").fill(NUMBER)
    phone.get_by_label("Güvenlik kodu").fill(CVV)
    phone.get_by_role("button", name="Seçtiğim şekilde öde").click()
    phone.wait_for_url("**/callback/success")
    assert phone.locator("h1").inner_text() == "Ödemeniz alındı"


def test_the_form_for_the_bank_may_go_there(phone: Page, pay_url: str) -> None:
    phone.route("https://3d.bank.test/**", lambda route: route.fulfill(body="the bank"))
    phone.goto(f"{pay_url}/{token_of('bank')}")
    phone.locator("button:focus").wait_for()
    phone.keyboard.press("Enter")
    phone.wait_for_url("https://3d.bank.test/acs")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["tr", "en"])
def test_every_page_fits_its_window_and_obeys_its_policy(
    chromium: Browser, pay_url: str, size: ViewportSize, language: str
) -> None:
    context = chromium.new_context(viewport=size, reduced_motion="reduce")
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    for state in STATES:
        page.goto(f"{pay_url}/{token_of(state)}?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"], state
        small = page.evaluate(
            "[...document.querySelectorAll('button, .button, input[type=text], .languages a')]"
            ".filter(each => each.checkVisibility() && each.offsetHeight < 44).length"
        )
        assert small == 0, state
    context.close()
    assert [text for text in complaints if "404" not in text] == []
