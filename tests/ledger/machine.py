"""The ledger as a state machine: whatever is done with it, it has what a plain sum has.

The model is a dictionary of balances and one of holds. After each step the whole book is
compared with them; after each run the ledger verifies itself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bezant.kernel.db import Database
from bezant.ledger import following
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    HOUSE,
    PARTNER,
    SETTLEMENT,
    VAULT,
    Account,
    HoldDiffers,
    HoldKind,
    InsufficientBalance,
    Journal,
    Move,
    NewHold,
    Posted,
    Reference,
    customer,
)
from bezant.ledger.verifying import verify
from tests.factories.cards import a_customer
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, open_book

Result = TypeVar("Result")

ASSETS = (Asset.TRY, Asset.GAU)
places = st.integers(0, 5)
"""Which of the owners; which of two assets, amounts and the rest are drawn as they are."""
assets = st.sampled_from(ASSETS)
units = st.integers(1, 120)
seconds = st.sampled_from((None, 30, 240))


@dataclass(frozen=True)
class Held:
    """A hold as the model has it."""

    account: Account
    units: int
    kind: HoldKind
    expires_at: datetime | None


class LedgerMachine(RuleBasedStateMachine):
    """One book with two customers; a database and a loop to reach it are set by the test."""

    db: Database
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.sums: defaultdict[Account, int] = defaultdict(int)
        self.holds: dict[Reference, Held] = {}
        self.answered: list[tuple[Journal, Posted]] = []

    @initialize()
    def open(self) -> None:
        self.clock = FakeClock()
        self.book: Book = self.run(open_book(self.db, self.clock))
        second = self.run(a_customer(self.db, self.book.partner_id))
        self.owners = (
            self.book.owner,
            customer(second.customer_id),
            PARTNER,
            SETTLEMENT,
            HOUSE,
            VAULT,
        )

    @rule(asset=assets, amount=units, giver=places, taker=places)
    def move(self, asset: Asset, amount: int, giver: int, taker: int) -> None:
        if giver != taker:
            self.post([self.between(asset, amount, giver, taker)])

    @rule(metal=units, cash=units, buyer=st.integers(0, 2))
    def buy(self, metal: int, cash: int, buyer: int) -> None:
        self.post(
            [self.between(Asset.GAU, metal, 4, buyer), self.between(Asset.TRY, cash, buyer, 4)]
        )

    @rule(
        asset=assets,
        amount=units,
        owner=st.integers(0, 2),
        of=st.sampled_from(HoldKind),
        life=seconds,
    )
    def hold(self, asset: Asset, amount: int, owner: int, of: HoldKind, life: int | None) -> None:
        blank = self.book.held(Amount(1, asset), seconds=life)
        new = NewHold(
            self.owners[owner], Amount(amount, asset), of, blank.reference, blank.expires_at
        )
        fits = amount <= self.available(new.account)

        outcome = self.attempt(self.book.hold(new))

        if isinstance(outcome, InsufficientBalance):
            assert not fits
            assert outcome.available.units == self.available(new.account)
            return
        assert fits
        self.holds[new.reference] = Held(new.account, amount, of, new.expires_at)

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(list(self.holds)))
        self.run(self.book.release(reference))
        del self.holds[reference]

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), amount=units)
    def use_up(self, data: st.DataObject, amount: int) -> None:
        reference = data.draw(st.sampled_from(list(self.holds)))
        held = self.holds[reference]
        move = Move(Amount(amount, held.account.asset), held.account.owner, VAULT)
        self.post([move], consumes=reference)

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def hold_again(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(list(self.holds)))
        held = self.holds[reference]
        amount = Amount(held.units, held.account.asset)
        try:
            self.run(self.book.hold(NewHold(held.account.owner, amount, held.kind, reference)))
        except HoldDiffers:
            assert not self.is_live(held)
        else:
            assert self.is_live(held)

    @precondition(lambda self: self.answered)
    @rule(data=st.data())
    def post_again(self, data: st.DataObject) -> None:
        journal, posted = data.draw(st.sampled_from(self.answered))
        assert self.run(self.book.post(journal)) == posted

    @rule(passed=st.sampled_from((10, 60, 300)), cleans=st.booleans())
    def wait(self, passed: int, *, cleans: bool) -> None:
        self.clock.advance(seconds=passed)
        if cleans:
            self.run(following.expire_holds(self.db, now=self.clock.now()))

    @rule()
    def fold(self) -> None:
        self.run(following.fold_snapshots(self.db, now=self.clock.now()))

    @rule()
    def chain(self) -> None:
        self.run(following.extend_chains(self.db))

    @invariant()
    def the_book_has_what_the_model_has(self) -> None:
        if not hasattr(self, "owners"):
            return
        totals = dict.fromkeys(ASSETS, 0)
        for owner in self.owners:
            found = self.run(self.book.balances(owner))
            for asset in ASSETS:
                account = Account(owner, asset)
                balance = found.get(asset)
                has = (0, 0, 0)
                if balance is not None:
                    has = (balance.units, balance.blocked_units, balance.soft_blocked_units)
                assert has == (
                    self.sums[account],
                    self.held(account, HoldKind.BLOCKED),
                    self.held(account, HoldKind.SOFT_BLOCKED),
                )
                assert not owner.has_floor or has[0] - has[1] - has[2] >= 0
                totals[asset] += has[0]
        assert set(totals.values()) == {0}

    def teardown(self) -> None:
        broken = [each for each in self.run(verify(self.db)) if each.breaks]
        assert not broken

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        return self.runner.run(work)

    def attempt(self, work: Coroutine[object, object, Result]) -> Result | InsufficientBalance:
        try:
            return self.run(work)
        except InsufficientBalance as refused:
            return refused

    def between(self, asset: Asset, amount: int, source: int, target: int) -> Move:
        return Move(Amount(amount, asset), self.owners[source], self.owners[target])

    def post(self, moves: list[Move], *, consumes: Reference | None = None) -> None:
        journal = self.book.journal(*moves, consumes=(consumes,) if consumes else ())
        freed = self.holds.pop(consumes) if consumes else None
        fits = all(
            not line.account.owner.has_floor
            or line.units > 0
            or self.available(line.account) + line.units >= 0
            for line in journal.lines()
        )
        posted = self.attempt(self.book.post(journal))

        if isinstance(posted, InsufficientBalance):
            assert not fits
            assert posted.available.units == self.available(posted.account)
            if consumes and freed:
                self.holds[consumes] = freed
            return
        assert fits
        for line in journal.lines():
            self.sums[line.account] += line.units
        assert dict(posted.balances) == {
            line.account: Amount(self.sums[line.account], line.account.asset)
            for line in journal.lines()
            if line.account.owner.has_floor
        }
        self.answered.append((journal, posted))

    def available(self, account: Account) -> int:
        held = sum(self.held(account, kind) for kind in HoldKind)
        return self.sums[account] - held

    def held(self, account: Account, kind: HoldKind) -> int:
        return sum(
            each.units
            for each in self.holds.values()
            if each.account == account and each.kind is kind and self.is_live(each)
        )

    def is_live(self, held: Held) -> bool:
        return held.expires_at is None or held.expires_at > self.clock.now()


def machine_on(url: str, runner: asyncio.Runner) -> type[LedgerMachine]:
    """The machine on a database, driven by a loop of its own."""
    found = runner.run(Database.connect(url))

    class OnDatabase(LedgerMachine):
        db = found

    OnDatabase.runner = runner
    return OnDatabase
