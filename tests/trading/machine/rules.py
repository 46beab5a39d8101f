"""The rules: which calls are made, one after the other and several at once.

After each step the database has what the model has. Of calls that are made at once, there is an
order in which the model explains every answer.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import permutations
from typing import Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bezant.delivery.model import ShipmentStatus
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.ledger import following
from bezant.ledger.assets import Asset
from bezant.ledger.model import HoldKind
from bezant.ledger.verifying import verify
from bezant.trading import quoting
from bezant.trading.auditing import audit
from bezant.trading.model import TradeKind
from bezant.vault.reconciling import reconcile
from tests.api.shelf import Shelf
from tests.factories.clock import A_MORNING, FakeClock
from tests.trading.machine.bars import Hoarder, TakeIn, TakeOut
from tests.trading.machine.cash import HoldSome, MoveCash, Release
from tests.trading.machine.comparing import compare
from tests.trading.machine.model import CUSTOMERS, GRAM, Model
from tests.trading.machine.prices import AskFix
from tests.trading.machine.shipping import PARTS, OrderDelivery, TakeOn
from tests.trading.machine.trades import PlaceOrder
from tests.trading.machine.world import BOOKS, Call, World, open_world, set_limits

Result = TypeVar("Result")

MOST_AT_ONCE: Final = 4
DAY_S: Final = 86_400
ANYBODY: Final = (*CUSTOMERS, None)
books = st.sampled_from(BOOKS)
currencies = st.sampled_from((Currency.TRY, Currency.TRY, Currency.USD))
names = st.sampled_from(("one", "two", "three", "four"))
cash = st.sampled_from((1, 2_020, 50_000, 202_000, 404_000, 1_000_000))
gold = st.sampled_from((100, 100_000, 250_000, 500_000, 1_000_000, 2_900_000))
held = st.sampled_from((1, 100_000, 700_000))
silver = st.sampled_from((10_000, 1_000_000, 12_340_000))
seldom = st.integers(0, 20)
"""Each of these numbers is drawn seldom, and something is wrong where some of them are."""
WRONG_BOOK, WRONG_CUSTOMER, WRONG_CURRENCY, WRONG_TOKEN = 6, 9, 12, 15
NOT_OFFERED = 7
ODD: Final = {11: st.none(), 14: st.sampled_from((0, 1, 150, 10_000_000_100))}
statuses = st.sampled_from((ShipmentStatus.SHIPPED, ShipmentStatus.CANCELLED, *ShipmentStatus))
market = st.sampled_from((20_000_000, 19_999_999, 20_123_457, 500_000))


class TradingMachine(RuleBasedStateMachine):
    """Two partners with their customers; the database and a loop are set by the test."""

    db: Database
    runner: asyncio.Runner
    hoarder: Hoarder
    sku: str

    @initialize()
    def open(self) -> None:
        self.clock = FakeClock(A_MORNING)
        self.model = Model()
        self.model.known = {(book, who) for book in BOOKS for who in CUSTOMERS[:-1]}
        self.world: World = self.run(open_world(self.db, self.clock, sku=self.sku))
        self.model.free = self.run(self.hoarder.leave(self.db))
        self.set_market(20_000_000, 500_000)
        for book, who in sorted(self.model.known):
            self.make([MoveCash(book, who, Currency.TRY, 1_500_000, f"first of {who}")])
        for book in BOOKS:
            self.make([AskFix(book, "bob", Currency.TRY, None)])
            *_, token = self.model.fixes
            self.make([PlaceOrder.of_gold(book, "bob", token, units=2 * GRAM)])

    @rule(data=st.data())
    def one_call(self, data: st.DataObject) -> None:
        self.make([self.draw(data)])

    @rule(data=st.data(), count=st.integers(2, MOST_AT_ONCE))
    def several_calls(self, data: st.DataObject, count: int) -> None:
        self.make([self.draw(data) for _ in range(count)])

    @rule(data=st.data(), count=st.integers(2, MOST_AT_ONCE))
    def the_same_call_several_times(self, data: st.DataObject, count: int) -> None:
        self.make([self.draw(data)] * count)

    @rule(book=books, customer=st.sampled_from(CUSTOMERS), data=st.data())
    def fix_and_order(self, book: int, customer: str, data: st.DataObject) -> None:
        self.make([AskFix(book, customer, data.draw(currencies), None)])
        self.make([self.draw_order(data), self.draw_order(data)])

    @rule(in_lira=market, in_dollars=market, passed=st.sampled_from((0, 1, 29)))
    def move_the_market(self, in_lira: int, in_dollars: int, passed: int) -> None:
        self.pass_time(passed)
        self.set_market(in_lira, in_dollars)

    @rule(
        passed=st.sampled_from((1, 31, 120, 240, DAY_S + 241)),
        is_open=st.sampled_from((True, True, True, False)),
    )
    def wait(self, passed: int, *, is_open: bool) -> None:
        self.pass_time(passed)
        if is_open:
            self.model.market_at = self.model.now
            self.run(self.world.set_market(self.model))

    @rule()
    def work(self) -> None:
        """What the worker does meanwhile."""
        now = self.clock.now()
        self.run(following.fold_snapshots(self.db, now=now))
        self.run(following.extend_chains(self.db))
        self.run(following.expire_holds(self.db, now=now))
        while self.run(self.db.write(partial(quoting.forget_fixes, now=now))):
            pass
        self.model.forget()

    @invariant()
    def the_database_has_what_the_model_has(self) -> None:
        if hasattr(self, "world"):
            self.run(compare(self.world, self.model))

    def draw(self, data: st.DataObject) -> Call:
        """One of the calls that there are."""
        return data.draw(st.sampled_from(ASKED))(self, data)

    def draw_fix(self, data: st.DataObject) -> Call:
        customer = data.draw(st.sampled_from(ANYBODY))
        total = data.draw(st.sampled_from((None, None, 1, 100_000)))
        return AskFix(data.draw(books), customer, data.draw(currencies), total)

    def draw_order(self, data: st.DataObject) -> Call:
        tokens = [*self.model.fixes]
        if not tokens:
            return self.draw_fix(data)
        # By its place, as a token is another one each time.
        token = tokens[-1 - data.draw(st.integers(0, 4)) % len(tokens)]
        fix = self.model.fixes[token]
        kind = data.draw(st.sampled_from((TradeKind.BUY, TradeKind.BUY, TradeKind.SELL)))
        wrong = data.draw(seldom)
        customer = fix.customer
        if customer is None or wrong == WRONG_CUSTOMER:
            customer = data.draw(st.sampled_from(ANYBODY))
        said = data.draw(st.sampled_from((fix.currency, None)))
        topup = data.draw(st.sampled_from((0, 0, 1, 250_000, 1_000_000)))
        can_be_topped_up = kind is TradeKind.BUY and customer is not None
        return PlaceOrder(
            book=fix.book if wrong != WRONG_BOOK else 1 - fix.book,
            kind=kind,
            token=token if wrong != WRONG_TOKEN else "0" * 32,
            currency=said if wrong != WRONG_CURRENCY else Currency.EUR,
            external_id=data.draw(st.none() | names),
            customer=customer,
            items=self.draw_items(data, list(fix.prices)),
            topup=topup if can_be_topped_up else 0,
        )

    def draw_items(
        self, data: st.DataObject, offered: list[Asset]
    ) -> tuple[tuple[Asset, int | None], ...]:
        wrong = data.draw(seldom)
        assets = [Asset.GPT] if wrong == NOT_OFFERED else offered
        items = data.draw(st.lists(st.sampled_from(assets), min_size=1, max_size=2, unique=True))
        usual = {Asset.GAG: silver}
        return tuple((asset, data.draw(ODD.get(wrong, usual.get(asset, gold)))) for asset in items)

    def draw_cash(self, data: st.DataObject) -> Call:
        units = data.draw(cash) * data.draw(st.sampled_from((1, 1, -1)))
        customer, name = data.draw(st.sampled_from(CUSTOMERS)), data.draw(names)
        return MoveCash(data.draw(books), customer, data.draw(currencies), units, name)

    def draw_hold(self, data: st.DataObject) -> Call:
        asset = data.draw(st.sampled_from((Asset.TRY, Asset.GAU)))
        who = sorted(who for _, who in self.model.known if who != "new")
        return HoldSome(
            book=data.draw(books),
            who=data.draw(st.sampled_from((*who, "partner"))),
            asset=asset,
            units=data.draw(held),
            kind=data.draw(st.sampled_from(HoldKind)),
            name=data.draw(names),
            seconds=data.draw(st.sampled_from((None, 20, 240))),
        )

    def draw_release(self, data: st.DataObject) -> Call:
        return Release(data.draw(books), data.draw(names))

    def draw_bar(self, data: st.DataObject) -> Call:
        name = data.draw(names)
        return TakeIn(name) if data.draw(st.booleans()) else TakeOut(name)

    def draw_delivery(self, data: st.DataObject) -> Call:
        shipments = list(self.model.shipments.items())
        takes_on = data.draw(st.booleans())
        if shipments and takes_on:
            guid, shipment = shipments[-1 - data.draw(st.integers(0, 3)) % len(shipments)]
            return TakeOn(guid, shipment.book, data.draw(statuses))
        customer, name = data.draw(st.sampled_from(CUSTOMERS)), data.draw(st.none() | names)
        return OrderDelivery(data.draw(books), customer, data.draw(st.integers(1, 2)), name)

    def make(self, calls: list[Call]) -> None:
        """Makes calls at once; the model takes them in an order that explains all answers."""
        told = self.run(self.answers(calls))
        for order in permutations(range(len(calls))):
            after = self.model.copy()
            if all(calls[place].fits(after, told[place]) for place in order):
                self.model = after
                return
        raise AssertionError(f"nothing explains {[*zip(calls, told, strict=True)]}")

    async def answers(self, calls: list[Call]) -> list[object]:
        """What each was answered with, or refused for."""

        async def answer(call: Call) -> object:
            try:
                return await call.do(self.world)
            except BezantError as refused:
                return refused

        return await asyncio.gather(*(answer(call) for call in calls))

    def pass_time(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.model.now = self.clock.now()

    def set_market(self, in_lira: int, in_dollars: int) -> None:
        """Silver costs a fortieth of gold."""
        for currency, units in ((Currency.TRY, in_lira), (Currency.USD, in_dollars)):
            self.model.market[(Metal.GOLD, currency)] = units
            self.model.market[(Metal.SILVER, currency)] = units // 40
        self.model.market_at = self.model.now
        self.run(self.world.set_market(self.model))

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        return self.runner.run(work)


ASKED: Final = (
    TradingMachine.draw_fix,
    TradingMachine.draw_order,
    TradingMachine.draw_order,
    TradingMachine.draw_order,
    TradingMachine.draw_cash,
    TradingMachine.draw_hold,
    TradingMachine.draw_release,
    TradingMachine.draw_bar,
    TradingMachine.draw_delivery,
)
"""What is drawn, and how often beside the others. A verb that comes is added here."""


@contextmanager
def machine_on(url: str) -> Iterator[type[TradingMachine]]:
    """The machine on a database, under the operator's limits; afterwards the books are whole."""
    with asyncio.Runner() as loop:
        found = loop.run(Database.connect(url))

        who = loop.run(Hoarder.open(found, FakeClock()))
        shelf = Shelf(found, FakeClock())
        goods = loop.run(shelf.put(stock=1_000_000, parts=PARTS))
        drifted = loop.run(_drifts(found))

        class OnDatabase(TradingMachine):
            db = found
            runner = loop
            hoarder = who
            sku = goods.sku

        try:
            loop.run(set_limits(found, ends=False, now=A_MORNING))
            yield OnDatabase
            loop.run(_require_whole(found, drifted))
        finally:
            loop.run(shelf.withdraw(goods))
            loop.run(who.give_back(found))
            loop.run(set_limits(found, ends=True, now=A_MORNING))
            loop.run(found.close())


async def _drifts(db: Database) -> Mapping[Metal, int]:
    """By how much counters differ from the ledger, for what other tests posted beside them."""
    found = (await reconcile(db)).reckonings
    return {each.metal: each.counted_ug - each.headroom_ug for each in found}


async def _require_whole(db: Database, drifted: Mapping[Metal, int]) -> None:
    assert not [each for each in await verify(db) if each.breaks]
    assert not {rule: found for rule, found in (await audit(db)).items() if found}
    assert await _drifts(db) == drifted
