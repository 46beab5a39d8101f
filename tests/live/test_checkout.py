"""Baskets are bought in a real Chromium: a server, a worker and an acquirer on loopback.

Everything that was written meanwhile is looked through for the cards at the end.
"""

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ViewportSize, async_playwright

from bezant.cli.demo.cards import CARD_BANKS, RATES
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.texts import Language
from bezant.payments.service import instalments
from bezant.settings import Settings
from bezant.webhooks.model import EndpointWanted
from bezant.webhooks.service import endpoints
from bezant.wiring import webhook_vault_of
from tests.api.places import at
from tests.factories.catalog import GOLD_BAR, set_market
from tests.factories.checkout import BASKET, COMPLETE, GET_ORDER, require_sound_books
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.databases import cloned_database
from tests.factories.leaks import number_pattern, places_of, value_pattern, written
from tests.factories.servers import (
    WITH_SANDBOX,
    LiveServer,
    run_verb,
    start_server,
    taking_cards,
)
from tests.factories.shop import (
    LEGALS,
    SECRET_KEY,
    Reply,
    billing_body,
    make_sign_in,
    shipping_body,
)
from tests.live.customer import FAIL, RIGHT_CODE, SUCCESS, WRONG_CODE, Card, Customer
from tests.trading.desk import Desk, open_trading
from tests.trading.test_ordering import the_order
from tests.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.browser

PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
GOOD_3D, NO_FUNDS_3D = Card("5528740000000003", "737"), Card("5528740000000516", "826")
GOOD_AT_ONCE = Card("375631000000009", "9374")
CARDS = (GOOD_3D, NO_FUNDS_3D, GOOD_AT_ONCE)
BROWSER_TIMEOUT_MS = 15_000
COST_OF_SIX = 825
"""Basis points: what six payments with such a card add."""

# Nothing is heard of a charge for as long as its customer may take; the test has less time.
TIME_PASSES = """
    WITH charges AS (
        UPDATE payment_attempt SET started_at = started_at - interval '1 hour',
               lapses_at = lapses_at - interval '1 hour', ask_at = ask_at - interval '1 hour'
         WHERE state IN ('open', 'challenged')
    )
    UPDATE sales_order SET reserved_until = reserved_until - interval '1 hour'
     WHERE status_id = 2
"""


SURPLUS_BACK = """
    SELECT r.state = 'done' AND a.is_surplus
      FROM sales_order o JOIN payment p USING (partner_id, order_id)
      JOIN payment_attempt a USING (partner_id, payment_id)
      JOIN refund r USING (partner_id, attempt_id)
     WHERE o.token = $1
"""

Browse = Callable[..., Awaitable[Customer]]


@dataclass
class Shop:
    """A server with its acquirer, a partner of it, and who is told what happens."""

    server: LiveServer
    settings: Settings
    db: Database
    partner: PartnerClient
    hooks: Receiver
    browser: Browser

    async def buy(
        self, language: Language = Language.EN, *, customer: str = "", **changes: object
    ) -> "Purchase":
        """A customer's order of a bar; by card on our page unless told otherwise."""
        name = customer or await self.partner.new_customer()
        token = str((await self.partner.new_basket(name, sku=GOLD_BAR)).data["token"])
        addressed = await self.partner.patch(
            f"{BASKET}/setaddress",
            external_customer_id=name,
            cart_token=token,
            shipping=shipping_body(),
            billing=billing_body(),
        )
        assert addressed.status == 200, addressed.body
        body: dict[str, object] = {
            "external_customer_id": name,
            "cart_token": token,
            "external_id": f"order-{uuid4().hex}",
            "payment_type": "creditcard",
            "legals": LEGALS,
        }
        headers = {"Accept-Language": language}
        reply = await self.partner.call("PUT", COMPLETE, body=body | changes, headers=headers)
        assert reply.status == 200, reply.body
        return Purchase(self, name, token, reply)

    async def written(self) -> dict[str, bytes]:
        """All that was written: logs, files, tables, and what partners were told."""
        found = await written(self.db, self.server.home.rglob("*"))
        return found | {
            f"webhook {each.event_id}": each.body + repr(each.headers).encode()
            for each in self.hooks.tries
        }


