"""Examples of balances."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from bezant.web.partner.wire.balances import (
    AccountWeek,
    BalancePrices,
    BalanceStats,
    CashUpdated,
    CashUpdateSent,
    DayClosing,
    DayStats,
    StatsRequest,
    StatsTotals,
    TradeStats,
    WireBalance,
)
from bezant.web.reference.example import CUSTOMER, Example

_NOTHING: Final = Decimal(0)


def examples_of_balances() -> Mapping[str, Example]:
    """The examples by the operation's name."""
    path = {"customer_external_id": CUSTOMER}
    return {
        "listCustomerBalances": Example(
            [_cash(CUSTOMER, "Turkish Lira", Decimal("61.03")), _GOLD], path=path
        ),
        "updateCustomerCash": Example(
            CashUpdated(
                external_id="TOPUP-2024-000123",
                customer_external_id=CUSTOMER,
                currency_code="TRY",
                amount=Decimal("250.5"),
                balance=Decimal("311.53"),
                description="",
                updated_at="2024-08-05T15:47:15+03:00",
            ),
            path=path,
            body=CashUpdateSent(amount=Decimal("250.5"), external_id="TOPUP-2024-000123"),
        ),
        "getCustomerBalanceWeek": Example([_WEEK], path=path),
        "listBalances": Example([_cash(None, "Settlement (Turkish Lira)", Decimal("-15028.5"))]),
        "getBalanceStats": Example(_STATS, body=StatsRequest(sku="GAU")),
    }


def _cash(customer: str | None, name: str, balance: Decimal) -> WireBalance:
    return WireBalance(
        customer_external_id=customer,
        name=name,
        currency_id=1000003,
        currency_symbol="₺",
        currency_code="TRY",
        is_cash=True,
        balance=balance,
        blocked=_NOTHING,
        real_balance=balance,
        soft_blocked_amount=_NOTHING,
        stats=BalanceStats(
            bought=_NOTHING,
            sold=_NOTHING,
            average_cost=None,
            invested=_NOTHING,
            realised_profit=_NOTHING,
            unrealised_profit=_NOTHING,
        ),
        prices=BalancePrices(
            currency_code="TRY", buy_price=Decimal(1), sell_price=Decimal(1), value=balance
        ),
    )


_GOLD: Final = WireBalance(
    customer_external_id=CUSTOMER,
    name="Digital Gold",
    currency_id=1000004,
    currency_symbol="g",
    currency_code="GAU",
    is_cash=False,
    balance=Decimal("0.1"),
    blocked=_NOTHING,
    real_balance=Decimal("0.1"),
    soft_blocked_amount=_NOTHING,
    stats=BalanceStats(
        bought=Decimal("0.1"),
        sold=_NOTHING,
        average_cost=Decimal("1889.7"),
        invested=Decimal("188.97"),
        realised_profit=_NOTHING,
        unrealised_profit=Decimal("-1.5"),
    ),
    prices=BalancePrices(
        currency_code="TRY",
        buy_price=Decimal("1889.73"),
        sell_price=Decimal("1874.66"),
        value=Decimal("187.47"),
    ),
)
_WEEK: Final = AccountWeek(
    customer_external_id=CUSTOMER,
    currency_id=1000004,
    currency_code="GAU",
    is_cash=False,
    value_currency_code="TRY",
    days=[
        *(
            DayClosing(day=day, balance=_NOTHING, value=_NOTHING)
            for day in (
                "2024-07-30", "2024-07-31", "2024-08-01", "2024-08-02", "2024-08-03", "2024-08-04",
            )
        ),
        DayClosing(day="2024-08-05", balance=Decimal("0.1"), value=Decimal("187.47")),
    ],
)  # fmt: skip
_STATS: Final = TradeStats(
    start_date="2024-07-07",
    end_date="2024-08-05",
    currency_code="TRY",
    turnover=Decimal("188.97"),
    totals=[
        StatsTotals(
            sku="GAU",
            buy_count=1,
            sell_count=0,
            bought=Decimal("0.1"),
            sold=_NOTHING,
            net=Decimal("0.1"),
            bought_total=Decimal("188.97"),
            sold_total=_NOTHING,
            turnover=Decimal("188.97"),
        )
    ],
    days=[
        DayStats(
            day="2024-08-05",
            sku="GAU",
            buy_count=1,
            sell_count=0,
            bought=Decimal("0.1"),
            sold=_NOTHING,
            net=Decimal("0.1"),
            bought_total=Decimal("188.97"),
            sold_total=_NOTHING,
            turnover=Decimal("188.97"),
        )
    ],
)
