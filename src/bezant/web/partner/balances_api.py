"""The operations of balances; `api` puts these among all the others."""

from typing import Final

from bezant.customers.model import NoSuchCustomer
from bezant.ledger.model import InsufficientBalance, JournalDiffers
from bezant.partners.model import Scope
from bezant.web.operations import Group, Method, Operation
from bezant.web.partner.routes import balances
from bezant.web.partner.wire.balances import (
    AccountWeek,
    CashUpdated,
    CashUpdateSent,
    CustomerBalancePath,
    StatsRequest,
    TradeStats,
    WireBalance,
)

BALANCES: Final = (
    Operation(
        method=Method.GET,
        path="/partner/balance/customer/{customer_external_id}",
        name="listCustomerBalances",
        group=Group.BALANCES,
        scope=Scope.BALANCES_READ,
        summary="Get a customer's balances",
        text=(
            "Every account that the customer has used, and in any case one of the partner's "
            "currency. `blocked` is held for orders under way and `soft_blocked_amount` for open "
            "price fixes; `real_balance` is the rest."
        ),
        path_shape=CustomerBalancePath,
        returns=list[WireBalance],
        handler=balances.list_customer_balances,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.PATCH,
        path="/partner/balance/customer/{customer_external_id}",
        name="updateCustomerCash",
        group=Group.BALANCES,
        scope=Scope.BALANCES_WRITE,
        summary="Update a customer's cash balance",
        text=(
            "Moves cash between the partner's settlement and the customer's account, once for "
            "each `external_id`: the same call again answers as the first did, and another "
            "amount, currency or customer under the same id is refused."
        ),
        path_shape=CustomerBalancePath,
        body=CashUpdateSent,
        returns=CashUpdated,
        handler=balances.update_customer_cash,
        refusals=(NoSuchCustomer, InsufficientBalance, JournalDiffers),
    ),
    Operation(
        method=Method.GET,
        path="/partner/balance/customer/{customer_external_id}/stats/7d",
        name="getCustomerBalanceWeek",
        group=Group.BALANCES,
        scope=Scope.BALANCES_READ,
        summary="Get a customer's balances of seven days",
        text=(
            "What each account had at the ends of the last seven days, of which today is the "
            "last and ends now. Every value is at the price of this moment."
        ),
        path_shape=CustomerBalancePath,
        returns=list[AccountWeek],
        handler=balances.tell_week,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.GET,
        path="/partner/balance",
        name="listBalances",
        group=Group.BALANCES,
        scope=Scope.BALANCES_READ,
        summary="Get the partner's own balances",
        text=(
            "What the partner owns itself, and its settlement with the operator: below zero, "
            "the partner owes."
        ),
        returns=list[WireBalance],
        handler=balances.list_balances,
    ),
    Operation(
        method=Method.POST,
        path="/partner/balance/stats",
        name="getBalanceStats",
        group=Group.BALANCES,
        scope=Scope.BALANCES_READ,
        summary="Get what was traded",
        text=(
            "Turnover, counts and net grams by asset and day, of all customers and the partner "
            "itself, or of one customer. Changes nothing. Trades in another currency than the "
            "partner's are not in it."
        ),
        body=StatsRequest,
        returns=TradeStats,
        handler=balances.tell_stats,
        refusals=(NoSuchCustomer,),
    ),
)
