"""Bars as somebody types them, one by one or in a file, and what was counted; no I/O.

Weights are in grams and a fineness in parts of a thousand, as they are stamped on a bar: 999.9.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import Final

from bezant.kernel.errors import Invalid
from bezant.kernel.metal import MICROGRAMS_PER_GRAM, Metal, Weight
from bezant.kernel.texts import Text
from bezant.vault.model import (
    FINENESS_PARTS,
    HEAVIEST_UG,
    MAX_BARS,
    REFINER_LENGTH,
    SERIAL_LENGTH,
    Counted,
    NewBar,
)

COLUMNS: Final = ("metal", "refiner", "serial", "gross", "fineness")
_SERIAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]*")
_PER_MILLE: Final = FINENESS_PARTS // 1_000


def read_bar(typed: Mapping[str, str]) -> NewBar:
    """A bar of its five columns. Raises `Invalid` naming each that cannot be."""
    wrong: dict[str, list[Text]] = {}
    refiner, serial = (typed.get(name, "").strip() for name in ("refiner", "serial"))
    if not 1 <= len(refiner) <= REFINER_LENGTH or not refiner.isprintable():
        wrong["refiner"] = [Text("vault.refiner", {"max": REFINER_LENGTH})]
    if not _is_serial(serial):
        wrong["serial"] = [Text("vault.serial", {"max": SERIAL_LENGTH})]
    metal = typed.get("metal", "").strip().lower()
    if metal not in frozenset(Metal):
        wrong["metal"] = [Text("vault.metal")]
    gross = _whole(typed.get("gross", ""), MICROGRAMS_PER_GRAM, most=HEAVIEST_UG)
    if gross is None:
        wrong["gross"] = [Text("vault.gross")]
    fineness = _whole(typed.get("fineness", ""), _PER_MILLE, most=FINENESS_PARTS)
    # What is too little to have a microgram of metal in it is no fineness either.
    if fineness is None or (gross is not None and gross * fineness < FINENESS_PARTS):
        wrong["fineness"] = [Text("vault.fineness")]
    if wrong or gross is None or fineness is None:
        raise Invalid(wrong)
    return NewBar(
        refiner=refiner, serial=serial, gross=Weight(gross, Metal(metal)), fineness=fineness
    )


def read_bars(text: str) -> list[NewBar]:
    """The bars of a CSV file with the columns of `COLUMNS`.

    Raises `Invalid` for the first line that cannot be, for none or too many, and for one that is
    there twice.
    """
    found: list[NewBar] = []
    seen: set[tuple[str, str]] = set()
    for number, row in _rows(text, COLUMNS):
        bar = _on_line(number, row)
        if (bar.refiner, bar.serial) in seen:
            raise Invalid.field(f"line {number}", "vault.twice", serial=bar.serial)
        seen.add((bar.refiner, bar.serial))
        found.append(bar)
    return found


def read_counted(text: str) -> list[Counted]:
    """What was counted, from a CSV file with a column `serial`; `refiner` and `gross` if told."""
    found = []
    for number, row in _rows(text, ("serial",)):
        typed = row.get("gross", "").strip()
        gross = _whole(typed, MICROGRAMS_PER_GRAM, most=HEAVIEST_UG) if typed else None
        if typed and gross is None:
            raise Invalid.field(f"line {number}", "vault.gross")
        found.append(Counted(row["serial"].strip(), row.get("refiner", "").strip() or None, gross))
    return found


def _on_line(number: int, row: Mapping[str, str]) -> NewBar:
    try:
        return read_bar(row)
    except Invalid as refused:
        fields = refused.fields.items()
        raise Invalid({f"line {number}, {name}": texts for name, texts in fields}) from None


def _rows(text: str, columns: Sequence[str]) -> Iterable[tuple[int, dict[str, str]]]:
    """The lines below the head, each with its number; empty ones count for nothing."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), restval="")
    if not set(columns) <= set(reader.fieldnames or ()):
        raise Invalid.field("file", "vault.columns", columns=", ".join(columns))
    rows = [
        (reader.line_num, {str(name): str(value) for name, value in row.items()}) for row in reader
    ]
    if not 1 <= len(rows) <= MAX_BARS:
        raise Invalid.field("file", "vault.bars", max=MAX_BARS)
    return rows


def _is_serial(serial: str) -> bool:
    return len(serial) <= SERIAL_LENGTH and _SERIAL.fullmatch(serial) is not None


def _whole(typed: str, scale: int, *, most: int) -> int | None:
    """A decimal times `scale`, where that is a whole number from 1 to `most`."""
    try:
        scaled = Decimal(typed.strip()) * scale
    except InvalidOperation:
        return None
    # Not a number, and infinity, compare with nothing.
    if not scaled.is_finite() or not 1 <= scaled <= most or scaled != int(scaled):
        return None
    return int(scaled)
