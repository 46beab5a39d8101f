"""A desk that says what a test told it, and the payment pages before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from litestar import Litestar

from bezant.kernel.clock import Clock
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.partners.model import is_within
from bezant.payments.acquirer import Challenge
from bezant.payments.card import CardInHand
from bezant.payments.kept import (
    CardAwaited,
    KeepingFailed,
    KeepingStep,
    KeepingToken,
    KeepingView,
    Kept,
    NoSuchKeeping,
)
from bezant.payments.model import InstalmentRate
from bezant.payments.views import (
    CardOffer,
    CardWanted,
    Failed,
    InstalmentPlan,
    NoSuchPayment,
    Notice,
    Paid,
    PayLine,
    PayStep,
    PayView,
    Refused,
    Waiting,
)
from bezant.web.pay.desk import Front
from bezant.web.pay.routes import pay_pages
from bezant.web.tracing import Traced
from tests.factories.clock import A_MORNING, FakeClock

BASE_URL = "http://bezant.test"
NUMBER, CVV = "4543 6012 3456 7890", "973"
OTHER_NUMBER = "5400 6101 2345 6783"
BANK = "https://3d.bank.test"


def token_of(name: str) -> str:
    """A token that tells a reader of the test which payment it is."""
    return name.ljust(128, "0")


def lira(minor: int) -> Money:
    """Kuruş as money."""
    return Money(minor, Currency.TRY)


def a_view(step: PayStep | None = None, **changes: object) -> PayView:
    """A payment of two bars and a coin."""
    view = PayView(
        token=token_of("it"),
        language=Language.TR,
        seller="Kapalıçarşı Altın",
        order_number="K7Q2M9XA",
        lines=(
            PayLine("Gram altın 1 g (24 ayar)", 2, lira(1_284_600)),
            PayLine("Çeyrek altın", 1, lira(1_061_250)),
        ),
        total=lira(2_345_850),
        cost=lira(0),
        until=A_MORNING + timedelta(minutes=20),
        may_keep_card=True,
        going_back=lira(0),
        not_back=lira(0),
        step=step or CardWanted(),
    )
    return replace(view, **changes)  # type: ignore[arg-type]  # a test names its own fields.


def plans_of(total: Money, *rates: tuple[int, int]) -> list[InstalmentPlan]:
    """Plans by their number of payments and their rate in basis points."""
    made = [InstalmentRate(count, count, points) for count, points in rates]
    return [
        InstalmentPlan(rate, rate.cost(total), rate.each(total), total + rate.cost(total))
        for rate in made
    ]


@dataclass
class FakeDesk:
    """Answers from what it was given; keeps what it was asked."""

    views: dict[str, PayView] = field(default_factory=dict)
    after_card: PayStep | None = None
    after_return: PayStep | None = None
    visits: dict[str, KeepingView] = field(default_factory=dict)
    after_keeping: KeepingStep | None = None
    cards: list[tuple[CardInHand, str]] = field(default_factory=list)
    plans: dict[str, list[InstalmentPlan]] = field(default_factory=dict)
    raises: BaseException | None = None
    raises_on_show: BaseException | None = None
    offers: list[CardOffer] = field(default_factory=list)
    returns: list[Mapping[str, str]] = field(default_factory=list)
    notices: list[tuple[str, Notice]] = field(default_factory=list)

    def put(self, view: PayView) -> str:
        """Adds a payment; its token."""
        self.views[view.token] = view
        return view.token

    def put_visit(self, step: KeepingStep, **changes: object) -> str:
        """Adds a visit to keep a card; its token."""
        view = KeepingView(
            token=KeepingToken(token_of("keep")),
            language=Language.TR,
            seller="Kapalıçarşı Altın",
            until=A_MORNING + timedelta(minutes=30),
            step=step,
        )
        view = replace(view, **changes)  # type: ignore[arg-type]  # a test names its own fields.
        self.visits[view.token] = view
        return view.token

    async def show_payment(self, token: PaymentToken) -> PayView:
        """The payment as it was put."""
        if self.raises_on_show is not None:
            raise self.raises_on_show
        if token not in self.views:
            raise NoSuchPayment
        return self.views[token]

    async def pay_by_card(self, token: PaymentToken, offer: CardOffer) -> PayView:
        """Keeps the offer and goes on to `after_card`."""
        self.offers.append(offer)
        return self._go_on(token, self.after_card)

    async def come_back(self, token: PaymentToken, returned: Mapping[str, str]) -> PayView:
        """Keeps what was brought and goes on to `after_return`."""
        self.returns.append(returned)
        return self._go_on(token, self.after_return)

    async def give_up(self, token: PaymentToken) -> PayView:
        """Fails the payment."""
        return self._go_on(token, Failed(Refused("096", "")))

    async def hear_notice(self, acquirer: str, notice: Notice) -> None:
        """Keeps the notice."""
        self.notices.append((acquirer, notice))
        if self.raises is not None:
            raise self.raises

    async def instalment_plans(self, token: PaymentToken, digits: str) -> Sequence[InstalmentPlan]:
        """The plans that were put for these first six digits."""
        return self.plans.get(digits[:6], [])

    async def show_keeping(self, token: KeepingToken) -> KeepingView:
        """The visit as it was put."""
        if token not in self.visits:
            raise NoSuchKeeping
        return self.visits[token]

    async def keep(self, token: KeepingToken, card: CardInHand, *, ip: str) -> KeepingView:
        """Keeps the card and goes on to `after_keeping`."""
        self.cards.append((card, ip))
        return await self._keep_on(token)

    async def came_back(self, token: KeepingToken, returned: Mapping[str, str]) -> KeepingView:
        """Keeps what was brought and goes on to `after_keeping`."""
        self.returns.append(returned)
        return await self._keep_on(token)

    async def _keep_on(self, token: KeepingToken) -> KeepingView:
        if self.raises is not None:
            raise self.raises
        view = await self.show_keeping(token)
        if self.after_keeping is not None:
            self.visits[token] = replace(view, step=self.after_keeping)
        return self.visits[token]

    def _go_on(self, token: str, step: PayStep | None) -> PayView:
        if self.raises is not None:
            raise self.raises
        if token not in self.views:
            raise NoSuchPayment
        if step is not None:
            self.views[token] = replace(self.views[token], step=step)
        return self.views[token]


def pay_app(desk: FakeDesk, *, clock: Clock | None = None, base_url: str = BASE_URL) -> Traced:
    """An application that has nothing but the payment pages."""

    def address_of(peer: str, forwarded_for: str) -> str:
        trusted = is_within(peer, (ip_network("127.0.0.0/8"),))
        return forwarded_for.rpartition(",")[2].strip() if trusted and forwarded_for else peer

    front = Front(
        desk=desk,
        cards=desk,
        clock=clock or FakeClock(),
        time_zone=ZoneInfo("Europe/Istanbul"),
        base_url=base_url,
        address_of=address_of,
    )
    app = Litestar(
        route_handlers=pay_pages(lambda _house: front), openapi_config=None, logging_config=None
    )
    app.state.house = None
    return Traced(app)


def a_desk_of_all() -> FakeDesk:
    """A desk with a payment in each state, for looking at: `make_live` serves it."""
    desk = FakeDesk(after_card=Paid())
    desk.plans["454360"] = plans_of(lira(2_345_850), (1, 0), (2, 120), (3, 215), (6, 480))
    steps: dict[str, PayStep] = {
        "card": CardWanted(),
        "topay": CardWanted(),
        "refused": CardWanted(Refused("051", "Not sufficient funds")),
        "bank": Challenge(url=f"{BANK}/acs", fields=(("PaReq", "eJxVUt"), ("MD", "7"))),
        "waiting": Waiting(),
        "paid": Paid(),
        "failed": Failed(Refused("059", "Suspected fraud")),
    }
    for name, step in steps.items():
        desk.put(a_view(step, token=token_of(name)))
    long = [
        PayLine(f"Külçe gümüş {grams} g", 1, lira(grams * 4_975)) for grams in (10, 50, 100, 500)
    ]
    total = sum((line.total for line in long), lira(0))
    desk.put(a_view(token=token_of("long"), lines=long, total=total, cost=lira(41_085)))
    visits: dict[str, KeepingStep] = {
        "keep": CardAwaited(),
        "kept": Kept(),
        "notkept": KeepingFailed("050", ""),
    }
    for name, visit in visits.items():
        desk.put_visit(visit, token=token_of(name))
    return desk


def make_live() -> Traced:
    """The pages of `a_desk_of_all`, for a real server."""
    return pay_app(a_desk_of_all(), base_url="http://127.0.0.1")
