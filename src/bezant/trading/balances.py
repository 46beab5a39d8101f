"""What partners and their customers own, what it is worth, and what they won by it.

Invariants: prices and profits are told beside a balance and never change it, so a market that is
closed leaves them out and no balance; the partner moves a customer's cash against its settlement,
by one journal for each of its own names.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from bezant.customers.model import Customer
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import at_once
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    PARTNER,
    SETTLEMENT,
    Account,
    Balance,
    Journal,
    JournalKind,
    Move,
    Owner,
    Posted,
    Reference,
    ReferenceKind,
)
from bezant.ledger.model import customer as owned_by
from bezant.pricing.model import PriceStale, PricingTerms, TradingHalted
from bezant.trading import quoting
from bezant.trading.model import AssetPrice, NotTraded, TradeKind
from bezant.trading.position import DayTraded, Movement, Position, TradedWanted, position_of
from bezant.trading.queries import balances as queries
from bezant.webhooks.model import EventType, NewEvent, Stream
from bezant.webhooks.service import events as webhooks

DAYS_OF_A_WEEK: Final = 7


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """An account with what it is worth, and what trading it has brought, in one currency.

    `price` is what its metal is bought and sold for now, None for cash and where the market is
    closed. `position` is None where it is of more movements than one answer is made of.
    """

    balance: Balance
    position: Position | None
    price: AssetPrice | None
    currency: Currency

    @property
    def asset(self) -> Asset:
        """What is held."""
        return self.balance.account.asset

    @property
    def value(self) -> Money | None:
        """What all of it would bring now; None where that is not known."""
        return worth(self.balance.balance, self.price, self.currency)

    @property
    def unrealised(self) -> Money | None:
        """What selling all of it now would win; None where that is not known."""
        if self.asset.is_cash:
            return Money.zero(self.currency)
        if self.position is None:
            return None
        value = worth(Amount(self.position.held, self.asset), self.price, self.currency)
        if value is None:
            return None
        return Money(self.position.unrealised_minor(value.minor), self.currency)


class Closing(msgspec.Struct, frozen=True):
    """What an account had at the end of a day, and what that would bring at today's price."""

    day: date
    balance: Amount
    value: Money | None


class CashUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Cash that the partner adds to a customer's, or takes from it with a minus."""

    partner_id: PartnerId
    customer: Customer
    amount: Money
    external_id: str
    description: str


