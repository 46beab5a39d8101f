"""The daily file: what was captured and given back, by the merchant's reference.

A day is a day in UTC. On request something is wrong in it, so that a comparison has something
to find.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from bezant.integrations.acquirers.sandbox.server.settings import SettlementFault
from bezant.integrations.acquirers.sandbox.server.state import State
from bezant.integrations.acquirers.sandbox.wire import Movement, MovementKind
from bezant.kernel.money import MINOR_UNITS, Currency

COLUMNS: Final = ("reference", "kind", "amount", "currency", "commission")
MISMATCHED_MINOR: Final = 131_313
"""A capture of this many minor units is always one too high in the file."""
STRANGER: Final = "STRANGER0000000000000000"
_MILLIS: Final = 1_000


def settlement_file(state: State, day: date, fault: SettlementFault) -> bytes:
    """The file of one day, as CSV."""
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = first + timedelta(days=1)
    movements = state.movements_between(_millis(first), _millis(end))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(movement) for movement in _with_fault(movements, fault))
    return text.getvalue().encode()


def _with_fault(movements: Sequence[Movement], fault: SettlementFault) -> list[Movement]:
    lines = [
        _one_too_high(movement) if _is_mismatched(movement) else movement for movement in movements
    ]
    match fault:
        case SettlementFault.NONE:
            return lines
        case SettlementFault.AMOUNT:
            return [*map(_one_too_high, lines[:1]), *lines[1:]]
        case SettlementFault.MISSING:
            return lines[1:]
        case SettlementFault.STRANGER:
            return [*lines, _STRANGER_LINE]


def _is_mismatched(movement: Movement) -> bool:
    return movement.kind is MovementKind.CAPTURE and movement.amount == MISMATCHED_MINOR


def _one_too_high(movement: Movement) -> Movement:
    return msgspec.structs.replace(movement, amount=movement.amount + 1)


def _row(movement: Movement) -> tuple[str, str, str, str, str]:
    return (
        movement.refund or movement.charge,
        movement.kind,
        _decimal(movement.amount),
        movement.currency,
        _decimal(movement.commission),
    )


def _decimal(minor: int) -> str:
    whole, rest = divmod(minor, MINOR_UNITS)
    return f"{whole}.{rest:02d}"


def _millis(at: datetime) -> int:
    return int(at.timestamp()) * _MILLIS


_STRANGER_LINE: Final = Movement(
    charge=STRANGER,
    refund="",
    kind=MovementKind.CAPTURE,
    amount=1_00,
    currency=Currency.TRY,
    commission=0,
    at=0,
)
