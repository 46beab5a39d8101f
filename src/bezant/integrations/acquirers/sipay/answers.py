"""What Sipay answers, read without believing its types.

The same field comes as a number, as a text or as null from one service to the next, so all
values are kept as the text that was sent; a number is never turned into a float.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Final, NoReturn

from bezant.kernel.money import MINOR_UNITS

# How far from a whole kuruş a number may lie that went through another's floats.
_SLIP: Final = Decimal("0.0001")
_MOST_DIGITS: Final = 20
_LONGEST_EXPLANATION: Final = 300


class Code(IntEnum):
    """The values of `status_code` that mean something to us."""

    STILL_RUNNING = 3
    NO_SUCH_TOKEN = 30
    NO_SUCH_TRANSACTION = 31
    NO_SUCH_INVOICE = 32
    NO_POS = 36
    NO_COMMISSION_IN_CURRENCY = 38
    NO_COMMISSION = 39
    NO_INSTALMENT = 40
    FAILED = 41
    CARD_BLOCKED = 44
    REFUND_FAILED = 49
    NOT_PROCESSED_YET = 69
    FOREIGN_CARD = 76
    NO_FOREIGN_COMMISSION = 77
    NO_SUCH_CARD = 87
    UNKNOWN_ERROR = 99
    DONE = 100
    REFUND_REQUESTED = 101
    NO_POS_FOR_INSTALMENT = 102
    REFUND_ID_USED = 104
    ALREADY_PROCESSED = 117


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `fields` are those on top and those under `data`, `rows` a list there."""

    code: int
    fields: Mapping[str, str] = field(repr=False)
    rows: tuple[Mapping[str, str], ...] = field(repr=False, default=())

    def text(self, *names: str) -> str:
        """The first of these fields that says something."""
        return next((self.fields[name] for name in names if self.fields.get(name)), "")

    def minor(self, name: str) -> int | None:
        """An amount in minor units; None where there is none that can be read."""
        return minor_units(self.fields.get(name, ""))

    @property
    def explanation(self) -> str:
        """What Sipay or the bank says of it in words, as far as one reads."""
        said = self.text(
            "original_bank_error_description",
            "bank_status_description",
            "reason",
            "error",
            "status_description",
            "message",
        )
        return said[:_LONGEST_EXPLANATION]


def read_answer(body: bytes) -> Answer | None:
    """The answer in a body; None when there is none in it."""
    found = _object_in(body)
    data = found.get("data")
    fields = _texts(found)
    if isinstance(data, dict):
        fields = _texts(data) | {name: text for name, text in fields.items() if text}
    rows = data if isinstance(data, list) else []
    return answer_of(fields, tuple(_texts(row) for row in rows if isinstance(row, dict)))


def answer_of(fields: Mapping[str, str], rows: tuple[Mapping[str, str], ...] = ()) -> Answer | None:
    """These fields as an answer; None when they have no code."""
    code = fields.get("status_code", "")
    if not (code.isascii() and code.isdigit() and len(code) <= _MOST_DIGITS):
        return None
    return Answer(int(code), fields, rows)


def read_fields(body: bytes) -> Mapping[str, str]:
    """The plain fields on top of a JSON object; none when it is none."""
    return _texts(_object_in(body))


def minor_units(text: str) -> int | None:
    """`12.3` and `12.30` as 1230; None for what is no amount of whole minor units."""
    if not text or len(text) > _MOST_DIGITS:
        return None
    try:
        exact = Decimal(text) * MINOR_UNITS
    except InvalidOperation:
        return None
    if not exact.is_finite() or exact.adjusted() > _MOST_DIGITS:
        return None
    whole = exact.to_integral_value()
    return int(whole) if abs(exact - whole) <= _SLIP else None


def _object_in(body: bytes) -> Mapping[object, object]:
    try:
        found: object = json.loads(
            body, parse_int=str, parse_float=str, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(found: Mapping[object, object]) -> dict[str, str]:
    """The plain values, each as its text; nothing for null."""
    return {
        str(name): _text(value)
        for name, value in found.items()
        if value is None or isinstance(value, str | bool)
    }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
