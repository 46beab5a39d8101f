"""Weights, finenesses and the sentences that many descriptions share, in both languages."""

from typing import Final

from bezant.cli.demo.catalogue.items import Translated
from bezant.kernel.metal import MICROGRAMS_PER_GRAM, Metal
from bezant.kernel.money import exact_decimal

_MICROGRAM_PLACES: Final = 6
_KILOGRAM: Final = 1_000 * MICROGRAMS_PER_GRAM
_ARMOURED_FROM: Final = 250 * MICROGRAMS_PER_GRAM


def weight(micrograms: int) -> Translated:
    """A weight as it is written: `2,5 g` and `2.5 g`; whole kilograms as `1 kg`."""
    if micrograms % _KILOGRAM == 0:
        kilograms = f"{micrograms // _KILOGRAM} kg"
        return Translated(tr=kilograms, en=kilograms)
    grams = f"{exact_decimal(micrograms, places=_MICROGRAM_PLACES)} g"
    return Translated(tr=grams.replace(".", ","), en=grams)


def fineness(per_ten_thousand: int) -> Translated:
    """A fineness in thousandths: `999,9` and `999.9`; `916` has no decimal."""
    thousandths = str(exact_decimal(per_ten_thousand, places=1))
    return Translated(tr=thousandths.replace(".", ","), en=thousandths)


def picture_label(micrograms: int) -> str:
    """The weight that is struck into the drawn product."""
    return weight(micrograms).tr


def picture_fineness(per_ten_thousand: int) -> str:
    """The fineness that is struck into the drawn product."""
    return fineness(per_ten_thousand).tr


def size(millimetres: str) -> Translated:
    """Measures written with points, for both languages: `8.7 × 15 × 0.4`."""
    return Translated(tr=millimetres.replace(".", ","), en=millimetres)


def delivery(gross_micrograms: int, metal: Metal) -> Translated:
    """How the piece gets to its buyer. Heavy gold and its like travel in an armoured car."""
    if gross_micrograms >= _ARMOURED_FROM and metal is not Metal.SILVER:
        return Translated(
            tr="Teslimat, randevu alınarak zırhlı araçla ve kimlik kontrolüyle yapılır.",
            en="It is delivered by armoured car, by appointment and against an identity check.",
        )
    if gross_micrograms >= _KILOGRAM:
        return Translated(
            tr="Ağır gönderi olarak sigortalı kurye ile, kimlik kontrolü yapılarak teslim edilir.",
            en="It travels insured as a heavy parcel and is handed over against an identity check.",
        )
    return Translated(
        tr="Sigortalı kurye ile gönderilir ve kimlik kontrolüyle yalnızca alıcısına teslim edilir.",
        en="It is sent by insured courier and handed only to the buyer, against an identity check.",
    )


def paragraph(*sentences: Translated) -> Translated:
    """Sentences one after the other, as one description."""
    return Translated(
        tr=" ".join(sentence.tr for sentence in sentences),
        en=" ".join(sentence.en for sentence in sentences),
    )
