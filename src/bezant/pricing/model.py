"""Reference prices, the rules of a price, and the quote that they make.

The formula is the wire contract's: unit price = metal value + parts, in minor units; the
tax of a line is reckoned once, on the line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import IntEnum
from typing import Final

from bezant.catalog.model import Product, TaxClass
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import PartnerId, ProductId
from bezant.kernel.metal import Metal, PricePerGram
from bezant.kernel.money import BASIS_POINTS, Currency, Money, total_of
from bezant.kernel.rounding import half_up
from bezant.kernel.texts import Text


class Part(IntEnum):
    """What a price has above its metal value; the numbers are the wire's."""

    MINTED_MARKUP = 1
    INSURANCE = 2
    MARKET_COMMISSION = 3
    SHIPPING = 4


PARTS_AS_SHOWN: Final = (
    Part.MINTED_MARKUP,
    Part.INSURANCE,
    Part.SHIPPING,
    Part.MARKET_COMMISSION,
)
"""The order in which the wire lists the parts of a price."""


PARTS_OF_METAL_VALUE: Final = (Part.MINTED_MARKUP, Part.INSURANCE, Part.SHIPPING)
"""The parts whose share is of the metal value; the market commission's is of the metal
value and these together, since a market takes its commission of what is sold."""


class PriceStale(BezantError):
    """The newest reference price is older than its limit, or there is none."""

    kind = Kind.UNAVAILABLE
    text = "price.stale"


class TradingHalted(BezantError):
    """The operator has halted the sale of this metal."""

    kind = Kind.UNAVAILABLE
    text = "price.halted"


class NotPricedInCurrency(BezantError):
    """The operator has entered no price parts in the partner's currency for a product."""

    kind = Kind.UNAVAILABLE
    text = "price.not_in_currency"


@dataclass(frozen=True, slots=True)
class ReferencePrice:
    """What a gram costs in the market, who said so, and when."""

    price: PricePerGram
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Halt:
    """A metal that the operator does not sell for now."""

    metal: Metal
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PartRule:
    """A part of a price: a fixed number of minor units, a share of what it is on, or both."""

    fixed: int
    basis_points: int

    def amount(self, on: Money) -> Money:
        """The part on this amount, rounded half up once."""
        share = on.minor * self.basis_points
        return Money(half_up(self.fixed * BASIS_POINTS + share, BASIS_POINTS), on.currency)


_NOTHING: Final = PartRule(0, 0)


@dataclass(frozen=True, slots=True)
class PriceRules:
    """How a product's price is made for one partner, and how the operator's own is."""

    own: Mapping[Part, PartRule]
    listed: Mapping[Part, PartRule]


@dataclass(frozen=True, slots=True)
class Spot:
    """The price of a gram for one partner, and the market's that it was made from."""

    own: PricePerGram
    reference: ReferencePrice


@dataclass(frozen=True, slots=True)
class PricingTerms:
    """For whom and by which limits prices are made.

    `age_limit` is how old a reference price may be; days of tax rates are counted in
    `time_zone`.
    """

    partner_id: PartnerId
    currency: Currency
    age_limit: timedelta
    time_zone: tzinfo


@dataclass(frozen=True, slots=True)
class Quote:
    """The whole breakdown of one piece's price. It is kept together and never mended.

    `tax_base` is what of the price is taxed; `tax_rate` is in basis points.
    """

    product_id: ProductId
    spot: PricePerGram
    metal_value: Money
    minted_markup: Money
    insurance: Money
    shipping: Money
    commission: Money
    tax_base: Money
    tax_rate: int
    price: Money = field(init=False)
    """What one piece costs before tax."""

    def __post_init__(self) -> None:
        # Asked for many times of each quote, and made of what never changes.
        object.__setattr__(self, "price", total_of(self.metal_value, *self._parts()))

    def _parts(self) -> tuple[Money, ...]:
        return self.minted_markup, self.insurance, self.shipping, self.commission

    def part(self, part: Part) -> Money:
        """One part of the price."""
        match part:
            case Part.MINTED_MARKUP:
                return self.minted_markup
            case Part.INSURANCE:
                return self.insurance
            case Part.MARKET_COMMISSION:
                return self.commission
            case Part.SHIPPING:
                return self.shipping

    def line_tax(self, amount: int) -> Money:
        """The tax of `amount` pieces together, rounded half up once."""
        return (self.tax_base * amount).share(basis_points=self.tax_rate)


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """A product with its quote for one partner, and what that was made of."""

    product: Product
    quote: Quote
    spot: Spot
    rules: PriceRules

    @property
    def list_price(self) -> Money:
        """The price that it is listed at: what the operator's own rules make of the market's.

        It is never below what the partner's customer pays.
        """
        market, rate = self.spot.reference.price, self.quote.tax_rate
        listed = quote(self.product, spot=market, parts=self.rules.listed, tax_rate=rate)
        return max(listed.price, self.quote.price)

    @property
    def priced_at(self) -> datetime:
        """Of when the market's price is."""
        return self.spot.reference.at


def quote(
    product: Product, *, spot: PricePerGram, parts: Mapping[Part, PartRule], tax_rate: int
) -> Quote:
    """The price of one piece of `product`. `tax_rate` is in basis points."""
    metal_value = spot.of(product.weight)
    amounts = {part: parts.get(part, _NOTHING).amount(metal_value) for part in PARTS_OF_METAL_VALUE}
    before_commission = sum(amounts.values(), metal_value)
    commission = parts.get(Part.MARKET_COMMISSION, _NOTHING).amount(before_commission)
    craftsmanship = before_commission + commission - metal_value
    bases = {
        TaxClass.NONE: Money.zero(spot.currency),
        TaxClass.ON_FULL_PRICE: metal_value + craftsmanship,
        TaxClass.ON_CRAFTSMANSHIP: craftsmanship,
    }
    return Quote(
        product_id=product.product_id,
        spot=spot,
        metal_value=metal_value,
        minted_markup=amounts[Part.MINTED_MARKUP],
        insurance=amounts[Part.INSURANCE],
        shipping=amounts[Part.SHIPPING],
        commission=commission,
        tax_base=bases[product.tax_class],
        tax_rate=tax_rate,
    )


def price_product(
    product: Product, *, spot: Spot, rules: PriceRules, tax_rate: int
) -> PricedProduct:
    """The product with its quote for the partner."""
    own = quote(product, spot=spot.own, parts=rules.own, tax_rate=tax_rate)
    return PricedProduct(product, own, spot, rules)


def require_fresh(
    price: ReferencePrice | None, metal: Metal, *, now: datetime, age_limit: timedelta
) -> ReferencePrice:
    """The price, if it may still be quoted from. Raises `PriceStale`."""
    if price is None or now - price.at > age_limit:
        raise PriceStale(metal=metal_name(metal))
    return price


def spot_for(reference: ReferencePrice, *, spread: int, currency: Currency) -> Spot:
    """The partner's price of a gram: the market's, moved by a spread in basis points."""
    if reference.price.currency is not currency:
        raise ValueError(f"a price in {reference.price.currency} for a partner in {currency}")
    return Spot(reference.price.widened(basis_points=spread), reference)


def metal_name(metal: Metal) -> Text:
    """What a metal is called."""
    return Text(f"metal.{metal}")
