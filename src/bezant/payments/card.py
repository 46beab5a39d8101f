"""A card in hand: the digits that pass through and are kept nowhere.

Invariants: neither number nor verification value shows in a `repr`, a log or an error, and
no encoder of ours writes them: only an acquirer's adapter calls `reveal`. What may be kept
and shown of a card is its `CardFace`.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import msgspec

from bezant.kernel.errors import Invalid

SHORTEST_NUMBER: Final = 12
LONGEST_NUMBER: Final = 19
BIN_DIGITS: Final = 6
# Since 2022 issuers are told apart by eight digits, on numbers of sixteen and more.
LONG_BIN_DIGITS: Final = 8
LONG_NUMBER: Final = 16
LAST_DIGITS: Final = 4
MASKED_CVV: Final = "***"
_CENTURY: Final = 2000
_EXPIRY: Final = re.compile(r"(0[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})")
_CVV: Final = re.compile(r"[0-9]{3,4}")
_GAPS: Final = str.maketrans("", "", " -")


class Secret:
    """A text that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; for an acquirer's adapter and nobody else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class CardExpiry(msgspec.Struct, frozen=True, order=True):
    """The last month in which a card may be used."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> "CardExpiry | None":
        """`MM/YY` or `MM/YYYY`; None for anything else."""
        found = _EXPIRY.fullmatch(text.strip())
        return cls(_CENTURY + int(found[2]), int(found[1])) if found else None

    def is_over(self, today: date) -> bool:
        """Whether the card's last month has passed."""
        return (self.year, self.month) < (today.year, today.month)

    def __str__(self) -> str:
        return f"{self.month:02d}/{self.year % 100:02d}"


class CardFace(msgspec.Struct, frozen=True, kw_only=True):
    """What may be kept and shown of a card; an empty text means unknown."""

    holder: str
    bin: str
    last_four: str
    expiry: CardExpiry | None = None
    association: str = ""

    @property
    def masked_number(self) -> str:
        """Six digits, six stars, four digits."""
        return f"{self.bin[:BIN_DIGITS]}******{self.last_four}"


@dataclass(frozen=True, slots=True)
class CardForm:
    """A card as somebody typed it; not yet known to be one, and shown to nobody."""

    holder: str = field(repr=False)
    number: str = field(repr=False)
    expiry: str = field(repr=False)
    cvv: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardInHand:
    """A card as the customer gave it, for one charge."""

    face: CardFace
    number: Secret
    cvv: Secret

    @classmethod
    def read(cls, form: CardForm, *, today: date, path: str = "") -> "CardInHand":
        """The card, once its form is right.

        Raises `Invalid` naming `card_holder`, `card_number`, `card_expiry` and `card_cvv`
        below `path`; the texts never repeat what was sent.
        """
        digits = form.number.translate(_GAPS)
        until = CardExpiry.read(form.expiry)
        wrong = {
            "card_holder": "card.holder" if not form.holder.strip() else "",
            "card_number": "card.number" if not passes_luhn(digits) else "",
            "card_expiry": "card.expiry" if until is None else "",
            "card_cvv": "card.cvv" if not _CVV.fullmatch(form.cvv) else "",
        }
        if until is not None and until.is_over(today):
            wrong["card_expiry"] = "card.expired"
        Invalid.raise_for({f"{path}{field}": key for field, key in wrong.items() if key})
        face = CardFace(
            holder=" ".join(form.holder.split()),
            bin=digits[: LONG_BIN_DIGITS if len(digits) >= LONG_NUMBER else BIN_DIGITS],
            last_four=digits[-LAST_DIGITS:],
            expiry=until,
            association=association_of(digits),
        )
        return cls(face, Secret(digits), Secret(form.cvv))


def read_cvv(text: str, *, path: str = "") -> Secret:
    """The value on the back of a card. Raises `Invalid` naming `card_cvv` below `path`."""
    if not _CVV.fullmatch(text):
        raise Invalid.field(f"{path}card_cvv", "card.cvv")
    return Secret(text)


def passes_luhn(digits: str) -> bool:
    """Whether these are the digits of a card number (ISO/IEC 7812-1, annex B)."""
    if not digits.isascii() or not digits.isdigit():
        return False
    if not SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def association_of(digits: str) -> str:
    """The card scheme by the first digits; an empty text when we do not know it."""
    for association, pattern in _ASSOCIATIONS:
        if pattern.match(digits):
            return association
    return ""


_ASSOCIATIONS: Final = (
    ("TROY", re.compile(r"9792|65")),
    ("VISA", re.compile(r"4")),
    ("MASTERCARD", re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720")),
    ("AMEX", re.compile(r"3[47]")),
)
