"""Lines of a basket or an order, at frozen quotes, and their sums."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from bezant.kernel.ids import AssetId, ProductId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency, Money
from bezant.pricing.model import Quote


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of one product, at one frozen quote."""

    position: int
    amount: int
    quote: Quote

    @property
    def price(self) -> Money:
        """What the pieces cost before tax."""
        return self.quote.price * self.amount

    @property
    def tax(self) -> Money:
        """The tax of the whole line."""
        return self.quote.line_tax(self.amount)


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
    """The sums of some lines, all in one currency."""
    zero = Money.zero(currency)
    silver = [line for line in lines if line.quote.spot.metal is Metal.SILVER]
    other = [line for line in lines if line.quote.spot.metal is not Metal.SILVER]
    return Figures(
        price=sum((line.price for line in lines), zero),
        tax=sum((line.tax for line in lines), zero),
        minted_markup=sum((line.quote.minted_markup * line.amount for line in other), zero),
        silver_craft=sum((line.quote.minted_markup * line.amount for line in silver), zero),
        insurance=sum((line.quote.insurance * line.amount for line in lines), zero),
        shipping=sum((line.quote.shipping * line.amount for line in lines), zero),
        commission=sum((line.quote.commission * line.amount for line in lines), zero),
    )