@dataclass(frozen=True)
class Purchase:
    """An order on its way to be paid."""

    shop: Shop
    customer: str
    token: str
    reply: Reply

    @property
    def address(self) -> str:
        """Where the customer is sent."""
        return str(payment_in(self.reply)["redirect_url"])

    async def order(self) -> Reply:
        """The order as it is."""
        return await self.shop.partner.post(
            GET_ORDER, customer_external_id=self.customer, cart_token=self.token
        )

    async def comes_to(self, status: str) -> Reply:
        """The order once it has a status."""

        async def has_come() -> bool:
            return (await self.order()).data["status_name"] == status

        await until(has_come)
        return await self.order()


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Waits for other processes to do their part, for 20 seconds at most."""
    for _ in range(200):
        if await happened():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come to that in time")


def payment_in(reply: Reply) -> Mapping[str, object]:
    """The payment of an order that was answered."""
    found = reply.data["payment"]
    assert isinstance(found, Mapping), reply.body
    return found


def a_card(card: Card, **more: object) -> dict[str, object]:
    """A card as a partner sends it."""
    return {
        "card_holder": "AYŞE YILMAZ",
        "card_number": card.number,
        "card_expiry": "12/30",
        "card_cvv": card.cvv,
        "customer_ip": "203.0.113.7",
    } | more


@pytest_asyncio.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium; `make test` finds or installs one."""
    path = os.environ.get("BEZANT_TEST_CHROMIUM")
    assert path, "BEZANT_TEST_CHROMIUM names no browser: run the tests with `make test`"
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser,
    ):
        yield browser


@pytest.fixture(scope="module")
def shop_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of this file's database."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_checkout") as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def shop(shop_url: str, chromium: Browser) -> AsyncIterator[Shop]:
    """The shop of this file; when it closes, no card is in anything that it wrote."""
    settings = taking_cards(
        Settings(database_url=shop_url, secret_key=SECRET_KEY), webhooks_allow_private=True
    )
    db = await Database.connect(shop_url)
    try:
        async with _open(settings, db, chromium) as opened:
            yield opened
    finally:
        await db.close()


@asynccontextmanager
async def _open(settings: Settings, db: Database, browser: Browser) -> AsyncIterator[Shop]:
    now = SystemClock().now()
    async with db.transaction() as tx:
        await set_market(tx, at=now)
        await instalments.enter_card_banks(tx, CARD_BANKS)
        for programme, rates in RATES.items():
            await instalments.enter_rates(tx, programme, rates)
    sign_in, vault = await make_sign_in(db, now=now), webhook_vault_of(settings)
    async with receiving() as hooks:
        wanted = EndpointWanted(hooks.url, frozenset())
        async with db.transaction() as tx:
            await endpoints.add_endpoint(
                tx, sign_in.partner.partner_id, wanted, vault=vault, now=now
            )
        with start_server(settings, WITH_SANDBOX, workers=2) as server:
            async with httpx.AsyncClient(base_url=server.base_url, timeout=30) as http:
                partner = PartnerClient(http, sign_in)
                shop = Shop(server, settings, db, partner, hooks, browser)
                yield shop
                await require_sound_books(db, clock=SystemClock())
                assert _cards_in(await shop.written()) == []


@pytest_asyncio.fixture
async def browse(shop: Shop) -> AsyncIterator[Browse]:
    """Sends a customer to an address with a browser of its own."""
    contexts: list[BrowserContext] = []

    async def opened(
        address: str, language: Language = Language.EN, size: ViewportSize = DESK
    ) -> Customer:
        context = await shop.browser.new_context(viewport=size, java_script_enabled=False)
        context.set_default_timeout(BROWSER_TIMEOUT_MS)
        contexts.append(context)
        page = await context.new_page()
        await page.goto(address)
        return Customer(page, language)

    yield opened
    for context in contexts:
        await context.close()


