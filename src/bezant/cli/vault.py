"""`bezant vault`: bars in and out, what lies there, and whether all of it agrees."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table, without_logs
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database, Tx
from bezant.kernel.metal import Metal
from bezant.kernel.money import exact_decimal
from bezant.ledger.assets import MICROGRAM_PLACES
from bezant.settings import Settings
from bezant.vault import reading, reconciling
from bezant.vault import service as vault
from bezant.vault.model import Bar, NewBar, Reckoning, compare
from bezant.vault.reconciling import Reconciled

app = typer.Typer(help="The vault: bars, and what they cover.", no_args_is_help=True)

SHOWN: Final = 20
# Fineness is kept in 100,000ths and told in parts of a thousand.
_FINENESS_PLACES: Final = 2

Serial = Annotated[str, typer.Argument(help="The bar's serial.")]
Refiner = Annotated[
    str | None, typer.Option(help="Its refiner, where several have used the serial.")
]
Chosen = Annotated[Metal | None, typer.Option("--metal", help="Only bars of this metal.")]


@app.command()
def intake(
    metal: Annotated[str, typer.Option(help="gold, silver, platinum or palladium.")] = "",
    refiner: Annotated[str, typer.Option(help="Whose stamp it bears.")] = "",
    serial: Annotated[str, typer.Option(help="Its serial.")] = "",
    gross: Annotated[str, typer.Option(help="Its weight, in grams.")] = "",
    fineness: Annotated[str, typer.Option(help="In parts of a thousand: 999.9.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=f"A CSV file of bars, all or none: {', '.join(reading.COLUMNS)}.",
        ),
    ] = None,
) -> None:
    """Take a bar in, or all bars of a file. The first one of a metal begins to guard it."""
    values = (metal, refiner, serial, gross, fineness)
    if (file is None) == (not any(values)):
        raise typer.BadParameter("describe a bar, or give --file")
    bars = (
        [reading.read_bar(dict(zip(reading.COLUMNS, values, strict=True)))]
        if file is None
        else reading.read_bars(file.read_text(encoding="utf-8"))
    )

    async def work(_settings: Settings, db: Database) -> None:
        now = SystemClock().now()
        await db.write(lambda tx: vault.take_in_all(tx, bars, now=now))

    on_database(work)
    for bar in bars:
        console.print(f"{_name(bar)} is in: {_grams(bar.fine.micrograms)} g fine")


@app.command()
def withdraw(
    serial: Serial,
    refiner: Refiner = None,
    missing: Annotated[
        bool,
        typer.Option("--missing", help="It is not there: write it off, and freeze what it covers."),
    ] = False,
) -> None:
    """Take a bar out. Refused where the rest would not cover what is owned."""

    async def work(_settings: Settings, db: Database) -> Bar:
        async def change(tx: Tx) -> Bar:
            bar = await vault.find_bar_in(tx, serial, refiner=refiner)
            await vault.withdraw(tx, bar, anyway=missing, now=SystemClock().now())
            return bar

        return await db.write(change)

    bar = on_database(work)
    console.print(f"{_name(bar)} is out: {_grams(bar.fine.micrograms)} g fine")


@app.command("bars")
def bars_(
    metal: Chosen = None,
    with_withdrawn: Annotated[
        bool, typer.Option("--all", help="Bars that have gone, too.")
    ] = False,
) -> None:
    """List what lies in the vault."""

    async def work(_settings: Settings, db: Database) -> list[Bar]:
        async with db.reading() as connection:
            return await vault.bars(connection, metal, with_withdrawn=with_withdrawn)

    _print_bars(on_database(work))


@app.command()
def show(serial: Serial, refiner: Refiner = None) -> None:
    """Show a bar, each time that it was in."""

    async def work(_settings: Settings, db: Database) -> list[Bar]:
        async with db.reading() as connection:
            return await vault.history_of(connection, serial, refiner=refiner)

    _print_bars(on_database(work))


@app.command()
def reconcile(
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A count: CSV with serial, and refiner and gross."
        ),
    ] = None,
    metal: Chosen = None,
) -> None:
    """Compare bars, ledger and claims, and a count if there is one; ends with 1 if they differ."""
    counted = None if file is None else reading.read_counted(file.read_text(encoding="utf-8"))

    async def work(_settings: Settings, db: Database) -> tuple[Reconciled, list[Bar]]:
        found = await reconciling.reconcile(db)
        async with db.reading() as connection:
            return found, await vault.bars(connection, metal)

    with without_logs():
        found, bars = on_database(work)
    _print_reckonings(found.reckonings)
    breaks = dict(found.breaks)
    if counted is not None:
        breaks["what was counted is what is written down"] = compare(bars, counted)
    for rule, texts in breaks.items():
        if texts:
            console.print(f"\nnot so: {rule}", style="bold red")
            for text in texts[:SHOWN]:
                console.print(f"  {text}", soft_wrap=True)
            if len(texts) > SHOWN:
                console.print(f"  and {len(texts) - SHOWN} more")
    if any(breaks.values()):
        raise typer.Exit(1)


@app.command()
def recount(metal: Annotated[Metal, typer.Argument(help="Of which metal.")]) -> None:
    """Set the counter that guards a metal to what the ledger says."""

    async def work(_settings: Settings, db: Database) -> int:
        return await db.write(lambda tx: reconciling.recount(tx, metal))

    wrong = on_database(work)
    console.print(f"{metal}: the counter was " + (f"{_grams(wrong)} g off" if wrong else "right"))


def _print_reckonings(reckonings: Sequence[Reckoning]) -> None:
    print_table(
        ("metal", "bars", "fine g", "ledger g", "claims g", "headroom g", "counter g", "sales"),
        (
            (
                each.metal,
                str(each.bars),
                _grams(each.fine_ug),
                _grams(each.held_ug),
                _grams(each.claims_ug),
                _grams(each.headroom_ug),
                _grams(each.counted_ug),
                each.sales,
            )
            for each in reckonings
        ),
    )


def _print_bars(bars: list[Bar]) -> None:
    print_table(
        ("metal", "refiner", "serial", "gross g", "fineness", "fine g", "in", "out"),
        (
            (
                each.metal,
                each.refiner,
                each.serial,
                _grams(each.gross.micrograms),
                f"{exact_decimal(each.fineness, places=_FINENESS_PLACES):f}",
                _grams(each.fine.micrograms),
                moment(each.taken_in_at),
                moment(each.withdrawn_at),
            )
            for each in bars
        ),
    )


def _name(bar: Bar | NewBar) -> str:
    return f"{bar.metal} {bar.refiner} {bar.serial}"


def _grams(micrograms: int) -> str:
    return f"{exact_decimal(micrograms, places=MICROGRAM_PLACES):f}"
