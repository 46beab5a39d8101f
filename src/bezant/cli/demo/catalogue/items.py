"""What a demo product and a demo category are.

Weights are whole micrograms, cash is minor units, rates are basis points, and a fineness
is per 10,000.
"""

from dataclasses import dataclass
from typing import Final, Literal

from bezant.kernel.metal import Metal

Shape = Literal["bar", "coin"]
Tax = Literal["none", "on_full_price", "on_craftsmanship"]

_EAN13_BODY: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """One text in both languages."""

    tr: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCategory:
    """A shelf of the shop. Parents come before their children."""

    slug: str
    name: Translated
    parent_slug: str | None
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProduct:
    """One thing for sale.

    `weight_micrograms` is what the metal value is priced on: for a coin and for 22 carat
    its fine content, for a bar of 995 and finer its gross weight, as the trade does it.
    """

    product_id: int
    sku: str
    barcode: str
    shape: Shape
    metal: Metal
    weight_micrograms: int
    gross_micrograms: int
    fineness: int
    category: str
    name: Translated
    text: Translated
    stock: int
    tax: Tax
    markup_fixed_minor: int
    markup_basis_points: int
    insurance_basis_points: int
    shipping_minor: int
    commission_basis_points: int
    legend: str


def ean13(body: str) -> str:
    """The twelve digits of `body` with the EAN-13 check digit behind them."""
    if len(body) != _EAN13_BODY or not body.isdecimal():
        raise ValueError(f"an EAN-13 is made from twelve digits, not {body!r}")
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def barcode_of(product_id: int) -> str:
    """The demo barcode of a product: Turkey's prefix, then the product's own number."""
    return ean13(f"869{product_id:09d}")


def fine_micrograms(gross_micrograms: int, fineness: int) -> int:
    """The fine content of a gross weight, whole micrograms, never more than there is."""
    return gross_micrograms * fineness // 10_000
