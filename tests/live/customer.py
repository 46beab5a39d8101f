"""A customer in a browser: our card form, the sandbox's 3-D page, and what they say."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page

from bezant.integrations.acquirers.sandbox.server.words import say
from bezant.kernel.texts import Fact, Language, Text

RIGHT_CODE, WRONG_CODE = "123456", "654321"
SUCCESS, FAIL = "/callback/success", "/callback/fail"
EXPIRY: Final = "1230"


@dataclass(frozen=True)
class Card:
    """A card to be typed."""

    number: str
    cvv: str

    @property
    def bin(self) -> str:
        """The digits by which its bank is known."""
        return self.number[:6]

    @property
    def gapped(self) -> str:
        """The number as it is printed."""
        return " ".join(self.number[place : place + 4] for place in range(0, len(self.number), 4))


@dataclass(frozen=True)
class Customer:
    """Someone before a browser, who reads one language."""

    page: Page
    language: Language

    def reads(self, name: str, **facts: Fact) -> str:
        """A text of our pages."""
        return Text(f"pay.{name}", facts).into(self.language)

    async def title(self) -> str:
        """What the page says in large letters."""
        return await self.page.locator("h1").inner_text()

    async def choose_instalments(self, card: Card, count: int) -> None:
        """Asks what such a card can be paid in, and chooses."""
        await self.page.get_by_text(self.reads("in_instalments")).click()
        await self.page.get_by_label(self.reads("bin")).fill(card.bin)
        await self.page.get_by_role("button", name=self.reads("show_plans")).click()
        await self.page.locator(f'input[name=plan][value^="{count}-"]').check()

    async def pay(self, card: Card, *, instalments: int = 1, keeps_card: bool = False) -> None:
        """Looks what a card costs, chooses, types it and sends it."""
        await self.choose_instalments(card, instalments)
        if keeps_card:
            await self.page.get_by_label(self.reads("keep")).check()
        await self.send(card)

    async def send(self, card: Card) -> None:
        """Types a card and sends it."""
        await self.page.get_by_label(self.reads("holder")).fill("AYŞE YILMAZ")
        await self.page.get_by_label(self.reads("number")).fill(card.gapped)
        await self.page.get_by_label(self.reads("expiry")).fill(EXPIRY)
        await self.page.get_by_label(self.reads("cvv")).fill(card.cvv)
        await self.page.locator("form.card button").click()

    async def reach_bank(self) -> None:
        """Waits for the bank's page; the browser goes there by itself."""
        await self.page.wait_for_url("**/3d/*")

    async def enter_code(self, code: str) -> None:
        """Enters a code at the bank's page."""
        await self.page.get_by_label(self._bank_says("code")).fill(code)
        await self.page.get_by_role("button", name=self._bank_says("approve")).click()

    async def reject(self) -> None:
        """Says no at the bank's page."""
        await self.page.get_by_role("button", name=self._bank_says("reject")).click()

    async def leave(self) -> None:
        """Leaves the bank's page without an answer."""
        await self.page.get_by_role("link", name=self._bank_says("leave")).click()
        await self.page.wait_for_url("**/left*")

    async def cancel(self) -> None:
        """Says on our page that the order is not to be paid."""
        await self.page.get_by_text(self.reads("leave"), exact=True).click()
        await self.page.get_by_role("button", name=self.reads("cancel_order")).click()

    async def end_at(self, place: str) -> dict[str, str]:
        """Waits for the last page; what its address says."""
        await self.page.wait_for_url(f"**{place}*")
        return {name: each[0] for name, each in parse_qs(urlsplit(self.page.url).query).items()}

    def _bank_says(self, name: str) -> str:
        return say(self.language, f"page.{name}")
