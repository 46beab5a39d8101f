"""Purchases and sales: by a customer or by the partner itself, with a fix and a name or without."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from bezant.customers.kyc.model import KycLimitExceeded
from bezant.customers.model import NoSuchCustomer
from bezant.kernel.db import change_on
from bezant.kernel.errors import BezantError, Invalid
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import InsufficientBalance
from bezant.orders.model import ExternalIdUsed
from bezant.pricing.model import PriceStale
from bezant.trading import ordering
from bezant.trading.model import (
    DigitalOrder,
    NoSuchPriceFix,
    NotInPriceFix,
    PriceFixExpired,
    PriceFixUsed,
    Trade,
    TradeKind,
    Wish,
)
from bezant.vault.model import SalesFrozen
from tests.trading.machine.model import (
    GRAM,
    LIMITED,
    MOST_A_DAY,
    MOST_AN_ORDER,
    MOST_GOLD,
    Account,
    Done,
    Model,
    Promise,
    moves,
    rounded,
)
from tests.trading.machine.world import World, mac, newcomer

MOST_UNITS: Final = 10_000 * GRAM
Line: TypeAlias = tuple[Asset, int, int]
"""An asset, its amount, and what that comes to."""


@dataclass(frozen=True)
class PlaceOrder:
    """Buys or sells. Without a customer, the partner does."""

    book: int
    kind: TradeKind
    token: str
    currency: Currency | None
    external_id: str | None
    customer: str | None
    items: tuple[tuple[Asset, int | None], ...]
    topup: int

    @classmethod
    def of_gold(cls, book: int, customer: str, token: str, *, units: int) -> "PlaceOrder":
        """A plain purchase, paid with the cash that is there."""
        items = ((Asset.GAU, units),)
        return cls(book, TradeKind.BUY, token, None, None, customer, items, 0)

    async def do(self, world: World) -> DigitalOrder:
        """Places it, as the door does."""
        terms = world.terms(self.book, self.currency or Currency.TRY)
        wanted = self._wanted(world)
        now = world.clock.now()
        async with world.db.reading() as connection:
            return await change_on(
                connection,
                lambda on: ordering.place(on, wanted, terms=terms, now=now),
            )

    def fits(self, model: Model, told: object) -> bool:
        """Refused for the first thing that is wrong with it, or done, or done before."""
        before = model.named.get((self.book, self.external_id or ""))
        if before is not None:
            if before.asked == self:
                return told == before.answer
            return isinstance(told, ExternalIdUsed)
        refusal = self._refused(model)
        if refusal is not None:
            return isinstance(told, refusal)
        fix = model.fixes[self.token]
        lines = self._lines(fix)
        total = sum(cash for _, _, cash in lines)
        moved = self._moves(lines, fix.currency, total)
        short = model.short(moved)
        if short:
            return isinstance(told, InsufficientBalance) and told.available.units in {
                has for account, has in short.items() if account[2] is told.account.asset
            }
        weights = self._weights(lines)
        if any(0 < units > model.free[metal] for metal, units in weights.items()):
            return isinstance(told, SalesFrozen)
        if not isinstance(told, DigitalOrder) or told.guid in model.guids:
            return False
        if [(line.asset, line.amount.units, line.line.minor) for line in told.lines] != lines:
            return False
        for metal, units in weights.items():
            model.free[metal] -= units
        self._enter(model, told, moved, total)
        return told.total == Money(total, fix.currency)

    def _wanted(self, world: World) -> Trade:
        buys = self.kind is TradeKind.BUY
        topup = Money(self.topup, self.currency or Currency.TRY) if self.topup else None
        return Trade(
            partner_id=world.partners[self.book],
            kind=self.kind,
            token=self.token,
            currency=self.currency,
            external_id=self.external_id,
            customer=self.customer,
            newcomer=newcomer(self.customer) if self.customer and buys else None,
            wishes=[
                Wish(asset, None if units is None else Amount(units, asset))
                for asset, units in self.items
            ],
            topup=topup,
            channel="machine",
            asked_mac=mac(self),
        )

    def _refused(self, model: Model) -> type[BezantError] | None:
        """What is wrong with it before anybody's balance is looked at."""
        fix = model.fixes.get(self.token)
        if fix is None or fix.book != self.book or fix.customer not in (None, self.customer):
            return NoSuchPriceFix
        if self.token in model.used:
            return PriceFixUsed
        if model.now >= fix.expires_at:
            return PriceFixExpired
        if self.currency not in (None, fix.currency):
            return Invalid
        if any(asset not in fix.prices for asset, _ in self.items):
            return NotInPriceFix
        if any(not self._can_be_ordered(fix, *item) for item in self.items):
            return Invalid
        if not model.is_open:
            return PriceStale
        if self.customer is None:
            return None
        if (self.book, self.customer) not in model.known and self.kind is TradeKind.SELL:
            return NoSuchCustomer
        return KycLimitExceeded if self._is_over_a_limit(model, fix) else None

    def _can_be_ordered(self, fix: Promise, asset: Asset, units: int | None) -> bool:
        units = self._units(fix, asset, units)
        step = asset.facts.step
        if units is None or not step <= units <= MOST_UNITS or units % step:
            return False
        return self._cash(fix, asset, units) > 0

    def _units(self, fix: Promise, asset: Asset, units: int | None) -> int | None:
        if units is None and self.kind is TradeKind.BUY:
            return fix.prices[asset].for_total
        return units

    def _cash(self, fix: Promise, asset: Asset, units: int) -> int:
        price = fix.prices[asset]
        return rounded(units * (price.buy if self.kind is TradeKind.BUY else price.sell), GRAM)

    def _lines(self, fix: Promise) -> list[Line]:
        lines: list[Line] = []
        for asset, units in self.items:
            amount = self._units(fix, asset, units) or 0
            lines.append((asset, amount, self._cash(fix, asset, amount)))
        return lines

    def _weights(self, lines: list[Line]) -> dict[Metal, int]:
        """What the house gives of each metal; it gets something with a minus."""
        sign = 1 if self.kind is TradeKind.BUY else -1
        weights: defaultdict[Metal, int] = defaultdict(int)
        for asset, units, _ in lines:
            weights[asset.metal] += sign * units
        return dict(weights)

    def _is_over_a_limit(self, model: Model, fix: Promise) -> bool:
        if self.customer not in LIMITED:
            return False
        lines, currency = self._lines(fix), fix.currency
        total = sum(cash for _, _, cash in lines)
        before = model.turned_over(self.book, LIMITED, currency)
        if currency in MOST_A_DAY and before + total > MOST_A_DAY[currency]:
            return True
        if currency in MOST_AN_ORDER and total > MOST_AN_ORDER[currency]:
            return True
        gold = [units for asset, units, _ in lines if asset.metal == "gold"]
        if self.kind is TradeKind.SELL or not gold:
            return False
        has = sum(
            model.sum((self.book, who, asset))
            for who in LIMITED
            for asset in (Asset.GAU, Asset.BGAU)
        )
        return has + sum(gold) > MOST_GOLD

    def _moves(self, lines: list[Line], currency: Currency, total: int) -> Mapping[Account, int]:
        cash = Asset[currency]

        def account(who: str, asset: Asset) -> Account:
            return (self.book, who, asset)

        def given(giver: str, taker: str, asset: Asset, units: int) -> tuple[Account, Account, int]:
            return account(giver, asset), account(taker, asset), units

        who, payer = self.customer or "partner", self.customer or "settlement"
        changes = [given("settlement", payer, cash, self.topup)] if self.topup else []
        if self.kind is TradeKind.BUY:
            changes += [given("house", who, asset, units) for asset, units, _ in lines]
            changes.append(given(payer, "house", cash, total))
        else:
            changes += [given(who, "house", asset, units) for asset, units, _ in lines]
            changes.append(given("house", payer, cash, total))
        return moves(*changes)

    def _enter(
        self, model: Model, told: DigitalOrder, moved: Mapping[Account, int], total: int
    ) -> None:
        model.move(moved)
        model.used.add(self.token)
        model.guids.add(told.guid)
        if self.external_id is not None:
            model.named[(self.book, self.external_id)] = Done(self, told)
        if self.customer is not None:
            model.known.add((self.book, self.customer))
            model.count(self.book, self.customer, told.currency, total)
