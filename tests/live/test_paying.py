"""An order is paid in a real Chromium: our page, the sandbox's 3-D page, and back."""

import os
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, async_playwright

from bezant.kernel.clock import SystemClock
from bezant.settings import Settings
from tests.api.shopper import Shopper
from tests.factories.client import PartnerClient
from tests.factories.sandbox import GOOD_3D, SANDBOX_SECRET, RunningSandbox, running_sandbox
from tests.factories.servers import LiveServer, start_server
from tests.factories.shop import LEGALS, SignIn, billing_body, shipping_body

pytestmark = pytest.mark.browser

PHONE = ViewportSize(width=390, height=844)


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """An acquirer that tells nothing by itself."""
    async with running_sandbox(clock=SystemClock()) as running:
        yield running


@pytest_asyncio.fixture
async def shop(
    live_settings: Settings, live_sign_in: SignIn, sandbox: RunningSandbox
) -> AsyncIterator[tuple[LiveServer, PartnerClient]]:
    """A server that takes cards, and a partner of it."""
    variables = {
        "BEZANT_ACQUIRER": "sandbox",
        "BEZANT_SANDBOX_URL": sandbox.settings.public_url,
        "BEZANT_SANDBOX_KEY": SANDBOX_SECRET,
    }
    with start_server(live_settings, workers=1, variables=variables) as server:
        async with httpx.AsyncClient(base_url=server.base_url, timeout=30) as client:
            yield server, PartnerClient(client, live_sign_in)


@pytest_asyncio.fixture
async def phone() -> AsyncIterator[Page]:
    """A page of a phone's size, without scripts."""
    path = os.environ.get("BEZANT_TEST_CHROMIUM")
    assert path, "BEZANT_TEST_CHROMIUM names no browser: run the tests with `make test`"
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as chromium,
    ):
        context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)
        yield await context.new_page()
        await context.close()


async def test_an_order_is_paid_through_3d(
    shop: tuple[LiveServer, PartnerClient], phone: Page
) -> None:
    server, partner = shop
    shopper = await Shopper.enter(partner)
    await shopper.set_address(shipping=shipping_body(), billing=billing_body())
    order = await partner.call(
        "PUT",
        "/partner/ecom/basket/complete",
        body={
            "external_customer_id": shopper.customer,
            "cart_token": shopper.token,
            "external_id": "paid-in-a-browser",
            "payment_type": "creditcard",
            "legals": LEGALS,
        },
    )
    assert order.status == 200, str(order.body)
    payment = order.data["payment"]
    assert isinstance(payment, dict)
    address = payment["redirect_url"]
    await phone.goto(f"{address}?lang=en")
    await _type_card(phone)
    await phone.wait_for_url(lambda url: not url.startswith(server.base_url))
    await phone.get_by_label("One-time code").fill("123456")
    await phone.get_by_role("button", name="Approve").click()
    await phone.wait_for_url(re.compile("/callback/success"))
    assert await phone.locator("h1").inner_text() == "Your payment was made"
    log = server.log.read_text()
    assert GOOD_3D not in log
    assert address.rpartition("/")[2] not in log


async def _type_card(page: Page) -> None:
    await page.get_by_label("Name on the card").fill("AYSE YILMAZ")
    await page.get_by_label("Card number").fill(GOOD_3D)
    await page.get_by_label("Expiry date").fill("1230")
    await page.get_by_label("Security code").fill("123")
    await page.get_by_role("button", name="Pay").first.click()
