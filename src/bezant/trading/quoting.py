"""Prices of digital metal: shown, promised, and reckoned with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bezant.customers import buyers
from bezant.customers.model import NoSuchCustomer
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId, random_token
from bezant.kernel.money import Currency, Money
from bezant.kernel.rounding import down_to_step
from bezant.kernel.steps import at_once
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import customer as customer_owner
from bezant.pricing import service as pricing
from bezant.pricing.model import PricingTerms
from bezant.trading import store
from bezant.trading.model import (
    FIX_KEPT,
    FIX_LIFE,
    MOST_PER_ORDER,
    AssetPrice,
    Calculated,
    Fix,
    FixWanted,
    LimitedBy,
    NoSuchPriceFix,
    NotTraded,
    Spread,
    TradeKind,
    price_of,
)

FORGET_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """What is to be reckoned with a fix: an amount, or else what `total_minor` comes to."""

    partner_id: PartnerId
    token: str
    asset: Asset
    kind: TradeKind
    amount: Amount | None
    total_minor: int


async def prices(
    connection: Connection, *, terms: PricingTerms, now: datetime
) -> Sequence[AssetPrice]:
    """What the digital assets cost at this moment, in the order of their ids.

    An asset that is not traded with the partner is left out, and one whose market is closed.
    Raises `NotTraded`, and `PriceStale` or `TradingHalted` where no market is open.
    """
    spreads, market = await at_once(
        connection, store.read_spreads(terms.partner_id), pricing.market(terms=terms)
    )
    if not spreads:
        raise NotTraded
    spots = pricing.open_market(market, {asset.metal for asset in spreads}, terms=terms, now=now)
    priced = (
        price_of(asset, spot=spots[asset.metal].price, spread=spreads[asset])
        for asset in sorted(spreads, key=lambda each: each.facts.currency_id)
        if asset.metal in spots
    )
    return [price for price in priced if price is not None]


async def fix(
    connection: Connection, wanted: FixWanted, *, terms: PricingTerms, now: datetime
) -> Fix:
    """Promises the prices of this moment. One read and one write. Raises as `prices`."""
    found = await prices(connection, terms=terms, now=now)
    if wanted.total is not None:
        found = [price.for_total(wanted.total) for price in found]
    made = Fix(
        token=random_token(),
        customer=wanted.customer,
        currency=terms.currency,
        total=wanted.total,
        prices=found,
        expires_at=now + FIX_LIFE,
    )
    await store.insert_fix(connection, wanted.partner_id, made, now=now)
    return made


async def calculate(connection: Connection, wanted: Calculation, *, now: datetime) -> Calculated:
    """What an order of the fix would come to, and what would keep it from being as wanted.

    Reads only. Whoever sells is limited by what the customer of the fix has; of a fix for
    nobody in particular that is not known. Raises `NoSuchPriceFix`, `PriceFixUsed`,
    `PriceFixExpired`, `NotInPriceFix`, `NoSuchCustomer`.
    """
    (found,) = await at_once(connection, store.read_fix(wanted.partner_id, wanted.token))
    if found is None:
        raise NoSuchPriceFix
    found.require_usable(now=now)
    price = found.price(wanted.asset)
    asked, is_short = wanted.amount, False
    if asked is None:
        total = Money(wanted.total_minor, found.currency)
        asked = price.amount_for(total, wanted.kind)
        is_short = price.line(asked, wanted.kind) < total
    has = None
    if wanted.kind is TradeKind.SELL and found.customer is not None:
        has = await _available(connection, wanted, customer=found.customer, now=now)
    amount, limited_by = limited(asked, has=has)
    if limited_by is None and is_short:
        limited_by = LimitedBy.STEP
    return Calculated(
        amount=amount,
        price=price.line(amount, wanted.kind),
        tax=Money.zero(found.currency),
        limited_by=limited_by,
    )


def limited(asked: Amount, *, has: Amount | None) -> tuple[Amount, LimitedBy | None]:
    """The amount that may be ordered, nearest to what was asked, and what binds it.

    `has` is what the seller can spend, None where that does not bind. Who has less than a step
    of it may order nothing.
    """
    asset, limited_by = asked.asset, None
    step = asset.facts.step
    units = down_to_step(asked.units, step)
    if units != asked.units:
        limited_by = LimitedBy.STEP
    if units < step:
        units, limited_by = step, LimitedBy.MINIMUM
    if units > MOST_PER_ORDER[asset]:
        units, limited_by = MOST_PER_ORDER[asset], LimitedBy.LIMIT
    if has is not None and units > has.units:
        units, limited_by = down_to_step(max(has.units, 0), step), LimitedBy.BALANCE
    return Amount(units, asset), limited_by


async def spreads_of(connection: Connection, partner_id: PartnerId) -> Mapping[Asset, Spread]:
    """What is traded with a partner, and at which spreads."""
    (found,) = await at_once(connection, store.read_spreads(partner_id))
    return found


async def set_spreads(tx: Tx, partner_id: PartnerId, spreads: Mapping[Asset, Spread]) -> None:
    """Sets what a partner's customers pay above the market and get below it."""
    for asset, spread in sorted(spreads.items(), key=lambda each: each[0].sku):
        await store.upsert_spread(tx, partner_id, asset, spread)


async def stop_trading(tx: Tx, partner_id: PartnerId, asset: Asset) -> bool:
    """Trades an asset with a partner no longer; whether it was traded. A fix stands."""
    return await store.delete_spread(tx, partner_id, asset)


async def forget_fixes(tx: Tx, *, now: datetime) -> int:
    """Deletes fixes that are long over, a bounded number; how many they were."""
    return await store.delete_old_fixes(tx, before=now - FIX_KEPT, limit=FORGET_AT_ONCE)


def in_currency(terms: PricingTerms, currency: Currency) -> PricingTerms:
    """The same terms for another currency."""
    return replace(terms, currency=currency)


async def _available(
    connection: Connection, wanted: Calculation, *, customer: str, now: datetime
) -> Amount:
    (found,) = await at_once(connection, buyers.known(wanted.partner_id, customer))
    if found is None:
        raise NoSuchCustomer(external_id=customer)
    owner = customer_owner(found.customer_id)
    balances = await ledger.balances_of(connection, wanted.partner_id, owner, now=now)
    for balance in balances:
        if balance.account.asset is wanted.asset:
            return balance.available
    return Amount(0, wanted.asset)
