"""The prices of digital metal on the wire, unfixed."""

from collections.abc import Sequence

from msgspec import Struct

from bezant.kernel.money import Currency
from bezant.ledger.assets import Amount, Asset
from bezant.trading.model import MOST_PER_ORDER, AssetPrice
from bezant.web.partner.wire.values import GramNumber, MoneyNumber, SpotNumber, money, spot


class DigitalPricesQuery(Struct, frozen=True, kw_only=True):
    """In which currency; TRY unless given."""

    currency: Currency | None = None


class DigitalPrice(Struct, frozen=True, kw_only=True):
    """What a gram of an asset costs a customer and brings one, and what may be ordered."""

    currency_id: int
    product_id: int
    sku: str
    currency_code: str
    spot_price: SpotNumber
    buy_price: MoneyNumber
    sell_price: MoneyNumber
    step: GramNumber
    minimum: GramNumber
    maximum: GramNumber


def digital_prices(prices: Sequence[AssetPrice]) -> list[DigitalPrice]:
    """Prices as they are answered."""
    return [_digital_price(price) for price in prices]


def product_id(asset: Asset) -> int:
    """The product that an asset is, where products are named by numbers."""
    number = asset.facts.product_id
    assert number is not None, "only cash is no product"
    return number


def _digital_price(price: AssetPrice) -> DigitalPrice:
    asset = price.asset
    step = Amount(asset.facts.step, asset)
    return DigitalPrice(
        currency_id=asset.facts.currency_id,
        product_id=product_id(asset),
        sku=asset.sku,
        currency_code=price.buy.currency,
        spot_price=spot(price.spot),
        buy_price=money(price.buy),
        sell_price=money(price.sell),
        step=step.decimal,
        minimum=step.decimal,
        maximum=Amount(MOST_PER_ORDER[asset], asset).decimal,
    )