class CashNews(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of `balance.changed` where no order changed it."""

    customer_external_id: str | None
    guid: None
    external_id: str
    changes: list["CashChange"]


class CashChange(msgspec.Struct, frozen=True, kw_only=True):
    """So much more cash of a currency, or less."""

    sku: str
    amount: Decimal


async def holdings_of_customer(
    connection: Connection, customer: Customer, *, terms: PricingTerms, now: datetime
) -> list[Holding]:
    """A customer's accounts, the oldest first; the one of the partner's currency is always there.

    Profits are of the trades in that currency.
    """
    owner = owned_by(customer.customer_id)
    found = await ledger.balances_of(connection, terms.partner_id, owner, now=now)
    return await _holdings(connection, _with_cash(found, owner, terms.currency), owner, terms, now)


async def wallets_of(
    connection: Connection, customer: Customer, *, now: datetime
) -> list[tuple[int, Balance]]:
    """A customer's accounts with their numbers, the oldest first."""
    owner = owned_by(customer.customer_id)
    found = await ledger.balances_of(connection, customer.partner_id, owner, now=now)
    if not found:
        return []
    ids = await queries.select_account_ids(connection, customer.partner_id, owner)
    return [(ids[each.account.asset], each) for each in found]


async def holdings_of_partner(
    connection: Connection, *, terms: PricingTerms, now: datetime
) -> list[Holding]:
    """The partner's own accounts and those of its settlement, where a minus is what it owes."""
    found = await ledger.balances_of_partner(connection, terms.partner_id, now=now)
    balances = _with_cash(found, SETTLEMENT, terms.currency)
    return await _holdings(connection, balances, PARTNER, terms, now)


async def move_cash(tx: Tx, update: CashUpdate, *, now: datetime) -> Posted:
    """Moves cash between the partner's settlement and its customer's account, and tells of it.

    The customer is held by the caller. The same name again is answered as it was. Raises
    `InsufficientBalance` and `JournalDiffers`.
    """
    owner = owned_by(update.customer.customer_id)
    amount = Amount.of_money(update.amount)
    credit = amount.units > 0
    move = Move(amount, SETTLEMENT, owner) if credit else Move(-amount, owner, SETTLEMENT)
    journal = Journal(
        partner_id=update.partner_id,
        kind=JournalKind.CASH_UPDATE,
        reference=Reference(ReferenceKind.CASH_UPDATE, update.external_id),
        moves=[move],
        description=update.description,
    )
    posted = await ledger.post(tx, journal, now=now)
    # One that was posted before was told of then.
    if posted.posted_at == now:
        await at_once(tx, webhooks.news(update.partner_id, [_news(update)], now=now))
    return posted


async def traded(connection: Connection, wanted: TradedWanted) -> Sequence[DayTraded]:
    """What was traded, by day and asset, in the order of both."""
    return await queries.select_traded(connection, wanted)


async def week_of(
    connection: Connection, customer: Customer, *, terms: PricingTerms, now: datetime
) -> dict[Asset, list[Closing]]:
    """What each account of a customer had at the ends of the last seven days, of which today is
    the last and ends now.
    """
    days = _days_until(now.astimezone(terms.time_zone).date())
    ends = [
        datetime.combine(day + timedelta(days=1), time(), tzinfo=terms.time_zone) for day in days
    ]
    owner = owned_by(customer.customer_id)
    found = await queries.select_closings(connection, terms.partner_id, owner, ends)
    cash = Asset[terms.currency]
    found.setdefault(cash, [Amount(0, cash)] * DAYS_OF_A_WEEK)
    prices = await _prices(connection, found, terms, now)
    return {
        asset: [
            Closing(day, amount, worth(amount, prices.get(asset), terms.currency))
            for day, amount in zip(days, amounts, strict=True)
        ]
        for asset, amounts in found.items()
    }


def worth(amount: Amount, price: AssetPrice | None, currency: Currency) -> Money | None:
    """What so much would bring in a currency; None where that is not known."""
    if amount.asset.is_cash:
        return amount.money if amount.asset.sku == currency else None
    return None if price is None else price.line(amount, TradeKind.SELL)


async def _holdings(
    connection: Connection,
    balances: Sequence[Balance],
    trader: Owner,
    terms: PricingTerms,
    now: datetime,
) -> list[Holding]:
    assets = [each.account.asset for each in balances]
    prices = await _prices(connection, assets, terms, now)
    movements: Mapping[Asset, Sequence[Movement]] | None = {}
    if any(not asset.is_cash for asset in assets):
        movements = await queries.select_movements(
            connection, terms.partner_id, trader, currency=terms.currency
        )
    return [
        Holding(
            balance=each,
            position=_position(each.account.asset, movements),
            price=prices.get(each.account.asset),
            currency=terms.currency,
        )
        for each in balances
    ]


def _position(
    asset: Asset, movements: Mapping[Asset, Sequence[Movement]] | None
) -> Position | None:
    if asset.is_cash:
        return Position()
    return None if movements is None else position_of(movements.get(asset, ()))


def _with_cash(found: Sequence[Balance], owner: Owner, currency: Currency) -> list[Balance]:
    account = Account(owner, Asset[currency])
    if any(each.account == account for each in found):
        return list(found)
    return [Balance(account, 0), *found]


async def _prices(
    connection: Connection,
    assets: Sequence[Asset] | Mapping[Asset, object],
    terms: PricingTerms,
    now: datetime,
) -> dict[Asset, AssetPrice]:
    """What the metals among these cost now; none where nothing is quoted."""
    if all(asset.is_cash for asset in assets):
        return {}
    try:
        quoted = await quoting.prices(connection, terms=terms, now=now)
    except (NotTraded, PriceStale, TradingHalted):
        return {}
    return {price.asset: price for price in quoted}


def _days_until(last: date) -> list[date]:
    return [last - timedelta(days=ago) for ago in reversed(range(DAYS_OF_A_WEEK))]


def _news(update: CashUpdate) -> NewEvent:
    amount = Amount.of_money(update.amount)
    told = CashNews(
        customer_external_id=update.customer.external_id,
        guid=None,
        external_id=update.external_id,
        changes=[CashChange(sku=amount.asset.sku, amount=amount.decimal)],
    )
    stream = Stream(f"balance:{update.customer.customer_id}")
    return NewEvent(EventType.BALANCE_CHANGED, stream, told)
