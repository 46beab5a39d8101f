"""Silver: bars, fine coins and sterling commemorative coins."""

from typing import Final

from bezant.cli.demo.catalogue.items import Translated
from bezant.cli.demo.catalogue.lines import Line, Piece, products_of
from bezant.kernel.metal import Metal

_BARS: Final = Line(
    prefix="SLB",
    first_id=3_003_000,
    category="gumus-kulce",
    shape="bar",
    metal=Metal.SILVER,
    fineness=9_990,
    tax="on_craftsmanship",
    shipping_minor=7_500,
    commission_basis_points=150,
    legend="KÜLÇE GÜMÜŞ",
    name=Translated(tr="{w} {f} Külçe Gümüş", en="{w} {f} Silver Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta külçe gümüş. Yaklaşık {d} mm ölçülerindedir; ön"
        " yüzünde ağırlık, saflık ve seri numarası yer alır.",
        en="A silver bar of {w} and {f} fineness. It measures about {d} mm; weight, fineness and"
        " serial number are on its face.",
    ),
    packed=Translated(
        tr="Kararmayı geciktiren hava almaz ambalajda, aynı seri numaralı ayar kartıyla verilir."
        " Fiyatına, yalnızca işçilik üzerinden hesaplanan KDV eklenir.",
        en="It comes in an airtight wrapping that slows tarnish, with an assay card of the same"
        " serial number. VAT, due on the workmanship only, is added to the price.",
    ),
)
_COINS: Final = Line(
    prefix="SLC",
    first_id=3_003_100,
    category="gumus-sikke",
    shape="coin",
    metal=Metal.SILVER,
    fineness=9_990,
    tax="on_craftsmanship",
    shipping_minor=7_500,
    commission_basis_points=180,
    legend="GÜMÜŞ",
    name=Translated(tr="{w} {f} Gümüş Sikke", en="{w} {f} Silver Coin"),
    made=Translated(
        tr="{w} ağırlığında ve {f} milyem saflıktadır; has karşılığı {n}, çapı ve kalınlığı {d}"
        " mm'dir. Ön yüzünde defne çelengi, arka yüzünde sekiz köşeli yıldız vardır.",
        en="It weighs {w} at {f} fineness, {n} of it fine silver; diameter and thickness are {d}"
        " mm. Its face shows a laurel wreath, its back an eight-pointed star.",
    ),
    packed=Translated(
        tr="Tek tek kapsüllenmiştir ve numaralı sertifikasıyla birlikte verilir.",
        en="Each coin is in a capsule of its own and comes with a numbered certificate.",
    ),
)
_STERLING: Final = Line(
    prefix="SLH",
    first_id=3_003_200,
    category="gumus-sikke",
    shape="coin",
    metal=Metal.SILVER,
    fineness=9_250,
    tax="on_full_price",
    shipping_minor=7_500,
    commission_basis_points=200,
    legend="HATIRA",
    name=Translated(tr="{w} 925 Ayar Hatıra Sikke", en="{w} Sterling Commemorative Coin"),
    made=Translated(
        tr="{w} brüt ağırlığında, {f} milyem gümüşten sınırlı sayıda basılmıştır; has karşılığı"
        " {n}, çapı ve kalınlığı {d} mm'dir.",
        en="Struck in a limited number from silver of {f} fineness; gross {w}, {n} of it fine."
        " Diameter and thickness are {d} mm.",
    ),
    packed=Translated(
        tr="Kadife yuvalı kutusunda, baskı sayısını belirten sertifikasıyla sunulur.",
        en="It is presented in a velvet-lined case, with a certificate of the number struck.",
    ),
)


def _ounces(tr: str, en: str) -> Translated:
    return Translated(tr=f"{tr} 999 Gümüş Sikke", en=f"{en} 999 Silver Coin")


SILVER: Final = (
    *products_of(
        _BARS,
        (
            Piece(10_000, "18 × 31 × 1.75", 9_500, 650, 500),
            Piece(20_000, "21.5 × 36 × 2.5", 11_000, 520, 400),
            Piece(31_100, "24 × 41 × 3.1", 12_500, 450, 420),
            Piece(50_000, "27 × 47 × 3.8", 14_500, 390, 300),
            Piece(100_000, "31 × 54 × 5.8", 18_000, 320, 350),
            Piece(250_000, "40 × 70 × 8.6", 26_000, 260, 140),
            Piece(500_000, "48 × 85 × 11.8", 38_000, 220, 90),
            Piece(1_000_000, "55 × 115 × 15.2", 55_000, 180, 75),
            Piece(5_000_000, "90 × 195 × 27.5", 140_000, 130, 8),
        ),
    ),
    *products_of(
        _COINS,
        (
            Piece(15_552, "33 × 1.76", 14_000, 700, 160, name=_ounces("1/2 Ons", "1/2 oz")),
            Piece(31_104, "38.6 × 2.55", 17_500, 560, 320, name=_ounces("1 Ons", "1 oz")),
            Piece(62_207, "45 × 3.8", 26_000, 500, 110, name=_ounces("2 Ons", "2 oz")),
            Piece(155_517, "60 × 5.3", 48_000, 430, 60, name=_ounces("5 Ons", "5 oz")),
            Piece(311_035, "75 × 6.8", 78_000, 380, 0, name=_ounces("10 Ons", "10 oz")),
            Piece(1_000_000, "100 × 12.3", 190_000, 340, 12, name=_ounces("1 Kilo", "1 Kilo")),
        ),
    ),
    *products_of(
        _STERLING,
        (
            Piece(15_550, "33 × 1.78", 42_000, 900, 70),
            Piece(23_330, "38.6 × 1.98", 56_000, 900, 45),
        ),
    ),
)
