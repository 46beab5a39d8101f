"""What the partner does to a customer's accounts: cash added or taken, and parts of them held."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bezant.customers import service as customers
from bezant.customers.model import NoSuchCustomer
from bezant.kernel.db import Tx
from bezant.kernel.money import Currency, Money
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    Account as LedgerAccount,
)
from bezant.ledger.model import (
    HoldDiffers,
    HoldKind,
    InsufficientBalance,
    JournalDiffers,
    NewHold,
    Posted,
    Reference,
    ReferenceKind,
)
from bezant.trading import balances
from bezant.trading.balances import CashUpdate
from tests.trading.machine.model import Account, Done, Held, Model, moves
from tests.trading.machine.world import World


@dataclass(frozen=True)
class MoveCash:
    """Adds to a customer's cash, or takes from it with a minus."""

    book: int
    customer: str
    currency: Currency
    units: int
    external_id: str

    async def do(self, world: World) -> Posted:
        """Moves it, as the door does."""
        partner_id, now = world.partners[self.book], world.clock.now()

        async def work(tx: Tx) -> Posted:
            update = CashUpdate(
                partner_id=partner_id,
                customer=await customers.refer_to_customer(tx, partner_id, self.customer),
                amount=Money(self.units, self.currency),
                external_id=self.external_id,
                description="",
            )
            return await balances.move_cash(tx, update, now=now)

        return await world.db.write(work)

    def fits(self, model: Model, told: object) -> bool:
        """Done once under a name, against the settlement."""
        if (self.book, self.customer) not in model.known:
            return isinstance(told, NoSuchCustomer)
        before = model.updates.get((self.book, self.external_id))
        if before is not None:
            if before.asked == self:
                return told == before.answer
            return isinstance(told, JournalDiffers)
        asset = Asset[self.currency]
        account: Account = (self.book, self.customer, asset)
        moved = moves(((self.book, "settlement", asset), account, self.units))
        short = model.short(moved)
        if short:
            return isinstance(told, InsufficientBalance) and told.available.units == short[account]
        if not isinstance(told, Posted) or told.posted_at != model.now:
            return False
        model.move(moved)
        model.updates[(self.book, self.external_id)] = Done(self, told)
        return [amount for _, amount in told.balances] == [Amount(model.sum(account), asset)]


@dataclass(frozen=True)
class HoldSome:
    """Holds a part of an account, as a delivery or a fix would."""

    book: int
    who: str
    asset: Asset
    units: int
    kind: HoldKind
    name: str
    seconds: int | None

    async def do(self, world: World) -> LedgerAccount:
        """Holds it; whose account that is."""
        now = world.clock.now()
        owner = await world.owner(self.book, self.who)
        expires_at = None if self.seconds is None else now + timedelta(seconds=self.seconds)
        reference = Reference(ReferenceKind.OPERATION, self.name)
        new = NewHold(owner, Amount(self.units, self.asset), self.kind, reference, expires_at)
        partner_id = world.partners[self.book]
        await world.db.write(lambda tx: ledger.hold(tx, partner_id, new, now=now))
        return new.account

    def fits(self, model: Model, told: object) -> bool:
        """Held if so much can be spent, once under a name."""
        account: Account = (self.book, self.who, self.asset)
        name = (self.book, f"{self.name} {self.who} {self.asset.sku}")
        before = model.held.get(name)
        if before is not None:
            same = (before.units, before.kind) == (self.units, self.kind)
            stands = same and model.is_live(before)
            return isinstance(told, LedgerAccount if stands else HoldDiffers)
        if model.available(account) < self.units:
            return isinstance(
                told, InsufficientBalance
            ) and told.available.units == model.available(account)
        model.held[name] = Held(account, self.units, self.kind, self._over(model.now))
        return isinstance(told, LedgerAccount)

    def _over(self, now: datetime) -> datetime | None:
        return None if self.seconds is None else now + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Release:
    """Gives back all that is held under a name."""

    book: int
    name: str

    async def do(self, world: World) -> int:
        """Gives it back; how many holds they were."""
        partner_id, now = world.partners[self.book], world.clock.now()
        reference = Reference(ReferenceKind.OPERATION, self.name)
        return await world.db.write(
            lambda tx: ledger.release_hold(tx, partner_id, reference, now=now)
        )

    def fits(self, model: Model, told: object) -> bool:
        """As many as were held under it."""
        live = {
            key: held
            for key, held in model.held.items()
            if key[0] == self.book and key[1].split()[0] == self.name and model.is_live(held)
        }
        for key, held in live.items():
            model.held[key] = replace(held, is_ended=True)
        # One whose time is over and that nobody has ended yet is given back as well.
        return isinstance(told, int) and told >= len(live)
