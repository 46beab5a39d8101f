"""The command line of the benchmarks: `python -m bench`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import typer
from rich.console import Console

from bench.buys import measure_buys
from bench.buys_report import buy_part, buy_rows, buy_targets
from bench.checkout_report import checkout_part, checkout_rows, checkout_targets
from bench.checkouts import measure_checkouts
from bench.ledger import MANY, MANY_WHEN_QUICK, MORE_THAN_A_FEW, measure_ledger
from bench.ledger_report import ledger_part, ledger_rows, ledger_targets
from bench.machine import Machine, this_machine
from bench.measure import Effort, Figures, measure
from bench.report import Target, document, table, target_table, targets, write_part
from bench.stock import ready_stock
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
DATA_DIR: Final = Path(".bezant/bench")
BASKETS: Final = (10_000, 3_000_000)
QUICK: Final = Effort(warm_up_s=0.5, seconds=2, runs=1)
WARM_UP_S: Final = 2.0
FULL: Final = Effort(warm_up_s=WARM_UP_S, seconds=10, runs=3)
BUSY_FROM: Final = 0.1

console: Final = Console(highlight=False)
app = typer.Typer(help="Benchmarks.", add_completion=False, pretty_exceptions_enable=False)

Baskets = Annotated[
    list[int] | None,
    typer.Option(min=1, help="How many incomplete baskets; may come several times."),
]
Seconds = Annotated[int, typer.Option(min=1, max=60, help="How long one run is.")]
Runs = Annotated[int, typer.Option(min=1, help="How many runs; their medians are told.")]
DataDir = Annotated[Path, typer.Option(help="Where the data is kept between runs.")]


@app.callback(invoke_without_command=True)
def all_of_them(context: typer.Context) -> None:
    """Run every benchmark, as it stands in the results, unless one is named."""
    if context.invoked_subcommand is None:
        met = [_measure_baskets(BASKETS, FULL, home=DATA_DIR.absolute(), fresh=False)]
        met.append(_measure_checkouts(FULL, home=DATA_DIR.absolute()))
        met.append(_measure_ledger(FULL, home=DATA_DIR.absolute(), postings=MANY))
        met.append(_measure_buys(FULL, home=DATA_DIR.absolute()))
        _leave(all_met=all(met), wrote=True)


@app.command()
def incomplete_baskets(  # noqa: PLR0913 - each parameter is an option of the command line.
    *,
    baskets: Baskets = None,
    seconds: Seconds = 10,
    runs: Runs = 3,
    data_dir: DataDir = DATA_DIR,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seconds instead of minutes; writes no results.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make the data anew.")] = False,
) -> None:
    """Measure the page of a customer's incomplete baskets against its two floors."""
    sizes = sorted(set(baskets or (BASKETS[:1] if quick else BASKETS)))
    effort = QUICK if quick else Effort(warm_up_s=WARM_UP_S, seconds=seconds, runs=runs)
    met = _measure_baskets(sizes, effort, home=data_dir.absolute(), fresh=fresh)
    _leave(all_met=met, wrote=not quick)


@app.command()
def checkouts(
    *,
    seconds: Seconds = 10,
    runs: Runs = 3,
    data_dir: DataDir = DATA_DIR,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seconds instead of minutes; writes no results.")
    ] = False,
) -> None:
    """Measure whole checkouts beside pgbench's TPC-B."""
    effort = QUICK if quick else Effort(warm_up_s=WARM_UP_S, seconds=seconds, runs=runs)
    _leave(all_met=_measure_checkouts(effort, home=data_dir.absolute()), wrote=not quick)


