"""Balances on the wire: what is owned, what it is worth, and what trading it has brought."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from bezant.kernel.errors import Invalid
from bezant.kernel.money import MINOR_UNITS_PLACES, Currency, Money, exact_decimal
from bezant.ledger.assets import CASH, METALS, Amount, Asset
from bezant.ledger.model import Balance, OwnerKind, Period, Posted
from bezant.trading.balances import CashUpdate, Closing, Holding
from bezant.trading.position import DayTraded
from bezant.web.partner.wire.baskets import FirstDay, LastDay, days_between
from bezant.web.partner.wire.pricefix import DigitalSku
from bezant.web.partner.wire.values import (
    PRICE_PLACES,
    CustomerRef,
    MoneyNumber,
    SpotNumber,
    iso_local,
    minor,
    money,
)

MOST_DAYS: Final = 366
DAYS_UNLESS_SAID: Final = 30
MOST_CASH: Final = Decimal(1_000_000_000)
CENT: Final = Decimal(1).scaleb(-MINOR_UNITS_PLACES)
SETTLEMENT_NAME: Final = "Settlement"

AmountNumber = Annotated[
    Decimal, Meta(description="Grams of a metal, or cash of a currency.", examples=[12.5])
]


class CustomerBalancePath(Struct, frozen=True):
    """Whose balances, in a path."""

    customer_external_id: CustomerRef


class BalanceStats(Struct, frozen=True, kw_only=True):
    """What trading has brought, in the partner's currency, by the moving-average method.

    `bought` and `sold` are grams. `average_cost` is of a gram of what is held, null where
    nothing is; `invested` is the cost of all of that. `unrealised_profit` is what selling it
    now would win, null where nothing is quoted. All are null for more than 20 000 movements.
    """

    bought: AmountNumber | None
    sold: AmountNumber | None
    average_cost: SpotNumber | None
    invested: MoneyNumber | None
    realised_profit: MoneyNumber | None
    unrealised_profit: MoneyNumber | None


class BalancePrices(Struct, frozen=True, kw_only=True):
    """What a unit costs and brings now, and what the balance would bring; null if not quoted."""

    currency_code: str
    buy_price: MoneyNumber | None
    sell_price: MoneyNumber | None
    value: MoneyNumber | None


class WireBalance(Struct, frozen=True, kw_only=True):
    """An account. `real_balance` is what may be spent of it.

    The partner's own accounts are of no customer. Of its settlement, a minus is what it owes.
    """

    customer_external_id: str | None
    name: str
    currency_id: int
    currency_symbol: str
    currency_code: str
    is_cash: bool
    balance: AmountNumber
    blocked: AmountNumber
    real_balance: AmountNumber
    soft_blocked_amount: AmountNumber
    stats: BalanceStats
    prices: BalancePrices


class CashUpdateSent(Struct, frozen=True, kw_only=True):
    """By how much a customer's cash changes: more, or less with a minus."""

    amount: Annotated[
        Decimal, Meta(description="At most two decimals, not zero.", examples=[250.5])
    ]
    external_id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=110,
            description="The partner's own id of this change; it is made once.",
            examples=["TOPUP-2024-000123"],
        ),
    ]
    currency_code: Currency | None = None
    description: Annotated[str, Meta(max_length=200)] | None = None


class CashUpdated(Struct, frozen=True, kw_only=True):
    """A change that was made; `balance` is that right after it."""

    external_id: str
    customer_external_id: str
    currency_code: str
    amount: MoneyNumber
    balance: MoneyNumber
    description: str
    updated_at: str


class StatsRequest(Struct, frozen=True, kw_only=True):
    """Which trades: of which days, both included, at most 366; else of the last 30."""

    start_date: FirstDay | None = field(default=None, name="startDate")
    end_date: LastDay | None = field(default=None, name="endDate")
    sku: DigitalSku | None = None
    customer_external_id: CustomerRef | None = None


