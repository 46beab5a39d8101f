"""Platinum and palladium, bars and coins."""

from typing import Final

from bezant.cli.demo.catalogue.items import Translated
from bezant.cli.demo.catalogue.lines import Line, Piece, products_of
from bezant.kernel.metal import Metal

_BAR_PACKED: Final = Translated(
    tr="Seri numaralı sertifika kartına kapatılmıştır. Fiyatına tam bedel üzerinden KDV eklenir.",
    en="It is sealed in a numbered assay card. VAT is added on the full price.",
)
_COIN_PACKED: Final = Translated(
    tr="Hava almayan kapsülde ve numaralı sertifikasıyla verilir. Fiyatına tam bedel üzerinden KDV"
    " eklenir.",
    en="It comes in an airtight capsule with a numbered certificate. VAT is added on the full"
    " price.",
)
_COIN_MADE: Final = Translated(
    tr="{w} ağırlığında ve {f} milyem saflıktadır; has karşılığı {n}, çapı ve kalınlığı {d} mm'dir."
    " Ön yüzünde defne çelengi, arka yüzünde sekiz köşeli yıldız vardır.",
    en="It weighs {w} at {f} fineness, {n} of it fine metal; diameter and thickness are {d} mm. Its"
    " face shows a laurel wreath, its back an eight-pointed star.",
)

_PLATINUM_BARS: Final = Line(
    prefix="PTB",
    first_id=3_004_000,
    category="platin-kulce",
    shape="bar",
    metal=Metal.PLATINUM,
    fineness=9_995,
    tax="on_full_price",
    shipping_minor=6_500,
    commission_basis_points=200,
    legend="KÜLÇE PLATİN",
    name=Translated(tr="{w} {f} Külçe Platin", en="{w} {f} Platinum Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta baskı külçe platin. {d} mm ölçülerindedir; platin"
        " kararmaz, aşınmaya altından daha dayanıklıdır.",
        en="A minted platinum bar of {w} and {f} fineness. It measures {d} mm; platinum does not"
        " tarnish and wears better than gold.",
    ),
    packed=_BAR_PACKED,
)
_PLATINUM_COINS: Final = Line(
    prefix="PTC",
    first_id=3_004_100,
    category="platin-sikke",
    shape="coin",
    metal=Metal.PLATINUM,
    fineness=9_995,
    tax="on_full_price",
    shipping_minor=6_500,
    commission_basis_points=220,
    legend="PLATİN",
    name=Translated(tr="{w} {f} Platin Sikke", en="{w} {f} Platinum Coin"),
    made=_COIN_MADE,
    packed=_COIN_PACKED,
)
_PALLADIUM_BARS: Final = Line(
    prefix="PDB",
    first_id=3_005_000,
    category="paladyum-kulce",
    shape="bar",
    metal=Metal.PALLADIUM,
    fineness=9_995,
    tax="on_full_price",
    shipping_minor=6_500,
    commission_basis_points=220,
    legend="PALADYUM",
    name=Translated(tr="{w} {f} Külçe Paladyum", en="{w} {f} Palladium Bar"),
    made=Translated(
        tr="{w} ağırlığında, {f} milyem saflıkta baskı külçe paladyum. {d} mm ölçülerindedir;"
        " fiyatı büyük ölçüde sanayi talebiyle değişir.",
        en="A minted palladium bar of {w} and {f} fineness. It measures {d} mm; its price moves"
        " mostly with the demand of industry.",
    ),
    packed=_BAR_PACKED,
)
_PALLADIUM_COINS: Final = Line(
    prefix="PDC",
    first_id=3_005_100,
    category="paladyum-sikke",
    shape="coin",
    metal=Metal.PALLADIUM,
    fineness=9_995,
    tax="on_full_price",
    shipping_minor=6_500,
    commission_basis_points=240,
    legend="PALADYUM",
    name=Translated(tr="{w} {f} Paladyum Sikke", en="{w} {f} Palladium Coin"),
    made=_COIN_MADE,
    packed=_COIN_PACKED,
)


def _ounces(ounces: str, tr: str, en: str) -> Translated:
    return Translated(tr=f"{ounces} Ons 999,5 {tr} Sikke", en=f"{ounces} oz 999.5 {en} Coin")


_TENTH: Final = _ounces("1/10", "Platin", "Platinum")
_OUNCE: Final = _ounces("1", "Platin", "Platinum")
_PALLADIUM_OUNCE: Final = _ounces("1", "Paladyum", "Palladium")

PLATINUM_GROUP: Final = (
    *products_of(
        _PLATINUM_BARS,
        (
            Piece(1_000, "7.5 × 12.5 × 0.5", 16_000, 600, 90),
            Piece(5_000, "13 × 21.5 × 0.84", 21_000, 450, 60),
            Piece(10_000, "16.5 × 28 × 1.02", 27_000, 380, 45),
            Piece(31_100, "24 × 41 × 1.5", 45_000, 300, 25),
            Piece(50_000, "27 × 47 × 1.86", 60_000, 270, 10),
            Piece(100_000, "31 × 54 × 2.8", 90_000, 240, 4),
        ),
    ),
    *products_of(
        _PLATINUM_COINS,
        (
            Piece(3_110, "16.5 × 0.7", 24_000, 620, 20, "1/10 ONS", _TENTH),
            Piece(31_104, "32.5 × 1.77", 62_000, 420, 14, "1 ONS", _OUNCE),
        ),
    ),
    *products_of(
        _PALLADIUM_BARS,
        (
            Piece(5_000, "14 × 23 × 1.32", 22_000, 520, 40),
            Piece(10_000, "18 × 31 × 1.52", 28_500, 430, 30),
            Piece(31_100, "24 × 41 × 2.7", 48_000, 340, 18),
            Piece(50_000, "27 × 47 × 3.35", 64_000, 300, 0),
            Piece(100_000, "31 × 54 × 5.05", 95_000, 270, 3),
        ),
    ),
    *products_of(
        _PALLADIUM_COINS, (Piece(31_104, "34 × 2.9", 66_000, 460, 9, "1 ONS", _PALLADIUM_OUNCE),)
    ),
)