def _cards_in(found: Mapping[str, bytes]) -> list[str]:
    """Where a card is that was paid with, or the value on its back."""
    patterns = [number_pattern(card.number) for card in CARDS]
    patterns += [value_pattern(card.cvv) for card in CARDS]
    return [place for pattern in patterns for place in places_of(pattern, found)]


@pytest.mark.parametrize(
    ("language", "size"),
    [(Language.TR, PHONE), (Language.EN, DESK)],
    ids=["phone in Turkish", "desk in English"],
)
async def test_a_bar_is_bought_with_a_card(
    shop: Shop, browse: Browse, language: Language, size: ViewportSize
) -> None:
    purchase = await shop.buy(language)
    customer = await browse(purchase.address, language, size)
    await customer.pay(GOOD_3D)
    await customer.reach_bank()
    await customer.enter_code(WRONG_CODE)
    assert await customer.page.get_by_role("alert").is_visible()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)
    assert await customer.title() == customer.reads("paid")
    order = await purchase.order()
    assert order.data["status_name"] == "Payment Confirmed"
    assert payment_in(order)["state"] == "success"
    token = str(order.data["token"])
    await shop.hooks.wait_for(
        lambda hooks: ("payment.succeeded", token) in hooks_said(hooks), within_s=10
    )


async def test_six_instalments_cost_what_the_page_says(shop: Shop, browse: Browse) -> None:
    purchase = await shop.buy()
    customer = await browse(purchase.address)
    await customer.choose_instalments(GOOD_3D, 6)
    chosen = customer.page.locator("label.plan", has=customer.page.locator(":checked"))
    shown = await chosen.inner_text()
    await customer.send(GOOD_3D)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)
    payment = payment_in(await purchase.order())
    total = Decimal(str(payment["amount"]))
    cost = (total * COST_OF_SIX / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert (payment["installment"], Decimal(str(payment["comission"]))) == (6, cost)
    assert f"{total + cost:,}" in shown


async def test_a_card_that_costs_something_is_charged_only_once_the_page_has_said_so(
    shop: Shop, browse: Browse
) -> None:
    purchase = await shop.buy()
    customer = await browse(purchase.address)
    await customer.send(GOOD_3D)
    alert = customer.page.get_by_role("alert")
    assert customer.reads("plan_costs_otherwise") in await alert.inner_text()
    assert payment_in(await purchase.order())["state"] == "new"
    await customer.send(GOOD_3D)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)


async def test_a_card_that_is_refused_on_our_page_may_be_followed_by_another(
    shop: Shop, browse: Browse
) -> None:
    purchase = await shop.buy()
    customer = await browse(purchase.address)
    due = customer.page.locator(".due strong")
    before = await due.inner_text()
    await customer.pay(GOOD_3D, instalments=6)
    await customer.reach_bank()
    await customer.reject()
    alert = customer.page.get_by_role("alert")
    assert customer.reads("reason.050") in await alert.inner_text()
    assert await due.inner_text() == before
    await customer.pay(NO_FUNDS_3D)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    assert customer.reads("reason.051") in await alert.inner_text()
    await customer.pay(GOOD_AT_ONCE)
    await customer.end_at(SUCCESS)
    payment = payment_in(await purchase.order())
    assert (payment["state"], payment["auth_mode"]) == ("success", "3d-not-enrolled")


async def test_an_order_is_cancelled_on_the_page(shop: Shop, browse: Browse) -> None:
    purchase = await shop.buy()
    customer = await browse(purchase.address)
    await customer.cancel()
    assert (await customer.end_at(FAIL))["code"] == "096"
    assert await customer.title() == customer.reads("failed")
    assert (await purchase.order()).data["status_name"] == "Cancelled"


