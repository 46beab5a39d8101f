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
from bezant.trading import limiting, store
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


async def calculate(
    connection: Connection, wanted: Calculation, *, terms: PricingTerms, now: datetime
) -> Calculated:
    """What an order of the fix would come to, and what would keep it from being as wanted.

    Reads only. The customer of the fix is limited by the verification, and who sells by what
    there is to sell; of a fix for nobody in particular neither is known. What a customer has to
    pay with does not count, since cash comes in with an order. Raises `NoSuchPriceFix`,
    `PriceFixUsed`, `PriceFixExpired`, `NotInPriceFix`, `NoSuchCustomer`.
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
    bounds = await _bounds(connection, (wanted, asked), found, terms=terms, now=now)
    amount, limited_by = limited(asked, bounds)
    if limited_by is None and is_short:
        limited_by = LimitedBy.STEP
    return Calculated(
        amount=amount,
        price=price.line(amount, wanted.kind),
        tax=Money.zero(found.currency),
        limited_by=limited_by,
    )


def limited(asked: Amount, bounds: Mapping[LimitedBy, Amount]) -> tuple[Amount, LimitedBy | None]:
    """The amount that may be ordered, nearest to what was asked, and what binds it.

    `bounds` are the most of it for each reason; what is between them and the least that can be
    ordered is nothing.
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
    for reason, most in bounds.items():
        if units > most.units:
            units, limited_by = down_to_step(max(most.units, 0), step), reason
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


async def _bounds(
    connection: Connection,
    calculation: tuple[Calculation, Amount],
    fix: Fix,
    *,
    terms: PricingTerms,
    now: datetime,
) -> Mapping[LimitedBy, Amount]:
    """What the customer of a fix may order at most, and can, of what is asked for."""
    wanted, asked = calculation
    if fix.customer is None:
        return {}
    asset, kind, price = wanted.asset, wanted.kind, fix.price(wanted.asset)
    bounds: dict[LimitedBy, Amount] = {}
    if kind is TradeKind.SELL:
        has = await _available(connection, wanted, customer=fix.customer, now=now)
        bounds[LimitedBy.BALANCE] = has
    cash, more = await limiting.leeway(
        connection,
        (wanted.partner_id, fix.customer),
        metal=asset.metal,
        terms=in_currency(terms, fix.currency),
        now=now,
    )
    least = Amount(max(asked.units, asset.facts.step), asset)
    # A line is rounded half up, so a little more than the cash buys may still come to no more.
    goes_beyond = cash is not None and cash < price.line(least, kind)
    most = [price.amount_for(cash, kind).units] if cash is not None and goes_beyond else []
    if more is not None and kind is TradeKind.BUY:
        most.append(more.micrograms)
    if most:
        bounds[LimitedBy.LIMIT] = Amount(min(most), asset)
    return bounds


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
