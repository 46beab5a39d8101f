"""Gold by the gram: minted, cast, patterned, gift and 22 carat bars."""

from typing import Final, NamedTuple

from bezant.cli.demo.catalogue.items import DemoProduct, Translated, barcode_of
from bezant.cli.demo.catalogue.lines import (
    INSURANCE_BASIS_POINTS,
    MICROGRAMS_PER_MILLIGRAM,
    Line,
    Piece,
    products_of,
)
from bezant.cli.demo.catalogue.wording import delivery, paragraph, weight
from bezant.kernel.metal import Metal

_CARD: Final = Translated(
    tr="Seri numaralı sertifika kartına kapatılmıştır; kart, ağırlığı ve saflığı belgeleyen ayar"
    " raporunun yerini tutar ve açıldığında iz bırakır.",
    en="It is sealed in a numbered assay card, which certifies weight and fineness and shows if it"
    " was ever opened.",
)

_MINTED: Final = Line(
    prefix="MNT",
    first_id=3_001_000,
    # MNT0001 is the published example's.
    first_place=2,
    category="gram-altin",
    shape="bar",
    metal=Metal.GOLD,
    fineness=9_999,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=100,
    legend="GRAM ALTIN",
    name=Translated(tr="{w} {f} Gram Altın", en="{w} {f} Minted Gold Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta baskı külçe altın. {d} mm ölçülerindeki külçenin"
        " kenarları parlatılmış, arka yüzüne güvenlik deseni işlenmiştir.",
        en="A minted gold bar of {w} and {f} fineness. It measures {d} mm, with polished edges and"
        " a security pattern on its back.",
    ),
    packed=_CARD,
)
_CAST: Final = Line(
    prefix="CST",
    first_id=3_001_100,
    category="kulce-altin",
    shape="bar",
    metal=Metal.GOLD,
    fineness=9_999,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=100,
    legend="KÜLÇE ALTIN",
    name=Translated(tr="{w} {f} Döküm Külçe Altın", en="{w} {f} Cast Gold Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta döküm külçe altın. Yaklaşık {d} mm"
        " ölçülerindedir; döküm yüzeyi her külçede kendine özgü izler taşır, seri numarası ve ayar"
        " damgası ön yüzündedir.",
        en="A cast gold bar of {w} and {f} fineness. It measures about {d} mm; the cast surface is"
        " different on every bar, and serial number and assay stamp are on its face.",
    ),
    packed=Translated(
        tr="Koruyucu kılıf içinde, aynı seri numarasını taşıyan imzalı ayar raporuyla verilir.",
        en="It comes in a protective sleeve with a signed assay certificate of the same serial"
        " number.",
    ),
)
_PATTERNED: Final = Line(
    prefix="PTN",
    first_id=3_001_200,
    category="desenli-altin",
    shape="bar",
    metal=Metal.GOLD,
    fineness=9_999,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=100,
    legend="LALE DESENLİ",
    name=Translated(tr="{w} {f} Lale Desenli Gram Altın", en="{w} {f} Tulip Pattern Gold Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta, ön yüzünde kabartma lale bahçesi bulunan külçe"
        " altın. {d} mm ölçülerindedir ve mat zemin üzerine parlak desenle basılmıştır.",
        en="A gold bar of {w} and {f} fineness with a garden of tulips in relief. It measures {d}"
        " mm and is struck with a bright pattern on a frosted field.",
    ),
    packed=_CARD,
)
_GIFT: Final = Line(
    prefix="GFT",
    first_id=3_001_300,
    category="hediyelik-altin",
    shape="bar",
    metal=Metal.GOLD,
    fineness=9_999,
    tax="on_craftsmanship",
    shipping_minor=6_500,
    commission_basis_points=100,
    legend="HEDİYELİK",
    name=Translated(tr="{w} {f} Hediyelik Altın", en="{w} {f} Gift Gold Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta, {d} mm ölçülerinde baskı külçe altın.",
        en="A minted gold bar of {w} and {f} fineness, measuring {d} mm.",
    ),
    packed=Translated(
        tr="Kartın arkasında ayar bilgisi ile not yazılabilecek bir alan vardır; zarfı ve kurdelesi"
        " birlikte verilir.",
        en="The back of the card states the assay and leaves room for a note; an envelope and a"
        " ribbon come with it.",
    ),
)
_CARAT_22: Final = Line(
    prefix="K22",
    first_id=3_001_400,
    category="22-ayar-gram-altin",
    shape="bar",
    metal=Metal.GOLD,
    fineness=9_160,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=100,
    legend="22 AYAR",
    name=Translated(tr="{w} 22 Ayar Gram Altın", en="{w} 22 Carat Gold Bar"),
    made=Translated(
        tr="{w} brüt ağırlığında, {f} milyem (22 ayar) gram altın. {d} mm ölçülerindedir; bakır"
        " alaşımı sayesinde has altından daha sert ve daha kızıl tonludur.",
        en="A 22 carat gold bar of {w} gross weight and {f} fineness. It measures {d} mm; its"
        " copper alloy makes it harder and redder than fine gold.",
    ),
    packed=_CARD,
)


class _Occasion(NamedTuple):
    """What a gift card is for: what it is called, and what is said of it."""

    card: Translated
    said: Translated


