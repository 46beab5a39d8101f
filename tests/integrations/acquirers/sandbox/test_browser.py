"""The 3-D page in a real Chromium, on a desk and on a phone, with scripts switched off."""

import os
import re
from dataclasses import replace

import pytest
from playwright.async_api import ViewportSize, async_playwright

from bezant.payments.acquirer import Challenge, Charge
from tests.factories.sandbox import (
    GOOD_3D,
    NoticeBoard,
    RunningSandbox,
    a_card,
    a_charge,
    running_sandbox,
)

pytestmark = pytest.mark.browser

DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=740)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_customer_finds_the_way_back_to_the_shop(
    board: NoticeBoard, size: ViewportSize
) -> None:
    path = os.environ.get("BEZANT_TEST_CHROMIUM")
    assert path, "BEZANT_TEST_CHROMIUM names no browser: run the tests with `make test`"
    complaints: list[str] = []
    # A browser stays where it is when there is no content.
    board.status = 200
    async with (
        running_sandbox(notice_url=board.url) as sandbox,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as chromium,
    ):
        charge = replace(a_charge(a_card(GOOD_3D), is_3d=True), return_url=f"{board.url}?back=1")
        url = await _challenge_url(sandbox, replace(charge, description="x" * 90))
        context = await chromium.new_context(viewport=size, java_script_enabled=False)
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(url)
        # Nothing sticks out of a narrow window.
        box = await page.locator("main").bounding_box()
        wide = await page.locator("dd").last.bounding_box()
        assert box is not None
        assert wide is not None
        assert box["x"] >= 0
        assert wide["x"] + wide["width"] <= box["x"] + box["width"] <= size["width"]

        await page.get_by_label("One-time code").fill("111111")
        await page.get_by_role("button", name="Approve").click()
        assert "Tries left: 2" in await page.get_by_role("alert").inner_text()
        await page.get_by_text("What the sandbox does next").click()
        await page.get_by_label("Before the browser returns").check()
        await page.get_by_label("One-time code").fill("123456")
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url(re.compile("/notice.back=1&.*result=success"))
        await context.close()

        assert not complaints
        # The notice, and then the browser, which may ask for the shop's icon too.
        assert [bool(body) for _, body in board.posted][:2] == [True, False]
        assert len(await sandbox.control.movements(charge.reference)) == 1


async def _challenge_url(sandbox: RunningSandbox, charge: Charge) -> str:
    challenge = await sandbox.acquirer.start(charge)
    assert isinstance(challenge, Challenge)
    return challenge.url
