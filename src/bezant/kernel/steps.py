"""Steps of several rooms in one statement: one round trip, and one transaction without BEGIN.

Invariants: all steps of a statement happen, in their order, or none does; each is a call of a
function of the database, so a room's SQL stays its own; what a step may be refused for, its
room translates. Nothing reaches the database on a `Led` connection before its leading step,
and only what reads shares a statement with that.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar, cast, overload

import asyncpg

from bezant.kernel.db import Connection, NotAtOnce
from bezant.kernel.errors import BezantError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

First = TypeVar("First")
Second = TypeVar("Second")
Third = TypeVar("Third")
Fourth = TypeVar("Fourth")
Fifth = TypeVar("Fifth")
Sixth = TypeVar("Sixth")
Result_co = TypeVar("Result_co", covariant=True)

DatabaseRefusal: TypeAlias = asyncpg.PostgresError
"""An error by which the database says no to a statement."""
CHANGED_MEANWHILE: Final = "BZ001"
"""The code of a function that finds another version than its caller has read."""
NO_STEP_SQL: Final = "SELECT NULL::text"
"""The statement of a step that there is nothing for."""
_PARAMETER: Final = re.compile(r"\$(\d+)")


def _never(_error: DatabaseRefusal) -> BezantError | None:
    return None


def nothing(_value: object) -> None:
    """What a step means that is done for what it does."""


def must(step: "Step[bool]") -> "Step[None]":
    """A compare-and-set without which the whole statement is not to happen."""
    return Step(f"SELECT must({_call(step.sql, 0)})", step.args, nothing, step.refused)


def deed(step: "Step[object]") -> "Step[None]":
    """A step that is done for what it does: what it tells is not listened to."""
    return Step(step.sql, step.args, nothing, step.refused)


@dataclass(frozen=True, slots=True)
class Step(Generic[Result_co]):
    """A call of one function, as `SELECT f($1, $2)`, and what its value means."""

    sql: str
    args: "Sequence[object]"
    read: Callable[[str | None], Result_co]
    refused: Callable[[DatabaseRefusal], BezantError | None] = _never
    """The fact behind an error of the database, if it is this step's."""
    only_reads: bool = False
    """Whether its function cannot write: the database knows it as STABLE."""


NO_DEED: Final[Step[None]] = Step(NO_STEP_SQL, (), nothing)
"""In the place of a step that is not needed."""


class Led:
    """A connection on which a step comes first: alone, or beside what is read first.

    What the step means may be a refusal (`Step.read` raises): then what was read beside it is
    thrown away unseen, and so nothing that writes is ever beside it. Its transaction is its own,
    so it may end that without waiting for the disk. A refusal is final: whatever is asked of the
    connection later meets it again.
    """

    __slots__ = ("_connection", "_said", "_step")

    def __init__(self, connection: Connection, step: Step[None]) -> None:
        assert not connection.is_in_transaction(), "the step's transaction is its own"
        self._connection = connection
        self._step: Step[None] | None = step
        self._said: tuple[str | None] | None = None

    @property
    def connection(self) -> Connection:
        """This, where a connection is asked for: it can all that a request needs of one."""
        return cast("Connection", self)

    async def lead(self) -> Connection:
        """The connection itself, once the step was carried out and did not refuse."""
        step = self._step
        if step is not None:
            if self._said is None:
                (said,) = await _carried_out(self._connection, (step,))
                self._said = (said,)
            # Only what has not refused is over; what has, refuses whoever comes next as well.
            step.read(*self._said)
            self._step = None
        return self._connection

    async def at_once(self, steps: "Sequence[Step[object]]") -> tuple[object, ...]:
        """As the function of this name."""
        step, is_said = self._step, self._said is not None
        if step is None or is_said or not all(each.only_reads for each in steps):
            return _meant(steps, await _carried_out(await self.lead(), steps))
        # Last, because it may lock what other requests wait for, and that is let go at the end.
        *row, said = await _carried_out(self._connection, (*steps, step))
        self._said = (said,)
        await self.lead()
        return _meant(steps, row)

    def is_in_transaction(self) -> bool:
        """Whether a transaction is open on the connection."""
        return self._connection.is_in_transaction()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """A transaction, or a savepoint in one."""
        async with (await self.lead()).transaction():
            yield

    async def fetch(self, sql: str, *args: object) -> "list[Record]":
        """All rows of a statement."""
        return await (await self.lead()).fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> "Record | None":
        """The first row of a statement."""
        return await (await self.lead()).fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> object:
        """The first value of a statement."""
        return await (await self.lead()).fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """What a statement did."""
        return await (await self.lead()).execute(sql, *args)

    async def executemany(self, sql: str, args: "Sequence[Sequence[object]]") -> None:
        """A statement, many times."""
        await (await self.lead()).executemany(sql, args)


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
async def at_once(
    connection: Connection,
    first: Step[First],
    second: Step[Second],
    third: Step[Third],
    fourth: Step[Fourth],
    fifth: Step[Fifth],
    /,
) -> tuple[First, Second, Third, Fourth, Fifth]: ...
@overload
async def at_once(
    connection: Connection,
    first: Step[First],
    second: Step[Second],
    third: Step[Third],
    fourth: Step[Fourth],
    fifth: Step[Fifth],
    sixth: Step[Sixth],
    /,
) -> tuple[First, Second, Third, Fourth, Fifth, Sixth]: ...
@overload
async def at_once(connection: Connection, /, *steps: Step[None]) -> tuple[None, ...]: ...
async def at_once(connection: Connection, /, *steps: Step[object]) -> tuple[object, ...]:
    """Carries out steps as one statement; what each of them means.

    Raises `NotAtOnce` when one finds that something has changed since it was read, and what
    the steps are refused for.
    """
    # A led connection stands in for one wherever a request is carried out.
    led: object = connection
    if isinstance(led, Led):
        return await led.at_once(steps)
    return _meant(steps, await _carried_out(connection, steps))


def _meant(steps: "Sequence[Step[object]]", row: "Sequence[str | None]") -> tuple[object, ...]:
    return tuple(step.read(value) for step, value in zip(steps, row, strict=True))


async def _carried_out(
    connection: Connection, steps: "Sequence[Step[object]]"
) -> "Sequence[str | None]":
    try:
        row = await connection.fetchrow(
            joined(tuple(step.sql for step in steps)), *chain(*(step.args for step in steps))
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
    return list(row)


@lru_cache(maxsize=256)
def joined(statements: tuple[str, ...]) -> str:
    """The calls of several statements in one, each with parameters of its own, in their order."""
    calls, before = [], 0
    for sql in statements:
        calls.append(_call(sql, before))
        before += max((int(number) for number in _PARAMETER.findall(sql)), default=0)
    return "SELECT " + ", ".join(calls)


def _call(sql: str, before: int) -> str:
    call = sql.strip().removeprefix("SELECT ")
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + before}", call)
