"""The reference page in a real Chromium, on a desk and on a phone."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories.servers import LiveServer

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; `make test` finds or installs one."""
    path = os.environ.get("BEZANT_TEST_CHROMIUM")
    assert path, "BEZANT_TEST_CHROMIUM names no browser: run the tests with `make test`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of either size; whatever the browser complains of fails the test."""
    context = chromium.new_context(viewport=request.param, locale="en-GB", reduced_motion="reduce")
    opened, complaints = context.new_page(), list[str]()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda failed: complaints.append(failed.url))
    yield opened
    context.close()
    assert not complaints


def test_the_reference_fits_its_window(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.base_url}/docs")
    assert page.title() == "Partner API reference · Bezant"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == page.evaluate("window.innerWidth")


def test_the_contents_can_be_filtered(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.base_url}/docs")
    if not page.locator("#filter").is_visible():
        page.locator(".contents summary").click()
    page.locator("#filter").fill("incomplete")
    shown = page.locator("[data-operation]:visible")
    assert [text.split("\n") for text in shown.all_inner_texts()] == [
        ["GET", "Get incomplete baskets"]
    ]
    page.locator("#filter").fill("no such thing")
    assert page.locator(".nothing").is_visible()


def test_the_language_can_be_switched(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.base_url}/docs")
    page.get_by_role("link", name="TR", exact=True).click()
    page.wait_for_url("**/docs?lang=tr")
    assert page.locator("h1").inner_text() == "İş ortağı API başvurusu"


def test_an_example_answer_opens(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.base_url}/docs#getBasket")
    article = page.locator("#getBasket")
    article.get_by_text("Example answer").click()
    assert '"pricefix"' in article.locator("details[open] pre").inner_text()


def test_the_keyboard_reaches_the_content_first(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.base_url}/docs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_the_page_reads_without_its_script(chromium: Browser, server: LiveServer) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-GB")
    opened = context.new_page()
    opened.goto(f"{server.base_url}/docs")
    assert opened.locator("#addToBasket h3").is_visible()
    assert not opened.locator("#filter").is_visible()
    context.close()
