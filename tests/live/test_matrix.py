"""Every way in which a card payment can go, at a real sandbox: what comes of the order.

The table is `tests.live.outcomes`. Our own time is a fake clock, which the sandbox follows; its
notices are sent when the test says so.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never
from uuid import uuid4

import pytest
import pytest_asyncio
from litestar.types import Receive, Scope, Send

from bezant.checkout import settling
from bezant.integrations.acquirers.sandbox.adapter import NAME, SandboxAcquirer
from bezant.integrations.acquirers.sandbox.cards import TEST_CARDS
from bezant.integrations.acquirers.sandbox.control import BrowserReturn
from bezant.integrations.acquirers.sandbox.server.serving import serving
from bezant.integrations.acquirers.sandbox.wire import MovementKind, NoticePlan, Plan, ReplyPlan
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError
from bezant.kernel.ids import PaymentToken
from bezant.payments.acquirer import Challenge
from bezant.payments.service import legs, paying, returning
from bezant.payments.till import Till
from bezant.payments.views import CardOffer, CardWanted, Failed, Notice, Paid, PayStep, Waiting
from bezant.settings import Settings
from bezant.web.tracing import Traced
from bezant.wiring import till_of
from tests.api.market import Market
from tests.api.shelf import Goods, Shelf
from tests.factories.checkout import (
    CARD,
    Buyer,
    payment_of,
    payment_token_of,
    require_sound_books,
    stock_of,
)
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.sandbox import RunningSandbox, a_card, running_sandbox
from tests.factories.servers import free_port
from tests.factories.shop import Reply, billing_body, shipping_body
from tests.live import outcomes
from tests.live.outcomes import CASES, Act, Case, End, Lost, Way

PIECES = 50
TELLINGS = 5
"""So often, at most, a notice that was not heard is sent."""
PAUSES_S = (31, 60, 631, 1_200)
"""Our first question, a second one, the release of an unpaid order, the bank's own limit."""
UNTIL_RELEASED_S = 721
NEVER_BY_ITSELF_MS = 3_600_000
"""A notice that is to come later comes when the test says so."""

SELECT_CHARGE = """
    SELECT a.reference, a.state, a.amount + a.cost AS whole, p.captured, p.refunded
      FROM payment_attempt a JOIN payment p USING (partner_id, payment_id) WHERE p.token = $1
"""
SELECT_HISTORY = """
    SELECT array_agg(status_id ORDER BY number) FROM order_status_change
      JOIN payment p USING (partner_id, order_id) WHERE p.token = $1
"""
SELECT_REFUNDED = """
    SELECT coalesce(sum(r.amount), 0)::bigint FROM refund r
      JOIN payment p USING (partner_id, payment_id) WHERE p.token = $1 AND r.state = 'done'
"""


class Merchant:
    """The server that the sandbox notifies, and the clock of both, for whichever test runs."""

    def __init__(self) -> None:
        self.url = ""
        self.clock = FakeClock()
        self.till: Till | None = None

    def now(self) -> datetime:
        """The time of the test."""
        return self.clock.now()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hears a notice as the door under `/pay/notices` does."""
        if scope["type"] != "http":  # type: ignore[comparison-overlap]  # a server says more.
            return
        message = await receive()
        assert message["type"] == "http.request"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        assert self.till is not None
        try:
            await legs.hear_notice(self.till, NAME, Notice(headers, message["body"]))
            status = 200
        except BezantError:
            status = 503
        length = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": length})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest_asyncio.fixture(scope="module")
async def merchant() -> AsyncIterator[Merchant]:
    """A server for the sandbox's notices."""
    made, port = Merchant(), free_port()
    made.url = f"http://127.0.0.1:{port}/"
    async with serving(made, host="127.0.0.1", port=port):
        yield made


@pytest_asyncio.fixture(scope="module")
async def sandbox(merchant: Merchant) -> AsyncIterator[RunningSandbox]:
    """An acquirer that notifies the merchant."""
    async with running_sandbox(clock=merchant, notice_url=merchant.url) as running:
        yield running


@pytest.fixture
def acquirer(sandbox: RunningSandbox) -> SandboxAcquirer:
    """Who takes the cards of the application under test."""
    return sandbox.acquirer


