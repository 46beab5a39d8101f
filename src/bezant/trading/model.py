"""What a gram costs, what is promised, what is ordered; no I/O.

The formulas: buy price = the market's × (1 + spread), sell price = the market's × (1 − spread),
each rounded half up to two decimals, and a hundredth further where that would be on the wrong
side of the market; a line = price × amount, half up; amount = total ÷ buy price, down to the
asset's step. So an amount that was made from a total never costs more than it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from bezant.customers.model import CustomerView, NewCustomer
from bezant.delivery.model import Shipment
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import CustomerId, OrderId, PartnerId, PaymentToken
from bezant.kernel.metal import MICROGRAMS_PER_GRAM, PRICE_UNITS, PricePerGram
from bezant.kernel.money import BASIS_POINTS, MINOR_UNITS, Currency, Money
from bezant.kernel.rounding import down_to_step, half_up
from bezant.kernel.texts import Language, Text
from bezant.ledger.assets import Amount, Asset
from bezant.orders.model import OrderStatus
from bezant.payments.views import PaymentView

FIX_LIFE: Final = timedelta(seconds=240)
"""How long prices are promised, as the contract has it."""
FIX_KEPT: Final = timedelta(days=1)
"""How long a fix whose time is over can still be told from one that never was."""
WIDEST_SPREAD: Final = 5_000
"""In basis points. The schema has the same limit."""
MAX_ITEMS: Final = 10
RESERVED_IDS: Final = frozenset({"statuses", "digital"})
"""Words of the paths below `/partner/order`; no order may be called so."""
_PRICE_UNITS_PER_MINOR: Final = PRICE_UNITS // MINOR_UNITS
_GRAM: Final = MICROGRAMS_PER_GRAM
MOST_PER_ORDER: Final[Mapping[Asset, int]] = {
    Asset.GAU: 10_000 * _GRAM,
    Asset.BGAU: 10_000 * _GRAM,
    Asset.GAG: 1_000_000 * _GRAM,
    Asset.BGAG: 1_000_000 * _GRAM,
    Asset.GPT: 10_000 * _GRAM,
    Asset.GPD: 10_000 * _GRAM,
}
"""The most micrograms of an asset in one order. The least is a step of it."""


class TradeKind(StrEnum):
    """Which way the metal goes, as the customer sees it; a delivery takes it home."""

    BUY = "buy"
    SELL = "sell"
    DELIVERY = "delivery"


class NotTraded(BezantError):
    """The operator has entered no spread for the partner, so nothing is traded with it."""

    kind = Kind.CONFLICT
    text = "trading.not_traded"


class NoSuchPriceFix(BezantError):
    """The partner has no such fix, or it was made for another customer."""

    kind = Kind.NOT_FOUND
    text = "trading.no_such_fix"


class NotInPriceFix(BezantError):
    """The fix has no price of this asset."""

    kind = Kind.NOT_FOUND
    text = "trading.not_in_fix"


class PriceFixUsed(BezantError):
    """An order was made of the fix already."""

    kind = Kind.CONFLICT
    text = "trading.fix_used"


class PriceFixExpired(BezantError):
    """The time of the fix is over."""

    kind = Kind.GONE
    text = "trading.fix_expired"


class Spread(msgspec.Struct, frozen=True):
    """What is above the market's price for who buys and below it for who sells."""

    buy_basis_points: int
    sell_basis_points: int

    def __post_init__(self) -> None:
        for points in (self.buy_basis_points, self.sell_basis_points):
            if not 0 <= points <= WIDEST_SPREAD:
                raise ValueError(f"a spread of {points} basis points")


class AssetPrice(msgspec.Struct, frozen=True):
    """What a gram of an asset costs a partner's customer, and brings one.

    `buy_amount` is what a total buys, where the prices were asked for one.
    """

    asset: Asset
    spot: PricePerGram
    buy: Money
    sell: Money
    buy_amount: Amount | None = None

    def unit(self, kind: TradeKind) -> Money:
        """The price of a gram for who trades this way."""
        return self.buy if kind is TradeKind.BUY else self.sell

    def line(self, amount: Amount, kind: TradeKind) -> Money:
        """What so much comes to, rounded half up once."""
        unit = self.unit(kind)
        return Money(half_up(unit.minor * amount.weight.micrograms, _GRAM), unit.currency)

    def amount_for(self, total: Money, kind: TradeKind) -> Amount:
        """The most that does not come to more than a total, a whole number of steps."""
        most = total.minor * _GRAM // self.unit(kind).minor
        return Amount(down_to_step(most, self.asset.facts.step), self.asset)

    def for_total(self, total: Money) -> "AssetPrice":
        """The same, with what a total buys."""
        amount = self.amount_for(total, TradeKind.BUY)
        return msgspec.structs.replace(self, buy_amount=amount)


