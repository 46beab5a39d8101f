"""How figures, times and places are written in a document, in each language.

Exact, and from nothing but the value and the language: no locale of the machine and no
version of a library has a say, so that a document printed again is the same one.
"""

import unicodedata
from datetime import datetime, tzinfo

from bezant.customers.model import AddressDetails
from bezant.kernel.money import MINOR_UNITS, Currency, Money, exact_decimal
from bezant.kernel.texts import Language


def money_text(amount: Money, language: Language) -> str:
    """`1.234,56 TL` in Turkish, `TRY 1,234.56` in English."""
    whole, rest = divmod(abs(amount.minor), MINOR_UNITS)
    sign = "-" if amount.minor < 0 else ""
    number = _pointed(f"{sign}{whole:,}.{rest:02d}", language)
    if language is Language.TR:
        return f"{number} {'TL' if amount.currency is Currency.TRY else amount.currency}"
    return f"{amount.currency} {number}"


def weight_text(micrograms: int, language: Language) -> str:
    """`1,01 g` in Turkish, `1.01 g` in English."""
    return f"{_pointed(f'{exact_decimal(micrograms, places=6):,f}', language)} g"


def rate_text(basis_points: int, language: Language) -> str:
    """`%20` in Turkish, `20%` in English."""
    number = _pointed(f"{exact_decimal(basis_points, places=2):f}", language)
    return f"%{number}" if language is Language.TR else f"{number}%"


def moment_text(at: datetime, zone: tzinfo, language: Language) -> str:
    """`01.06.2026 12:00 (UTC+03:00)` in Turkish, `2026-06-01 12:00 (UTC+03:00)` in English."""
    local = at.astimezone(zone)
    offset = local.isoformat()[-_OFFSET_LENGTH:]
    return f"{day_text(at, zone, language)} {local:%H:%M} (UTC{offset})"


_OFFSET_LENGTH = len("+03:00")


def day_text(at: datetime, zone: tzinfo, language: Language) -> str:
    """`01.06.2026` in Turkish, `2026-06-01` in English."""
    local = at.astimezone(zone)
    return f"{local:%d.%m.%Y}" if language is Language.TR else f"{local:%Y-%m-%d}"


def address_text(details: AddressDetails) -> str:
    """An address on one line, its known parts in the order of a Turkish envelope."""
    town = "/".join(filter(None, (details.county, details.city)))
    parts = (details.address, details.street, details.district, details.zipcode, town)
    return plain(", ".join(filter(None, parts)))


def plain(text: str) -> str:
    """A text of somebody's as it is shown: on one line, with nothing in it that is not seen.

    Control characters, and those that turn the direction of writing around, could make a
    document show what is not in it.
    """
    kept = "".join(" " if _is_unseen(each) else each for each in text)
    return " ".join(kept.split())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or character in _TURNING


_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _pointed(number: str, language: Language) -> str:
    """A number written with commas between thousands, in the points of the language."""
    return number.translate(_TURKISH_POINTS) if language is Language.TR else number


_TURKISH_POINTS = str.maketrans(",.", ".,")
