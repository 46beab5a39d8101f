"""Fixes: what is promised is what the market says, moved by the partner's spread."""

from dataclasses import dataclass

from bezant.kernel.money import Currency, Money
from bezant.ledger.assets import Asset
from bezant.pricing.model import PriceStale
from bezant.trading import quoting
from bezant.trading.model import Fix, FixWanted
from tests.trading.machine.model import FIX_LIFE, GRAM, Model, Price, Promise, rounded
from tests.trading.machine.world import SPREADS, World

UNITS_OF_A_MINOR, WHOLE = 100, 10_000


@dataclass(frozen=True)
class AskFix:
    """Asks for prices."""

    book: int
    customer: str | None
    currency: Currency
    total: int | None

    async def do(self, world: World) -> Fix:
        """Asks."""
        total = None if self.total is None else Money(self.total, self.currency)
        wanted = FixWanted(
            partner_id=world.partners[self.book], customer=self.customer, total=total
        )
        terms = world.terms(self.book, self.currency)
        async with world.db.reading() as connection:
            return await quoting.fix(connection, wanted, terms=terms, now=world.clock.now())

    def fits(self, model: Model, told: object) -> bool:
        """Every asset that has a spread and a market is in it, at the prices of both."""
        if not model.is_open:
            return isinstance(told, PriceStale)
        if not isinstance(told, Fix):
            return False
        prices = {
            price.asset: Price(
                price.spot.units,
                price.buy.minor,
                price.sell.minor,
                None if price.buy_amount is None else price.buy_amount.units,
            )
            for price in told.prices
        }
        expires_at = model.now + FIX_LIFE
        if (prices, told.expires_at) != (self._prices(model), expires_at):
            return False
        model.fixes[told.token] = Promise(
            self.book, self.customer, self.currency, prices, expires_at
        )
        return True

    def _prices(self, model: Model) -> dict[Asset, Price]:
        found: dict[Asset, Price] = {}
        for asset, spread in SPREADS[self.book].items():
            spot = model.market.get((asset.metal, self.currency))
            if spot is None:
                continue
            scale = WHOLE * UNITS_OF_A_MINOR
            buy = rounded(spot * (WHOLE + spread.buy_basis_points), scale)
            sell = rounded(spot * (WHOLE - spread.sell_basis_points), scale)
            # Nobody wins against the market by a rounding.
            if buy * UNITS_OF_A_MINOR < spot:
                buy += 1
            if sell * UNITS_OF_A_MINOR > spot:
                sell -= 1
            amount = None
            if self.total is not None:
                step = asset.facts.step
                amount = self.total * GRAM // buy // step * step
            found[asset] = Price(spot, buy, sell, amount)
        return found