@app.command()
def ledger(
    *,
    seconds: Seconds = 10,
    runs: Runs = 3,
    data_dir: DataDir = DATA_DIR,
    postings: Annotated[
        int | None,
        typer.Option(min=MORE_THAN_A_FEW, help="How many postings reads are measured with."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seconds instead of minutes; writes no results.")
    ] = False,
) -> None:
    """Measure journals beside a bare double entry, and reads of balances."""
    effort = QUICK if quick else Effort(warm_up_s=WARM_UP_S, seconds=seconds, runs=runs)
    wanted = postings or (MANY_WHEN_QUICK if quick else MANY)
    met = _measure_ledger(effort, home=data_dir.absolute(), postings=wanted)
    _leave(all_met=met, wrote=not quick)


@app.command()
def buys(
    *,
    seconds: Seconds = 10,
    runs: Runs = 3,
    data_dir: DataDir = DATA_DIR,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seconds instead of minutes; writes no results.")
    ] = False,
) -> None:
    """Measure purchases of digital metal beside a bare double entry."""
    effort = QUICK if quick else Effort(warm_up_s=WARM_UP_S, seconds=seconds, runs=runs)
    _leave(all_met=_measure_buys(effort, home=data_dir.absolute()), wrote=not quick)


def _measure_baskets(sizes: Sequence[int], effort: Effort, *, home: Path, fresh: bool) -> bool:
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.start(home) as postgres:
        machine = _machine(postgres)
        figures = [_measured(postgres, n, effort=effort, home=home, fresh=fresh) for n in sizes]
    console.print()
    console.print(table(figures))
    if effort is not QUICK:
        write_part(RESULTS, document(figures, machine, effort))
    return _say_targets(targets(figures))


def _measure_checkouts(effort: Effort, *, home: Path) -> bool:
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.start(home) as postgres:
        machine = _machine(postgres)
        figures = measure_checkouts(postgres, effort=effort, data_dir=home, say=console.print)
    console.print()
    for name, cells in checkout_rows(figures):
        console.print(f"{name:24}", *(f"{cell:>12}" for cell in cells))
    console.print(f"{'TPC-B':24} {figures.tpcb_per_second:>12,.0f}")
    if effort is not QUICK:
        write_part(RESULTS, checkout_part(figures, machine, effort))
    return _say_targets(checkout_targets(figures))


def _measure_ledger(effort: Effort, *, home: Path, postings: int) -> bool:
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.start(home) as postgres:
        machine = _machine(postgres)
        figures = measure_ledger(postgres, effort=effort, postings=postings, say=console.print)
    console.print()
    for name, cells in ledger_rows(figures):
        console.print(f"{name:44}", *(f"{cell:>10}" for cell in cells))
    if effort is not QUICK:
        write_part(RESULTS, ledger_part(figures, machine, effort))
    return _say_targets(ledger_targets(figures))


def _measure_buys(effort: Effort, *, home: Path) -> bool:
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.start(home) as postgres:
        machine = _machine(postgres)
        figures = measure_buys(postgres, effort=effort, data_dir=home, say=console.print)
    console.print()
    for name, cell in buy_rows(figures):
        console.print(f"{name:32}", f"{cell:>12}")
    if effort is not QUICK:
        write_part(RESULTS, buy_part(figures, machine, effort))
    return _say_targets(buy_targets(figures))


def _machine(postgres: EmbeddedPostgres) -> Machine:
    machine = this_machine(postgres=asyncio.run(_version(postgres)), now=SystemClock().now())
    if machine.busy_before > BUSY_FROM:
        busy = f"others keep {machine.busy_before:.0%} of this machine busy"
        console.print(f"{busy}: every figure will be worse than it is", style="red")
    return machine


def _say_targets(found: Sequence[Target]) -> bool:
    console.print()
    console.print(target_table(found))
    return all(target.is_met for target in found)


def _leave(*, all_met: bool, wrote: bool) -> None:
    if wrote:
        console.print(f"\nwrote {RESULTS}")
    if not all_met:
        raise typer.Exit(1)


def _measured(
    postgres: EmbeddedPostgres, baskets: int, *, effort: Effort, home: Path, fresh: bool
) -> Figures:
    console.print(f"{baskets:,} baskets: making the data ready", style="bold")
    stock = ready_stock(postgres, baskets, data_dir=home, fresh=fresh)
    return measure(postgres, stock, effort=effort, data_dir=home, say=console.print)


async def _version(postgres: EmbeddedPostgres) -> str:
    connection = await asyncpg.connect(postgres.url)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


if __name__ == "__main__":
    app(prog_name="python -m bench")