class DayStats(Struct, frozen=True, kw_only=True):
    """What was traded of an asset on a day: grams, and cash."""

    day: str
    sku: str
    buy_count: int
    sell_count: int
    bought: AmountNumber
    sold: AmountNumber
    net: AmountNumber
    bought_total: MoneyNumber
    sold_total: MoneyNumber
    turnover: MoneyNumber


class StatsTotals(Struct, frozen=True, kw_only=True):
    """What was traded of an asset on all days."""

    sku: str
    buy_count: int
    sell_count: int
    bought: AmountNumber
    sold: AmountNumber
    net: AmountNumber
    bought_total: MoneyNumber
    sold_total: MoneyNumber
    turnover: MoneyNumber


class TradeStats(Struct, frozen=True, kw_only=True):
    """What was traded between two days, in the partner's currency. A day without a trade of an
    asset is left out.
    """

    start_date: str
    end_date: str
    currency_code: str
    turnover: MoneyNumber
    totals: list[StatsTotals]
    days: list[DayStats]


class DayClosing(Struct, frozen=True, kw_only=True):
    """A balance at the end of a day, and what it would bring at the price of this moment."""

    day: str
    balance: AmountNumber
    value: MoneyNumber | None


class AccountWeek(Struct, frozen=True, kw_only=True):
    """An account at the ends of seven days, of which today is the last and ends now."""

    customer_external_id: str
    currency_id: int
    currency_code: str
    is_cash: bool
    value_currency_code: str
    days: list[DayClosing]


def wire_balance(holding: Holding, customer: str | None) -> WireBalance:
    """An account as it is answered."""
    balance, asset = holding.balance, holding.asset
    return WireBalance(
        customer_external_id=customer,
        name=_name(balance),
        currency_id=asset.facts.currency_id,
        currency_symbol=asset.facts.symbol,
        currency_code=asset.sku,
        is_cash=asset.is_cash,
        balance=balance.balance.decimal,
        blocked=balance.blocked.decimal,
        real_balance=balance.available.decimal,
        soft_blocked_amount=balance.soft_blocked.decimal,
        stats=_stats(holding),
        prices=_prices(holding),
    )


def read_cash(sent: CashUpdateSent, *, currency: Currency) -> Money:
    """The change that was sent, in the partner's currency if none is named. Raises `Invalid`."""
    amount = sent.amount
    # A number in JSON may have an exponent that no arithmetic should be tried on.
    if not -MOST_CASH <= amount <= MOST_CASH or amount != amount.quantize(CENT) or not amount:
        raise Invalid.field("amount", "balance.amount")
    return Money(int(amount.scaleb(MINOR_UNITS_PLACES)), sent.currency_code or currency)


def cash_updated(update: CashUpdate, posted: Posted, zone: tzinfo) -> CashUpdated:
    """A change of cash as it is answered, however often it was asked for."""
    currency = Asset[update.amount.currency]
    after = {account.asset: amount for account, amount in posted.balances}[currency]
    return CashUpdated(
        external_id=update.external_id,
        customer_external_id=update.customer.external_id,
        currency_code=currency.sku,
        amount=money(update.amount),
        balance=after.decimal,
        description=update.description,
        updated_at=iso_local(posted.posted_at, zone),
    )


def read_days(sent: StatsRequest, *, now: datetime, zone: tzinfo) -> tuple[date, date, Period]:
    """The first and the last day, and the time between. Raises `Invalid`."""
    first, last = sent.start_date, sent.end_date
    if first is None and last is None:
        last = now.astimezone(zone).date()
        first = last - timedelta(days=DAYS_UNLESS_SAID - 1)
    days = days_between(first, last, zone)
    assert first is not None
    assert last is not None
    assert days is not None
    if (last - first).days >= MOST_DAYS:
        raise Invalid.field("endDate", "balance.too_many_days", max=MOST_DAYS)
    return first, last, Period(days.begin, days.end)