async def test_a_card_that_the_partner_sent_is_confirmed_at_the_bank(
    shop: Shop, browse: Browse
) -> None:
    purchase = await shop.buy(payment=a_card(GOOD_3D, installment=3))
    assert payment_in(purchase.reply)["is_3d"] is True
    customer = await browse(purchase.address)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)
    details = payment_in(await purchase.order())["details"]
    assert isinstance(details, Mapping)
    assert details["card_number"] == "552874******0003"
    assert details["card_cvv"] == "***"


async def test_a_card_that_the_partner_sent_is_refused_for_good(shop: Shop, browse: Browse) -> None:
    purchase = await shop.buy(Language.TR, payment=a_card(GOOD_3D))
    customer = await browse(purchase.address, Language.TR, PHONE)
    await customer.reach_bank()
    await customer.reject()
    told = await customer.end_at(FAIL)
    assert told == {"code": "050", "reason": customer.reads("reason.050")}
    assert payment_in(await purchase.order())["error_code"] == "050"


async def test_who_leaves_the_bank_loses_the_order_and_who_approves_late_gets_it_all_back(
    shop: Shop, browse: Browse
) -> None:
    purchase = await shop.buy()
    customer = await browse(purchase.address)
    await customer.pay(GOOD_3D)
    await customer.reach_bank()
    bank = customer.page.url
    await customer.leave()
    assert (await purchase.order()).data["status_name"] == "Pending"
    async with shop.db.reading() as connection:
        await connection.execute(TIME_PASSES)
    await purchase.comes_to("Cancelled")
    await customer.page.goto(bank)
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(FAIL)
    told = customer.page.get_by_text(customer.reads("going_back", amount="").strip())
    assert await told.is_visible()
    await until(lambda: _went_back(shop, purchase))
    assert payment_in(await purchase.order())["state"] == "failed"


async def test_a_card_is_charged_at_once_and_staff_give_all_of_it_back(shop: Shop) -> None:
    purchase = await shop.buy(payment=a_card(GOOD_AT_ONCE, is_3d=False))
    assert purchase.reply.data["status_name"] == "Payment Confirmed"
    number = str(purchase.reply.data["increment_id"])
    said = await asyncio.to_thread(
        run_verb,
        shop.settings,
        *(
            "order",
            "refund",
            number,
            "--by",
            "ayla",
            "--reason",
            "The customer changed their mind.",
        ),
        home=shop.server.home,
    )
    assert said.returncode == 0, said.stderr
    payment = payment_in(await purchase.comes_to("Refunded"))
    assert payment["state"] == "refunded"
    assert payment["refunded_amount"] == payment["total"]


async def test_a_card_that_is_kept_with_a_payment_pays_again(shop: Shop, browse: Browse) -> None:
    purchase = await shop.buy()
    customer = await browse(purchase.address)
    await customer.pay(GOOD_3D, keeps_card=True)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)
    kept = await shop.partner.post("/partner/cards", external_customer_id=purchase.customer)
    (card,) = kept.items
    assert str(card["bin"]).startswith(GOOD_3D.bin)
    named = {
        "card_token": card["card_token"],
        "card_cvv": GOOD_3D.cvv,
        "customer_ip": "203.0.113.7",
    }
    again = await shop.buy(customer=purchase.customer, payment=named)
    customer = await browse(again.address)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)
    assert payment_in(await again.order())["state"] == "success"


@pytest.mark.parametrize(
    "text",
    [
        b"5528740000000003",
        b"5528 7400 0000 0003",
        b"35353238373430303030303030303033",
        b64encode(b"card 5528740000000003."),
        b64encode(b"a card 5528740000000003."),
        b64encode(b"the card 5528740000000003."),
        b'{"cvv":"737"}',
        b"cvv 737",
    ],
)
def test_a_card_is_found_however_it_was_written(text: bytes) -> None:
    assert _cards_in({"somewhere": text}) == ["somewhere"]


