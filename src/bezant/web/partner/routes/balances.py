"""The routes of balances."""

from bezant.customers import service as customers
from bezant.kernel.db import Connection, Tx
from bezant.trading import balances
from bezant.trading.balances import CashUpdate
from bezant.trading.position import TradedWanted
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.balances import (
    AccountWeek,
    CashUpdated,
    CashUpdateSent,
    CustomerBalancePath,
    StatsRequest,
    TradeStats,
    WireBalance,
    account_weeks,
    cash_updated,
    read_cash,
    read_days,
    trade_stats,
    wire_balance,
)
from bezant.web.partner.wire.pricefix import read_asset


async def list_customer_balances(call: Call, path: CustomerBalancePath) -> Answer:
    """What a customer owns."""

    async def work(connection: Connection) -> list[WireBalance]:
        customer = await customers.find_customer(
            connection, call.partner_id, path.customer_external_id
        )
        found = await balances.holdings_of_customer(
            connection, customer, terms=call.pricing_terms(), now=call.now
        )
        return [wire_balance(each, customer.external_id) for each in found]

    return await call.read(work)


async def list_balances(call: Call) -> Answer:
    """What the partner itself owns, and owes."""

    async def work(connection: Connection) -> list[WireBalance]:
        found = await balances.holdings_of_partner(
            connection, terms=call.pricing_terms(), now=call.now
        )
        return [wire_balance(each, None) for each in found]

    return await call.read(work)


async def update_customer_cash(
    call: Call, path: CustomerBalancePath, sent: CashUpdateSent
) -> Answer:
    """Adds to a customer's cash, or takes from it."""
    amount = read_cash(sent, currency=call.credential.partner.currency)

    async def work(tx: Tx) -> CashUpdated:
        update = CashUpdate(
            partner_id=call.partner_id,
            customer=await customers.refer_to_customer(
                tx, call.partner_id, path.customer_external_id
            ),
            amount=amount,
            external_id=sent.external_id,
            description=sent.description or "",
        )
        posted = await balances.move_cash(tx, update, now=call.now)
        return cash_updated(update, posted, call.rules.time_zone)

    return await call.write(work)


async def tell_stats(call: Call, sent: StatsRequest) -> Answer:
    """What was traded, by asset and day."""
    zone, currency = call.rules.time_zone, call.credential.partner.currency
    first, last, days = read_days(sent, now=call.now, zone=zone)
    asset = read_asset(sent.sku, field="sku") if sent.sku else None

    async def work(connection: Connection) -> TradeStats:
        customer_id = None
        if sent.customer_external_id is not None:
            customer = await customers.find_customer(
                connection, call.partner_id, sent.customer_external_id
            )
            customer_id = customer.customer_id
        wanted = TradedWanted(
            partner_id=call.partner_id,
            days=days,
            time_zone=str(zone),
            currency=currency,
            customer_id=customer_id,
            asset=asset,
        )
        found = await balances.traded(connection, wanted)
        return trade_stats(found, first, last, currency=currency)

    return await call.read(work)


async def tell_week(call: Call, path: CustomerBalancePath) -> Answer:
    """What a customer owned at the ends of the last seven days."""
    terms = call.pricing_terms()

    async def work(connection: Connection) -> list[AccountWeek]:
        customer = await customers.find_customer(
            connection, call.partner_id, path.customer_external_id
        )
        found = await balances.week_of(connection, customer, terms=terms, now=call.now)
        return account_weeks(found, customer.external_id, currency=terms.currency)

    return await call.read(work)
