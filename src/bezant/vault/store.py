"""Bars and the headroom in the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import BezantError
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import DatabaseRefusal, Step, nothing
from bezant.vault.model import Bar, BarId, BarIsIn, BarIsOut, BarNeeded, NewBar, SalesFrozen

if TYPE_CHECKING:
    from asyncpg import Record

COUNT: Final = """
    SELECT vault_count($1, $2)
"""

TAKE_IN: Final = """
    SELECT vault_take_in($1, $2, $3, $4, $5, $6, $7, $8)
"""

WITHDRAW: Final = """
    SELECT vault_withdraw($1, $2, $3)
"""

SELECT_BARS: Final = """
    SELECT * FROM vault_bar
     WHERE ($1::text IS NULL OR metal = $1) AND ($2 OR withdrawn_at IS NULL)
     ORDER BY metal, refiner, serial, taken_in_at LIMIT $3
"""

SELECT_BARS_OF_SERIAL: Final = """
    SELECT * FROM vault_bar
     WHERE serial = $1 AND ($2::text IS NULL OR refiner = $2)
     ORDER BY withdrawn_at NULLS LAST, taken_in_at LIMIT $3
"""

SELECT_STANDING: Final = """
    SELECT b.bars, b.fine_ug, h.free_ug, h.state
      FROM (SELECT count(*) AS bars, coalesce(sum(fine_ug), 0)::bigint AS fine_ug
              FROM vault_bar WHERE metal = $1 AND withdrawn_at IS NULL) b,
           (SELECT sum(free_ug)::bigint AS free_ug, min(state) AS state
              FROM vault_headroom WHERE metal = $1) h
"""

LOCK_HEADROOM: Final = """
    SELECT FROM vault_headroom WHERE metal = $1 ORDER BY stripe FOR NO KEY UPDATE
"""

GATHER: Final = """
    SELECT vault_gather($1, $2, false, true)
"""

NOT_COVERED: Final = "BZ020"
IS_IN: Final = "BZ021"
IS_OUT: Final = "BZ022"


def count(changes: Mapping[Metal, int]) -> Step[None]:
    """Changes the headroom of metals by so many micrograms. Refused as `SalesFrozen`."""
    metals = sorted(metal for metal, change in changes.items() if change)
    args = (metals, [changes[metal] for metal in metals])

    def fact(error: DatabaseRefusal) -> BezantError | None:
        if error.sqlstate != NOT_COVERED:
            return None
        return SalesFrozen(Metal(error.detail or ""))

    return Step(COUNT, args, nothing, fact)


def take_in(bar_id: BarId, bar: NewBar, *, now: datetime) -> Step[None]:
    """Takes a bar in. Refused as `BarIsIn`."""
    args = (
        bar_id,
        bar.metal,
        bar.refiner,
        bar.serial,
        bar.gross.micrograms,
        bar.fineness,
        bar.fine.micrograms,
        now,
    )

    def fact(error: DatabaseRefusal) -> BezantError | None:
        return _named(bar, BarIsIn) if error.sqlstate == IS_IN else None

    return Step(TAKE_IN, args, nothing, fact)


def withdraw(bar: Bar, *, anyway: bool, now: datetime) -> Step[None]:
    """Takes a bar out. Refused as `BarIsOut`, and as `BarNeeded` unless it is gone anyway."""
    known = {NOT_COVERED: BarNeeded, IS_OUT: BarIsOut}

    def fact(error: DatabaseRefusal) -> BezantError | None:
        refusal = known.get(error.sqlstate or "")
        return None if refusal is None else _named(bar, refusal)

    return Step(WITHDRAW, (bar.bar_id, anyway, now), nothing, fact)


async def select_bars(
    connection: Connection, metal: Metal | None, *, with_withdrawn: bool, limit: int
) -> list[Bar]:
    """Bars by metal, refiner and serial."""
    rows = await connection.fetch(SELECT_BARS, metal, with_withdrawn, limit)
    return [_bar(row) for row in rows]


async def select_bars_of_serial(
    connection: Connection, serial: str, *, refiner: str | None, limit: int
) -> list[Bar]:
    """Bars that have this serial, the first that was taken in first."""
    rows = await connection.fetch(SELECT_BARS_OF_SERIAL, serial, refiner, limit)
    return [_bar(row) for row in rows]


async def select_standing(connection: Connection, metal: Metal) -> tuple[int, int, int, str]:
    """How many bars lie there, their fine weight, what the counter has free, and its state."""
    row = await connection.fetchrow(SELECT_STANDING, metal)
    assert row is not None, "sums are one row"
    return row["bars"], row["fine_ug"], row["free_ug"], row["state"]


async def lock_headroom(tx: Tx, metal: Metal) -> None:
    """Whoever trades in this metal waits until the transaction ends."""
    await tx.execute(LOCK_HEADROOM, metal)


async def correct(tx: Tx, metal: Metal, *, by: int) -> None:
    """Changes a headroom as it has to be, also below zero; whether it is guarded stays."""
    await tx.execute(GATHER, metal, by)


def _named(bar: Bar | NewBar, refusal: type[BezantError]) -> BezantError:
    return refusal(refiner=bar.refiner, serial=bar.serial)


def _bar(row: "Record") -> Bar:
    metal = Metal(row["metal"])
    return Bar(
        bar_id=BarId(row["bar_id"]),
        refiner=row["refiner"],
        serial=row["serial"],
        gross=Weight(row["gross_ug"], metal),
        fineness=row["fineness"],
        fine=Weight(row["fine_ug"], metal),
        taken_in_at=row["taken_in_at"],
        withdrawn_at=row["withdrawn_at"],
    )
