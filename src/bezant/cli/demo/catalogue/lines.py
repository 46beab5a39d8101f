"""From a line of goods and its pieces to the products of the demo shop.

Descriptions are written once per line, with places for weight `{w}`, fineness `{f}`,
measures `{d}` and fine content `{n}`; a piece may say a sentence of its own before them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from bezant.cli.demo.catalogue.items import (
    DemoProduct,
    Shape,
    Tax,
    Translated,
    barcode_of,
    fine_micrograms,
)
from bezant.cli.demo.catalogue.wording import delivery, fineness, paragraph, size, weight
from bezant.kernel.metal import Metal
from bezant.kernel.rounding import half_up

MICROGRAMS_PER_MILLIGRAM: Final = 1_000
INSURANCE_BASIS_POINTS: Final = 20
_PRICED_ON_GROSS_FROM: Final = 9_950


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the pieces of one line have in common. Products are numbered from `first_id`."""

    prefix: str
    first_id: int
    first_place: int = 1
    category: str
    shape: Shape
    metal: Metal
    fineness: int
    tax: Tax
    shipping_minor: int
    commission_basis_points: int
    legend: str
    name: Translated
    made: Translated
    packed: Translated


class Piece(NamedTuple):
    """One piece of a line. Without a legend or a name of its own it bears the line's."""

    milligrams: int
    measures: str
    markup_fixed_minor: int
    markup_basis_points: int
    stock: int
    legend: str = ""
    name: Translated | None = None
    said: Translated | None = None


def products_of(line: Line, pieces: Iterable[Piece]) -> tuple[DemoProduct, ...]:
    """The products of a line, in the order of its pieces."""
    return tuple(
        _product(line, piece, place) for place, piece in enumerate(pieces, start=line.first_place)
    )


def _product(line: Line, piece: Piece, place: int) -> DemoProduct:
    gross = piece.milligrams * MICROGRAMS_PER_MILLIGRAM
    fine = fine_micrograms(gross, line.fineness)
    priced_on_gross = line.shape == "bar" and line.fineness >= _PRICED_ON_GROSS_FROM
    product_id = line.first_id + place
    sentences = [_filled(line.made, line, piece), line.packed, delivery(gross, line.metal)]
    if piece.said:
        sentences.insert(0, piece.said)
    return DemoProduct(
        product_id=product_id,
        sku=f"{line.prefix}{place:04d}",
        barcode=barcode_of(product_id),
        shape=line.shape,
        metal=line.metal,
        weight_micrograms=gross if priced_on_gross else fine,
        gross_micrograms=gross,
        fineness=line.fineness,
        category=line.category,
        name=piece.name or _filled(line.name, line, piece),
        text=paragraph(*sentences),
        stock=piece.stock,
        tax=line.tax,
        markup_fixed_minor=piece.markup_fixed_minor,
        markup_basis_points=piece.markup_basis_points,
        insurance_basis_points=INSURANCE_BASIS_POINTS,
        shipping_minor=line.shipping_minor,
        commission_basis_points=line.commission_basis_points,
        legend=piece.legend or line.legend,
    )


def _filled(text: Translated, line: Line, piece: Piece) -> Translated:
    gross = piece.milligrams * MICROGRAMS_PER_MILLIGRAM
    w, f, d = weight(gross), fineness(line.fineness), size(piece.measures)
    # A description gives the fine content to the milligram, as an assayer states it.
    milligrams = half_up(fine_micrograms(gross, line.fineness), MICROGRAMS_PER_MILLIGRAM)
    n = weight(milligrams * MICROGRAMS_PER_MILLIGRAM)
    return Translated(
        tr=text.tr.format(w=w.tr, f=f.tr, d=d.tr, n=n.tr),
        en=text.en.format(w=w.en, f=f.en, d=d.en, n=n.en),
    )