@dataclass
class Stage:
    """Where the cases are played: one customer, one product, one till."""

    till: Till
    sandbox: RunningSandbox
    clock: FakeClock
    market: Market
    buyer: Buyer
    goods: Goods

    async def play(self, case: Case, notice: NoticePlan) -> None:
        """Plays a case with a notice at that time, and holds everything against the table."""
        await self._fill_a_basket(f"order-{uuid4().hex}")
        await self.sandbox.control.plan(_plan(case, notice))
        before = await stock_of(self.till, self.goods.sku)
        captures = await self._captures()

        token, first = await (
            self._on_page(case, notice) if case.way is Way.PAGE else self._with_order(case)
        )
        assert first in case.first, (case, notice)
        await self._be_told(token, notice)
        for pause in PAUSES_S:
            self.clock.advance(seconds=pause)
            await legs.sweep(self.till)
            await settling.release_overdue(self.till)
            await returning.send_refunds(self.till)

        view = await paying.show_payment(self.till, token)
        assert _seen(view.step) == case.last, (case, notice)
        assert await self._end(token) == case.end, (case, notice)
        pieces = before - await stock_of(self.till, self.goods.sku)
        assert pieces == (1 if case.end is End.PAID else 0)
        # Also under a reference that our books do not know.
        captures = await self._captures() - captures
        assert captures == (0 if case.end is End.UNPAID else 1)

    async def _captures(self) -> int:
        """How often the sandbox has taken money, from anybody."""
        return sum(found.captures for found in await self.sandbox.control.takings())

    async def _fill_a_basket(self, external_id: str) -> None:
        await self.market.moves()
        buyer = self.buyer
        basket = await buyer.partner.new_basket(buyer.customer, sku=self.goods.sku)
        buyer.token, buyer.external_id = str(basket.data["token"]), external_id
        reply = await buyer.partner.patch(
            "/partner/ecom/basket/setaddress",
            external_customer_id=buyer.customer,
            cart_token=buyer.token,
            shipping=shipping_body(),
            billing=billing_body(),
        )
        assert reply.status == 200, reply.body

    async def _with_order(self, case: Case) -> tuple[PaymentToken, str]:
        """A card that the partner sends with the order; what it then shows the customer."""
        card = CARD | {"card_number": _number(case), "is_3d": False}
        token = payment_token_of(await self.buyer.pay_by_card(card))
        return token, _seen((await paying.show_payment(self.till, token)).step)

    async def _on_page(self, case: Case, notice: NoticePlan) -> tuple[PaymentToken, str]:
        """A card that the customer types in; what they see once they are back, if ever."""
        token = payment_token_of(await self.buyer.complete(payment_type="creditcard"))
        offer = CardOffer(
            card=a_card(_number(case)), instalment=1, keeps_card=False, ip="203.0.113.7"
        )
        step = (await paying.pay_by_card(self.till, token, offer)).step
        if case.act is Act.APPROVE_LATE:
            self.clock.advance(seconds=UNTIL_RELEASED_S)
            await legs.sweep(self.till)
            await settling.release_overdue(self.till)
        if not isinstance(step, Challenge):
            return token, _seen(step)
        returned = await self._at_bank(step, case.act)
        if returned is None:
            return token, _seen(step)
        if case.lost is Lost.BROWSER:
            return token, outcomes.AWAY
        coming = paying.come_back(self.till, token, returned.fields)
        if notice is NoticePlan.TOGETHER:
            view, _ = await asyncio.gather(coming, self.sandbox.control.deliver_notices())
        else:
            view = await coming
        return token, _seen(view.step)

    async def _at_bank(self, challenge: Challenge, act: Act) -> BrowserReturn | None:
        control, url = self.sandbox.control, challenge.url
        match act:
            case Act.APPROVE | Act.APPROVE_LATE:
                return await control.approve(url)
            case Act.REJECT:
                return await control.reject(url)
            case Act.WRONG_CODES:
                assert await control.approve(url, code="000000") is None
                assert await control.approve(url, code="111111") is None
                return await control.approve(url, code="222222")
            case Act.LEAVE | Act.NONE:
                return None
            case _:
                assert_never(act)

    async def _be_told(self, token: PaymentToken, notice: NoticePlan) -> None:
        """The sandbox's notices come, if any do; each as often as is needed to be heard."""
        control = self.sandbox.control
        async with self.till.db.reading() as connection:
            (charge,) = await connection.fetch(SELECT_CHARGE, token)
        if notice is NoticePlan.LATE:
            self.clock.advance(seconds=45)
        for _ in range(TELLINGS):
            if not (await control.notices(charge["reference"])).pending:
                break
            await control.deliver_notices()
        told = await control.notices(charge["reference"])
        wanted = {NoticePlan.NEVER: 0, NoticePlan.TWICE: 2}.get(notice, 1)
        assert (told.pending, told.delivered) == (0, wanted)

    async def _end(self, token: PaymentToken) -> str:
        """What the API says of the order in the end, and what the sandbox says of the money."""
        order = await self.buyer.order()
        async with self.till.db.reading() as connection:
            (charge,) = await connection.fetch(SELECT_CHARGE, token)
            history = await connection.fetchval(SELECT_HISTORY, token)
            refunded = await connection.fetchval(SELECT_REFUNDED, token)
        assert history == [2, order.data["status_id"]]
        moved = await self.sandbox.control.movements(charge["reference"])
        taken = [each.amount for each in moved if each.kind is MovementKind.CAPTURE]
        back = [each.amount for each in moved if each.kind is MovementKind.REFUND]
        assert len(taken) == (charge["state"] == "captured"), "taken once, and known of"
        assert sum(back) == refunded
        assert sum(taken) - sum(back) == charge["captured"] - charge["refunded"]
        whole = _minor(order)
        assert charge["whole"] == whole
        amounts = {0: "nothing", whole: "all"}
        money = f"{amounts[sum(taken)]}, {amounts[sum(back)]}"
        return f"{order.data['status_name']}, {payment_of(order)['state']}, {money}"