async def test_what_was_written_knows_the_card_only_by_what_may_be_shown(
    shop: Shop, browse: Browse
) -> None:
    purchase = await shop.buy(note="the note of this order")
    customer = await browse(purchase.address)
    await customer.pay(GOOD_3D)
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)
    await shop.buy(payment=a_card(NO_FUNDS_3D, is_3d=False))
    await shop.hooks.wait_for(
        lambda hooks: ("payment.succeeded", purchase.token) in hooks_said(hooks), within_s=10
    )
    found = await shop.written()
    # It would be found: other things of the same requests are.
    kept = (b"0003", b"the note of this order", b"552874")
    for place, known in zip(
        ("payment_attempt.card_last_four", "sales_order.note", "payment_attempt.card_bin"),
        kept,
        strict=True,
    ):
        assert known in found[place], place
    log = shop.server.log.read_text()
    assert purchase.address.rpartition("/")[2] not in log
    assert "payByCard" in log
    assert _cards_in(found) == []


async def a_desk(shop: Shop) -> Desk:
    """A desk of the shop's partner that trades in metal."""
    desk = Desk(shop.db, FakeClock(SystemClock().now()), shop.partner)
    await open_trading(shop.db, desk.partner_id)
    return desk


def by_card(card: Card, **more: object) -> dict[str, object]:
    """How an order of metal says that this card pays for it."""
    return {"payment_type": "creditcard", "payment": a_card(card, **more)}


async def found_of(shop: Shop, order: Mapping[str, object]) -> Mapping[str, object]:
    """An order of metal as it is read now."""
    return (await shop.partner.get(f"/partner/order/{order['external_id']}")).data


def hooks_said(hooks: Receiver) -> list[tuple[str, object]]:
    """The type and the cart's token of everything that arrived."""
    return [(each.type, each.data.get("cart_token")) for each in hooks.taken]


async def test_metal_is_the_customers_once_the_card_has_passed_3d(
    shop: Shop, browse: Browse
) -> None:
    desk = await a_desk(shop)
    order = the_order(await desk.buy(0.1, sku="GAU", topup=None, **by_card(GOOD_3D)))
    assert order["status_name"] == "Pending"

    customer = await browse(str(at(order, "payment", "redirect_url")))
    await customer.reach_bank()
    await customer.enter_code(RIGHT_CODE)
    await customer.end_at(SUCCESS)

    assert (await found_of(shop, order))["status_name"] == "Completed"
    assert (await desk.balances()) == {"GAU": 100_000}


async def test_metal_is_nobodys_when_the_card_does_not_pass_3d(shop: Shop, browse: Browse) -> None:
    desk = await a_desk(shop)
    order = the_order(await desk.buy(0.1, sku="GAU", topup=None, **by_card(GOOD_3D)))

    customer = await browse(str(at(order, "payment", "redirect_url")))
    await customer.reach_bank()
    await customer.reject()
    await customer.end_at(FAIL)

    assert (await found_of(shop, order))["status_name"] == "Cancelled"
    assert (await desk.balances()) == {}


async def test_metal_is_paid_for_without_3d_or_not_at_all(shop: Shop) -> None:
    desk = await a_desk(shop)

    taken = the_order(
        await desk.buy(0.1, sku="GAU", topup=None, **by_card(GOOD_AT_ONCE, is_3d=False))
    )
    refused = the_order(
        await desk.buy(0.1, sku="GAU", topup=None, **by_card(NO_FUNDS_3D, is_3d=False))
    )

    assert (taken["status_name"], refused["status_name"]) == ("Completed", "Cancelled")
    assert at(refused, "payment", "error_code") == "051"
    assert (await desk.balances()) == {"GAU": 100_000}


async def _went_back(shop: Shop, purchase: Purchase) -> bool:
    async with shop.db.reading() as connection:
        return bool(await connection.fetchval(SURPLUS_BACK, purchase.token))
