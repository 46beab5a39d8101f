"""Lines of a basket or an order, at frozen quotes, and their sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from bezant.catalog.model import Product
from bezant.kernel.ids import AssetId, ProductId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency, MixedCurrencies, Money
from bezant.kernel.texts import Language
from bezant.pricing.model import Quote


class Goods(msgspec.Struct, frozen=True, array_like=True):
    """What a reader sees of a line's product, in the reader's language."""

    sku: str
    name: str
    weight_ug: int
    asset_id: AssetId
    asset_name: str

    @classmethod
    def of(cls, product: Product, language: Language) -> "Goods":
        """A product as it is seen in a language."""
        asset = product.asset
        return cls(
            product.sku,
            product.name[language],
            product.weight.micrograms,
            asset.asset_id,
            asset.name,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of one product, at one frozen quote."""

    position: int
    amount: int
    quote: Quote
    tax: Money = field(init=False)
    """The tax of the whole line."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tax", self.quote.line_tax(self.amount))

    @property
    def price(self) -> Money:
        """What the pieces cost before tax."""
        return self.quote.price * self.amount

    def view(self, goods: Goods) -> "ItemView":
        """The line as a reader sees it."""
        quote = self.quote
        return ItemView(
            quote.product_id,
            goods.sku,
            goods.name,
            goods.weight_ug,
            goods.asset_id,
            goods.asset_name,
            self.amount,
            quote.price.minor,
            quote.minted_markup.minor,
            quote.insurance.minor,
            quote.shipping.minor,
            quote.commission.minor,
            quote.tax_rate,
            self.tax.minor,
        )


class Figures(msgspec.Struct, frozen=True):
    """The sums of some lines.

    The five parts and the metal value are inside `price`. The craftsmanship of silver is
    the markup part of its silver products and is not in `minted_markup` as well.
    """

    price: Money
    tax: Money
    minted_markup: Money
    silver_craft: Money
    insurance: Money
    shipping: Money
    commission: Money

    @property
    def total(self) -> Money:
        """What the customer owes before any cost of payment."""
        return self.price + self.tax


class ItemView(msgspec.Struct, frozen=True, array_like=True):
    """A line with what a reader sees of its product; the order is the query's.

    Prices are minor units, the rate is in basis points.
    """

    product_id: ProductId
    sku: str
    name: str
    weight_ug: int
    asset_id: AssetId
    asset_name: str
    amount: int
    price: int
    minted_markup: int
    insurance: int
    shipping: int
    commission: int
    tax_rate: int
    tax: int

    @property
    def total(self) -> int:
        """What the line costs with its tax."""
        return self.price * self.amount + self.tax


def sum_lines(lines: Sequence[Line], currency: Currency) -> Figures:
    """The sums of some lines. Raises `MixedCurrencies` unless all are in this currency."""
    price = tax = markup = silver = insurance = shipping = commission = 0
    for line in lines:
        quote, amount = line.quote, line.amount
        if quote.metal_value.currency is not currency:
            raise MixedCurrencies(f"{quote.metal_value.currency} and {currency}")
        price += quote.price.minor * amount
        tax += line.tax.minor
        insurance += quote.insurance.minor * amount
        shipping += quote.shipping.minor * amount
        commission += quote.commission.minor * amount
        if quote.spot.metal is Metal.SILVER:
            silver += quote.minted_markup.minor * amount
        else:
            markup += quote.minted_markup.minor * amount
    return Figures(
        price=Money(price, currency),
        tax=Money(tax, currency),
        minted_markup=Money(markup, currency),
        silver_craft=Money(silver, currency),
        insurance=Money(insurance, currency),
        shipping=Money(shipping, currency),
        commission=Money(commission, currency),
    )


class LineRow(msgspec.Struct, frozen=True):
    """A line as the tables of lines have it, and as the database's type `priced_line`."""

    product_id: ProductId
    position: int
    amount: int
    metal: Metal
    spot_price: int
    metal_value: int
    minted_markup: int
    insurance: int
    shipping: int
    commission: int
    price: int
    tax_base: int
    tax_rate: int
    tax: int


def lines_json(lines: Iterable[Line]) -> str:
    """Lines as one parameter of a statement.

    The driver looks at every element of an array for longer than at all of this.
    """
    return msgspec.json.encode([row_of(line) for line in lines]).decode()


def row_of(line: Line) -> LineRow:
    """A line as the tables of lines have it."""
    quote = line.quote
    return LineRow(
        quote.product_id,
        line.position,
        line.amount,
        quote.spot.metal,
        quote.spot.units,
        quote.metal_value.minor,
        quote.minted_markup.minor,
        quote.insurance.minor,
        quote.shipping.minor,
        quote.commission.minor,
        quote.price.minor,
        quote.tax_base.minor,
        quote.tax_rate,
        line.tax.minor,
    )