@pytest_asyncio.fixture
async def till(
    settings: Settings,
    db: Database,
    clock: FakeClock,
    merchant: Merchant,
    sandbox: RunningSandbox,
) -> AsyncIterator[Till]:
    """What takes payments, and hears the notices; at the end, the books are audited."""
    made = till_of(settings, db, clock, acquirer=sandbox.acquirer)
    merchant.clock, merchant.till = clock, made
    yield made
    await require_sound_books(db, clock=clock)


@pytest_asyncio.fixture
async def stage(
    app: Traced, till: Till, sandbox: RunningSandbox, clock: FakeClock, partner: PartnerClient
) -> AsyncIterator[Stage]:
    """A stage of this test's own."""
    shelf = Shelf(till.db, clock)
    goods = await shelf.put(stock=PIECES)
    buyer = Buyer(partner, await partner.new_customer(), "", "")
    yield Stage(till, sandbox, clock, Market(till.db, clock), buyer, goods)
    await shelf.clear()


@pytest.mark.parametrize(("way", "happens"), dict.fromkeys((c.way, c.happens) for c in CASES))
async def test_whatever_happens_the_order_and_the_money_agree(
    stage: Stage, way: Way, happens: str
) -> None:
    for case in CASES:
        if (case.way, case.happens) == (way, happens):
            for notice in case.notices:
                await stage.play(case, notice)


def test_nothing_is_in_the_table_twice() -> None:
    played = [
        (case.way, case.happens, case.lost, notice) for case in CASES for notice in case.notices
    ]
    assert len(set(played)) == len(played)


def test_the_page_of_the_guide_is_this_table() -> None:
    written = outcomes.PAGE.read_text(encoding="utf-8")
    assert written == outcomes.page(), f"run: python -m tests.live.outcomes > {outcomes.PAGE}"


def _plan(case: Case, notice: NoticePlan) -> Plan:
    replies = {Lost.REPLY: ReplyPlan.LOST, Lost.CHARGE: ReplyPlan.UNREACHED}
    return Plan(
        notice=notice,
        notice_delay_ms=NEVER_BY_ITSELF_MS,
        reply=replies.get(case.lost, ReplyPlan.NORMAL),
        lost_queries=2 if case.lost is Lost.QUESTIONS else 0,
        refund_reply=ReplyPlan.LOST if case.lost is Lost.REFUND else ReplyPlan.NORMAL,
    )


def _number(case: Case) -> str:
    found: Sequence[str] = [
        card.number
        for card in TEST_CARDS
        if card.behaviour is case.card and card.is_enrolled == (case.way is Way.PAGE)
    ]
    return found[0]


def _seen(step: PayStep) -> str:
    match step:
        case Paid():
            return outcomes.PAID
        case Waiting():
            return outcomes.WAITS
        case Challenge():
            return outcomes.AT_BANK
        case CardWanted(refused) if refused is not None:
            return outcomes.asked_again(refused.reason)
        case CardWanted():
            return "asked for a card"
        case Failed(refused):
            return outcomes.not_paid(refused.reason)
        case _:
            assert_never(step)


def _minor(order: Reply) -> int:
    return int(Decimal(str(order.data["paid_total"])) * 100)