def price_of(asset: Asset, *, spot: PricePerGram, spread: Spread) -> AssetPrice | None:
    """The prices that a spread makes of the market's; None where a gram would bring nothing."""
    scale = BASIS_POINTS * _PRICE_UNITS_PER_MINOR
    buy = half_up(spot.units * (BASIS_POINTS + spread.buy_basis_points), scale)
    sell = half_up(spot.units * (BASIS_POINTS - spread.sell_basis_points), scale)
    # Without a spread, rounding alone would let a customer win against the market.
    buy = max(buy, -(-spot.units // _PRICE_UNITS_PER_MINOR))
    sell = min(sell, spot.units // _PRICE_UNITS_PER_MINOR)
    if sell <= 0:
        return None
    return AssetPrice(asset, spot, Money(buy, spot.currency), Money(sell, spot.currency))


class FixWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Prices to be promised, to a customer if one is named, for a total if one is given."""

    partner_id: PartnerId
    customer: str | None
    total: Money | None


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """Prices that are promised for a while."""

    token: str
    customer: str | None
    currency: Currency
    total: Money | None
    prices: Sequence[AssetPrice]
    expires_at: datetime
    used_at: datetime | None = None

    def price(self, asset: Asset) -> AssetPrice:
        """The prices of an asset. Raises `NotInPriceFix`."""
        for price in self.prices:
            if price.asset is asset:
                return price
        raise NotInPriceFix(sku=asset.sku)

    def require_for(self, customer: str | None) -> None:
        """Raises `NoSuchPriceFix` if it was promised to somebody else."""
        if self.customer is not None and self.customer != customer:
            raise NoSuchPriceFix

    def require_usable(self, *, now: datetime) -> None:
        """Raises `PriceFixUsed` or `PriceFixExpired`."""
        if self.used_at is not None:
            raise PriceFixUsed
        if now >= self.expires_at:
            raise PriceFixExpired


class LimitedBy(StrEnum):
    """What keeps an order from being of what was asked for."""

    BALANCE = "balance"
    LIMIT = "limit"
    MINIMUM = "minimum"
    STEP = "step"


class Calculated(msgspec.Struct, frozen=True, kw_only=True):
    """What an amount comes to, and what has changed it."""

    amount: Amount
    price: Money
    tax: Money
    limited_by: LimitedBy | None

    @property
    def total(self) -> Money:
        """With the tax."""
        return self.price + self.tax


class Wish(msgspec.Struct, frozen=True):
    """So much of an asset; without an amount, what the fix's total buys."""

    asset: Asset
    amount: Amount | None


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is asked for. Without a customer the partner trades for itself.

    `newcomer` is entered if the customer is not known; `asked_mac` tells this call from others.
    """

    partner_id: PartnerId
    kind: TradeKind
    token: str
    currency: Currency | None
    external_id: str | None
    customer: str | None
    newcomer: NewCustomer | None
    wishes: Sequence[Wish]
    topup: Money | None
    channel: str
    asked_mac: bytes


class TradedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order. `price` is a gram's, `line` what the amount comes to without tax.

    Of a delivery a gram costs nothing, and `line` is what it costs to deliver the amount.
    """

    amount: Amount
    spot: PricePerGram
    price: Money
    line: Money
    tax_rate: int
    tax: Money

    @property
    def asset(self) -> Asset:
        """What is traded."""
        return self.amount.asset

    @property
    def total(self) -> Money:
        """With the tax."""
        return self.line + self.tax


class DigitalOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of digital metal, as it is kept. It is 0 until it has a number.

    A delivery has no fix, and what is sent; buying and selling have it the other way round.
    """

    partner_id: PartnerId
    order_id: OrderId
    guid: UUID
    order_code: str
    external_id: str | None
    asked_mac: bytes
    kind: TradeKind
    customer_id: CustomerId | None
    customer: CustomerView | None
    channel: str
    token: str | None
    currency: Currency
    status: OrderStatus
    topup: Money
    ordered_at: datetime
    lines: Sequence[TradedLine]
    delivery: Shipment | None = None
    payment: PaymentView | None = None

    @property
    def waits(self) -> bool:
        """Whether a card has yet to pay it."""
        return self.payment is not None and self.status is OrderStatus.PENDING

    @property
    def price(self) -> Money:
        """All lines, without tax."""
        return sum((line.line for line in self.lines), Money.zero(self.currency))

    @property
    def tax(self) -> Money:
        """The tax of all lines."""
        return sum((line.tax for line in self.lines), Money.zero(self.currency))

    @property
    def total(self) -> Money:
        """What is paid, or paid out."""
        return self.price + self.tax


class CardWait(msgspec.Struct, frozen=True, kw_only=True):
    """What an order waits for that a card is to pay.

    `payment` is the token of its payment, `until` when it is released at the latest, `day` the
    one that it is counted on.
    """

    payment: PaymentToken
    until: datetime
    language: Language
    day: date


def amount_fault(amount: Amount) -> Text | None:
    """What is wrong with an amount to be ordered: its step, or its bounds."""
    step, most = amount.asset.facts.step, MOST_PER_ORDER[amount.asset]
    if amount.units < step:
        return Text("trading.minimum", {"minimum": _grams(step, amount.asset)})
    if amount.units > most:
        return Text("trading.maximum", {"maximum": _grams(most, amount.asset)})
    if amount.units % step:
        return Text("trading.step", {"step": _grams(step, amount.asset)})
    return None


def _grams(units: int, asset: Asset) -> str:
    return f"{Amount(units, asset).decimal:f}"
