"""`bezant kyc`: the limits of what customers may do, by how much is known of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, print_table
from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import MAX_LEVEL, DatedLimit, Limit, LimitKind
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.settings import Settings

app = typer.Typer(help="Knowing customers.", no_args_is_help=True)
limits = typer.Typer(help="What customers may do, by level.", no_args_is_help=True)
app.add_typer(limits, name="limits")

NONE: Final = "none"
MAX_UNITS: Final = 2**63 - 1


@limits.command("list")
def list_() -> None:
    """List every limit with the day from which it is in force, the newest of each first."""

    async def work(_settings: Settings, db: Database) -> Sequence[DatedLimit]:
        async with db.reading() as connection:
            return await kyc.list_limits(connection)

    print_table(
        ("level", "limit", "unit", "from", "at most"),
        (
            (
                str(each.limit.level),
                each.limit.kind,
                each.limit.unit,
                each.valid_from.isoformat(),
                _told(each.limit),
            )
            for each in on_database(work)
        ),
    )


@limits.command("set")
def set_(
    level: Annotated[int, typer.Argument(min=0, max=MAX_LEVEL, help="For which level.")],
    kind: Annotated[LimitKind, typer.Argument(help="Which limit.")],
    amount: Annotated[str, typer.Argument(help="The most: grams, or cash; `none` for no limit.")],
    unit: Annotated[str, typer.Option(help="The metal (gold), or the currency (TRY).")],
    valid_from: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="From which day on; else from today."),
    ] = None,
) -> None:
    """Set a limit from a day on. What was set before stays in force until then."""

    limit = _limit(level, kind, unit, amount=amount)

    async def work(settings: Settings, db: Database) -> DatedLimit:
        now = SystemClock().now()
        today = now.astimezone(ZoneInfo(settings.time_zone)).date()
        new = DatedLimit(limit, today if valid_from is None else valid_from.date())
        await db.write(lambda tx: kyc.set_limit(tx, new, now=now))
        return new

    made = on_database(work)
    console.print(
        f"level {level}: {kind} of {limit.unit} is {_told(limit)} "
        f"from {made.valid_from.isoformat()} on"
    )


def _limit(level: int, kind: LimitKind, unit: str, *, amount: str) -> Limit:
    unit = unit.lower() if kind.is_of_metal else unit.upper()
    try:
        return Limit(level=level, kind=kind, unit=unit, amount=_units(kind, amount))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _units(kind: LimitKind, amount: str) -> int | None:
    """The amount in the limit's smallest unit. `ValueError` for what is none."""
    if amount == NONE:
        return None
    try:
        units = Decimal(amount).scaleb(kind.places)
        whole = int(units)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"no amount: {amount}") from None
    if whole != units or not 0 <= whole <= MAX_UNITS:
        raise ValueError(f"no amount of at most {kind.places} decimals: {amount}")
    return whole


def _told(limit: Limit) -> str:
    return "no limit" if limit.amount is None else limit.told(limit.amount)
