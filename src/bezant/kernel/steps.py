"""Steps of several rooms in one statement: one round trip, and one transaction without BEGIN.

Invariants: all steps of a statement happen, in their order, or none does; each is a call of a
function of the database, so a room's SQL stays its own; what a step may be refused for, its
room translates.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar, overload

import asyncpg

from bezant.kernel.db import Connection, NotAtOnce
from bezant.kernel.errors import BezantError

if TYPE_CHECKING:
    from collections.abc import Sequence

First = TypeVar("First")
Second = TypeVar("Second")
Third = TypeVar("Third")
Fourth = TypeVar("Fourth")
Result = TypeVar("Result")

DatabaseRefusal: TypeAlias = asyncpg.PostgresError
"""An error by which the database says no to a statement."""
CHANGED_MEANWHILE: Final = "BZ001"
"""The code of a function that finds another version than its caller has read."""
_PARAMETER: Final = re.compile(r"\$(\d+)")


def _never(_error: DatabaseRefusal) -> BezantError | None:
    return None


def nothing(_value: object) -> None:
    """What a step means that is done for what it does."""


@dataclass(frozen=True, slots=True)
class Step(Generic[Result]):
    """A call of one function, as `SELECT f($1, $2)`, and what its value means."""

    sql: str
    args: "Sequence[object]"
    read: Callable[[str | None], Result]
    refused: Callable[[DatabaseRefusal], BezantError | None] = _never
    """The fact behind an error of the database, if it is this step's."""


@overload
async def at_once(connection: Connection, first: Step[First], /) -> tuple[First]: ...
@overload
async def at_once(
    connection: Connection, first: Step[First], second: Step[Second], /
) -> tuple[First, Second]: ...
@overload
async def at_once(
    connection: Connection, first: Step[First], second: Step[Second], third: Step[Third], /
) -> tuple[First, Second, Third]: ...
@overload
async def at_once(
    connection: Connection,
    first: Step[First],
    second: Step[Second],
    third: Step[Third],
    fourth: Step[Fourth],
    /,
) -> tuple[First, Second, Third, Fourth]: ...
@overload
async def at_once(connection: Connection, /, *steps: Step[None]) -> tuple[None, ...]: ...
async def at_once(  # type: ignore[misc] # a tuple of results has no type of their own
    connection: Connection, /, *steps: Step[object]
) -> tuple[object, ...]:
    """Carries out steps as one statement; what each of them means.

    Raises `NotAtOnce` when one finds that something has changed since it was read, and what
    the steps are refused for.
    """
    try:
        row = await connection.fetchrow(
            _joined(tuple(step.sql for step in steps)), *chain(*(step.args for step in steps))
        )
    except asyncpg.PostgresError as error:
        if error.sqlstate == CHANGED_MEANWHILE:
            raise NotAtOnce from None
        for step in steps:
            fact = step.refused(error)
            if fact is not None:
                raise fact from None
        raise
    assert row is not None, "a selection without a table is one row"
    return tuple(step.read(value) for step, value in zip(steps, row, strict=True))


@lru_cache(maxsize=256)
def _joined(statements: tuple[str, ...]) -> str:
    """The calls of several statements in one, each with parameters of its own."""
    calls, before = [], 0
    for sql in statements:
        calls.append(_call(sql, before))
        before += max((int(number) for number in _PARAMETER.findall(sql)), default=0)
    return "SELECT " + ", ".join(calls)


def _call(sql: str, before: int) -> str:
    call = sql.strip().removeprefix("SELECT ")
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + before}", call)