_BIRTH: Final = _Occasion(
    Translated(tr="Hoş Geldin Bebek Kartı", en="Welcome Baby Card"),
    Translated(
        tr="Yeni doğan bebekler için resimli kartın içinde, ailesine unutulmaz bir hediye.",
        en="A keepsake for a newborn child's family, in an illustrated card.",
    ),
)
_WEDDING: Final = _Occasion(
    Translated(tr="Düğün Kartı", en="Wedding Card"),
    Translated(
        tr="Nişan ve düğünler için, takı merasiminde kolayca takdim edilen kartın içinde.",
        en="For engagements and weddings, in a card that is easily presented at the ceremony.",
    ),
)
_GRADUATION: Final = _Occasion(
    Translated(tr="Mezuniyet Kartı", en="Graduation Card"),
    Translated(
        tr="Mezuniyet günü için, ilk birikimin başlangıcı olacak bir hediye.",
        en="A present for graduation day, and the first piece of somebody's savings.",
    ),
)
_GIFTS: Final[tuple[tuple[_Occasion, Piece], ...]] = (
    (_BIRTH, Piece(500, "7 × 11.6 × 0.35", 14_500, 260, 180)),
    (_BIRTH, Piece(1_000, "8.7 × 15 × 0.4", 15_500, 190, 210)),
    (_WEDDING, Piece(1_000, "8.7 × 15 × 0.4", 15_500, 190, 260)),
    (_WEDDING, Piece(2_500, "10 × 17 × 0.78", 18_500, 150, 140)),
    (_WEDDING, Piece(5_000, "14 × 23 × 0.9", 22_000, 120, 0)),
    (_GRADUATION, Piece(1_000, "8.7 × 15 × 0.4", 15_500, 190, 95)),
)

# The published example names this one; its id, name and priced weight are the example's.
_EXAMPLE: Final = DemoProduct(
    product_id=3_000_065,
    sku="MNT0001",
    barcode=barcode_of(3_000_065),
    shape="bar",
    metal=Metal.GOLD,
    weight_micrograms=1_010_000,
    gross_micrograms=1_000_000,
    fineness=9_999,
    category="gram-altin",
    name=Translated(
        tr="Minted 1 Gr 999,9 Külçe Altın (NadirGold)",
        en="Minted 1 g 999.9 Gold Bar (NadirGold)",
    ),
    text=paragraph(
        Translated(
            tr="1 g ağırlığında, 999,9 milyem saflıkta baskı külçe altın. 8,7 × 15 × 0,4 mm"
            " ölçülerindedir; fiyatı 1,01 g has altın üzerinden hesaplanır.",
            en="A minted gold bar of 1 g and 999.9 fineness. It measures 8.7 × 15 × 0.4 mm and is"
            " priced on 1.01 g of fine gold.",
        ),
        _CARD,
        delivery(1_000_000, Metal.GOLD),
    ),
    stock=500,
    tax="none",
    markup_fixed_minor=0,
    markup_basis_points=0,
    insurance_basis_points=INSURANCE_BASIS_POINTS,
    shipping_minor=0,
    commission_basis_points=700,
    legend="GRAM ALTIN",
)


def _gift(occasion: _Occasion, bar: Piece) -> Piece:
    """The bar in the card of its occasion; the card is part of the name."""
    w = weight(bar.milligrams * MICROGRAMS_PER_MILLIGRAM)
    name = Translated(
        tr=f"{w.tr} 999,9 Hediyelik Altın, {occasion.card.tr}",
        en=f"{w.en} 999.9 Gift Gold Bar, {occasion.card.en}",
    )
    return bar._replace(name=name, said=occasion.said)


GOLD_BARS: Final = (
    _EXAMPLE,
    *products_of(
        _MINTED,
        (
            Piece(500, "7 × 11.6 × 0.35", 9_000, 250, 420),
            Piece(2_500, "10 × 17 × 0.78", 11_500, 120, 310),
            Piece(5_000, "14 × 23 × 0.9", 13_500, 95, 260),
            Piece(10_000, "18 × 31 × 1", 17_500, 75, 180),
            Piece(20_000, "21.5 × 36 × 1.4", 24_000, 60, 120),
            Piece(31_100, "24 × 41 × 1.7", 30_000, 55, 90),
            Piece(50_000, "27 × 47 × 2.1", 38_000, 50, 60),
            Piece(100_000, "31 × 54 × 3.1", 55_000, 45, 35),
        ),
    ),
    *products_of(
        _CAST,
        (
            Piece(50_000, "22 × 34 × 3.6", 30_000, 42, 40),
            Piece(100_000, "26 × 44 × 4.6", 42_000, 38, 30),
            Piece(250_000, "32 × 52 × 7.9", 70_000, 32, 12),
            Piece(500_000, "38 × 62 × 11", 110_000, 28, 6),
            Piece(1_000_000, "40 × 80 × 17", 160_000, 22, 3),
        ),
    ),
    *products_of(
        _PATTERNED,
        (
            Piece(1_000, "8.7 × 15 × 0.4", 12_500, 180, 240),
            Piece(2_500, "10 × 17 × 0.78", 15_000, 140, 200),
            Piece(5_000, "14 × 23 × 0.9", 18_000, 110, 150),
            Piece(10_000, "18 × 31 × 1", 23_500, 90, 110),
            Piece(20_000, "21.5 × 36 × 1.4", 31_000, 75, 0),
            Piece(31_100, "24 × 41 × 1.7", 39_000, 70, 45),
        ),
    ),
    *products_of(
        _CARAT_22,
        (
            Piece(500, "7.2 × 11.8 × 0.38", 8_500, 240, 260),
            Piece(1_000, "9 × 15 × 0.46", 9_500, 170, 380),
            Piece(2_500, "10.4 × 17.4 × 0.78", 11_000, 115, 220),
            Piece(5_000, "14.4 × 23.4 × 0.95", 13_000, 90, 160),
            Piece(10_000, "18.5 × 31.5 × 1.1", 16_500, 70, 120),
            Piece(20_000, "22 × 37 × 1.5", 22_500, 58, 70),
        ),
    ),
    *products_of(_GIFT, (_gift(occasion, bar) for occasion, bar in _GIFTS)),
)
