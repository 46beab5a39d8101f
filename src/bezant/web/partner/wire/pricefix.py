"""Price fixes on the wire, and what is reckoned with them."""

from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import MINOR_UNITS_PLACES, Currency, Money, exact_decimal
from bezant.kernel.texts import Text
from bezant.ledger.assets import METALS, MICROGRAM_PLACES, Amount, Asset
from bezant.trading.model import (
    AssetPrice,
    Calculated,
    Fix,
    FixWanted,
    LimitedBy,
    TradeKind,
)
from bezant.trading.quoting import Calculation
from bezant.web.partner.wire.digital_prices import product_id
from bezant.web.partner.wire.values import (
    CustomerRef,
    GramNumber,
    MoneyNumber,
    SpotNumber,
    iso_local,
    money,
    spot,
)

MOST_MONEY: Final = Decimal(10**10)
MOST_GRAMS: Final = Decimal(10**8)

PriceToken = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9]{32}$",
        description="The `token` of a price fix.",
        examples=["wJ3sTz0KqYc7uLx2VbN9eRf5HdGmP1oA"],
    ),
]
DigitalSku = Annotated[
    str, Meta(min_length=3, max_length=4, description="A digital asset.", examples=["GAU"])
]


class FixType(StrEnum):
    """What prices are fixed of."""

    DIGITAL = "digital"


class PriceFixCreate(Struct, frozen=True, kw_only=True):
    """What prices are to be promised for. With a `total`, each price says what that buys.

    A fix for a customer serves that customer alone, and a `total` needs one.
    """

    type: FixType
    customer_external_id: CustomerRef | None = None
    currency: Currency | None = None
    total: MoneyNumber | None = None


class FixedPrice(Struct, frozen=True, kw_only=True):
    """The promised prices of a gram of an asset: customers buy at the one, sell at the other."""

    currency_id: int
    product_id: int
    sku: str
    spot_price: SpotNumber
    buy_price: MoneyNumber
    sell_price: MoneyNumber
    buy_amount: GramNumber | None


class PriceFixed(Struct, frozen=True, kw_only=True):
    """Prices that are promised until `expires_at`, in `expire_ttl` seconds."""

    token: str
    total: MoneyNumber | None
    expires_at: str
    is_total_price: bool
    expire_ttl: int
    prices: list[FixedPrice]
    currency: str


class TradeSide(StrEnum):
    """Which way the metal goes, as the customer sees it."""

    BUY = "buy"
    SELL = "sell"


class PriceCalculate(Struct, frozen=True, kw_only=True):
    """How much of which asset, by its amount or by a total, is reckoned with a fix."""

    price_token: PriceToken
    sku: DigitalSku
    type: TradeSide
    amount: GramNumber | None = None
    total: MoneyNumber | None = None


class PriceCalculated(Struct, frozen=True, kw_only=True):
    """What an order would come to. `limited_by` says what has changed the amount, if anything."""

    sku: str
    amount: GramNumber
    price: MoneyNumber
    tax: MoneyNumber
    total: MoneyNumber
    limited_by: LimitedBy | None


def fix_wanted(sent: PriceFixCreate, partner_id: PartnerId) -> FixWanted:
    """What was sent, as trading takes it. Raises `Invalid`."""
    total = None
    if sent.total is not None:
        if sent.customer_external_id is None:
            raise Invalid.field("customer_external_id", "field.required")
        total = read_money(sent.total, sent.currency or Currency.TRY, field="total")
    return FixWanted(partner_id=partner_id, customer=sent.customer_external_id, total=total)


def calculation(sent: PriceCalculate, partner_id: PartnerId) -> Calculation:
    """What was sent, as trading takes it. Raises `Invalid`."""
    if (sent.amount is None) == (sent.total is None):
        text = Text("field.one_of", {"names": "amount, total"})
        raise Invalid({name: [text] for name in ("amount", "total")})
    asset = read_asset(sent.sku, field="sku")
    # A total is in the currency of the fix, whichever that is.
    total = None if sent.total is None else read_money(sent.total, Currency.TRY, field="total")
    return Calculation(
        partner_id=partner_id,
        token=sent.price_token,
        asset=asset,
        kind=TradeKind(sent.type),
        amount=None if sent.amount is None else read_grams(sent.amount, asset, field="amount"),
        total_minor=0 if total is None else total.minor,
    )


def price_fixed(fix: Fix, *, now: datetime, zone: tzinfo) -> PriceFixed:
    """A fix as it is answered."""
    return PriceFixed(
        token=fix.token,
        total=None if fix.total is None else money(fix.total),
        expires_at=iso_local(fix.expires_at, zone),
        is_total_price=fix.total is not None,
        expire_ttl=max(int((fix.expires_at - now).total_seconds()), 0),
        prices=[_fixed_price(price) for price in fix.prices],
        currency=fix.currency,
    )


def price_calculated(found: Calculated) -> PriceCalculated:
    """A calculation as it is answered."""
    return PriceCalculated(
        sku=found.amount.asset.sku,
        amount=found.amount.decimal,
        price=money(found.price),
        tax=money(found.tax),
        total=money(found.total),
        limited_by=found.limited_by,
    )


def read_asset(sku: str, *, field: str) -> Asset:
    """A digital asset by its code. Raises `Invalid`."""
    for asset in METALS:
        if asset.sku == sku:
            return asset
    raise Invalid.field(field, "field.choice", choices=", ".join(each.sku for each in METALS))


def read_grams(grams: Decimal, asset: Asset, *, field: str) -> Amount:
    """An amount of metal above nothing. Raises `Invalid`."""
    # A number in JSON may have an exponent that no arithmetic should be tried on.
    if not 0 < grams <= MOST_GRAMS or grams != grams.quantize(_MICROGRAM):
        raise Invalid.field(field, "field.grams")
    return Amount(int(grams.scaleb(MICROGRAM_PLACES)), asset)


def read_money(number: Decimal, currency: Currency, *, field: str) -> Money:
    """A sum above nothing. Raises `Invalid`."""
    if not 0 < number <= MOST_MONEY or number != number.quantize(_CENT):
        raise Invalid.field(field, "field.money")
    return Money(int(number.scaleb(MINOR_UNITS_PLACES)), currency)


_CENT: Final = exact_decimal(1, places=MINOR_UNITS_PLACES)
_MICROGRAM: Final = exact_decimal(1, places=MICROGRAM_PLACES)


def _fixed_price(price: AssetPrice) -> FixedPrice:
    asset = price.asset
    return FixedPrice(
        currency_id=asset.facts.currency_id,
        product_id=product_id(asset),
        sku=asset.sku,
        spot_price=spot(price.spot),
        buy_price=money(price.buy),
        sell_price=money(price.sell),
        buy_amount=None if price.buy_amount is None else price.buy_amount.decimal,
    )