def trade_stats(
    found: Sequence[DayTraded], first: date, last: date, *, currency: Currency
) -> TradeStats:
    """What was traded, as it is answered."""
    by_asset: dict[Asset, list[DayTraded]] = {}
    for each in found:
        by_asset.setdefault(each.asset, []).append(each)
    return TradeStats(
        start_date=first.isoformat(),
        end_date=last.isoformat(),
        currency_code=currency,
        turnover=minor(sum(each.turnover for each in found)),
        totals=[_totals(asset, by_asset[asset]) for asset in METALS if asset in by_asset],
        days=[_day(each) for each in found],
    )


def account_weeks(
    found: Mapping[Asset, Sequence[Closing]], customer: str, *, currency: Currency
) -> list[AccountWeek]:
    """Each account at the ends of seven days, cash first, as it is answered."""
    return [
        AccountWeek(
            customer_external_id=customer,
            currency_id=asset.facts.currency_id,
            currency_code=asset.sku,
            is_cash=asset.is_cash,
            value_currency_code=currency,
            days=[
                DayClosing(
                    day=each.day.isoformat(),
                    balance=each.balance.decimal,
                    value=_money(each.value),
                )
                for each in found[asset]
            ],
        )
        for asset in (*CASH, *METALS)
        if asset in found
    ]


def _name(balance: Balance) -> str:
    name = balance.account.asset.facts.name
    if balance.account.owner.kind is OwnerKind.SETTLEMENT:
        return f"{SETTLEMENT_NAME} ({name})"
    return name


def _stats(holding: Holding) -> BalanceStats:
    position, asset = holding.position, holding.asset
    if position is None:
        return _NO_STATS
    cost = position.average_cost_units
    return BalanceStats(
        bought=Amount(position.bought, asset).decimal,
        sold=Amount(position.sold, asset).decimal,
        average_cost=None if cost is None else exact_decimal(cost, places=PRICE_PLACES),
        invested=minor(position.invested_minor),
        realised_profit=minor(position.realised_minor),
        unrealised_profit=_money(holding.unrealised),
    )


_NO_STATS: Final = BalanceStats(
    bought=None,
    sold=None,
    average_cost=None,
    invested=None,
    realised_profit=None,
    unrealised_profit=None,
)


def _prices(holding: Holding) -> BalancePrices:
    price = holding.price
    if holding.asset.is_cash:
        own = Decimal(1) if holding.asset.sku == holding.currency else None
        buy, sell = own, own
    else:
        buy = sell = None
        if price is not None:
            buy, sell = money(price.buy), money(price.sell)
    return BalancePrices(
        currency_code=holding.currency,
        buy_price=buy,
        sell_price=sell,
        value=_money(holding.value),
    )


def _money(amount: Money | None) -> Decimal | None:
    return None if amount is None else money(amount)


def _day(each: DayTraded) -> DayStats:
    return DayStats(
        day=each.day.isoformat(),
        sku=each.asset.sku,
        buy_count=each.buys,
        sell_count=each.sells,
        bought=Amount(each.bought, each.asset).decimal,
        sold=Amount(each.sold, each.asset).decimal,
        net=each.net.decimal,
        bought_total=minor(each.paid),
        sold_total=minor(each.received),
        turnover=minor(each.turnover),
    )


def _totals(asset: Asset, days: Sequence[DayTraded]) -> StatsTotals:
    bought, sold = sum(each.bought for each in days), sum(each.sold for each in days)
    return StatsTotals(
        sku=asset.sku,
        buy_count=sum(each.buys for each in days),
        sell_count=sum(each.sells for each in days),
        bought=Amount(bought, asset).decimal,
        sold=Amount(sold, asset).decimal,
        net=Amount(bought - sold, asset).decimal,
        bought_total=minor(sum(each.paid for each in days)),
        sold_total=minor(sum(each.received for each in days)),
        turnover=minor(sum(each.turnover for each in days)),
    )
