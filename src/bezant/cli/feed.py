"""`bezant feed`: the market's prices, and the operator's halt."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.metal import PRICE_UNITS, Metal
from bezant.kernel.money import exact_decimal
from bezant.pricing import service as pricing
from bezant.pricing.model import Halt, ReferencePrice
from bezant.settings import Settings
from bezant.webhooks.service import market

app = typer.Typer(help="Market prices, and halting the sale of a metal.", no_args_is_help=True)

Metals = Annotated[list[Metal] | None, typer.Argument(help="Which metals; all unless given.")]
_PLACES = len(str(PRICE_UNITS)) - 1


@app.command()
def status() -> None:
    """Show the newest price of every metal, its age, and what is halted."""

    async def work(
        settings: Settings, db: Database
    ) -> tuple[Settings, list[ReferencePrice], list[Halt]]:
        async with db.reading() as connection:
            found = await pricing.reference_prices(connection)
            return settings, found, await pricing.halts(connection)

    settings, prices, halts = on_database(work)
    now, reasons = SystemClock().now(), {halt.metal: halt.reason for halt in halts}
    rows = []
    for price in prices:
        metal, age = price.price.metal, (now - price.at).total_seconds()
        state = "fresh" if age <= settings.price_age_limit_s else "stale"
        if metal in reasons:
            state = f"halted: {reasons[metal]}"
        shown = str(exact_decimal(price.price.units, places=_PLACES))
        rows.append((metal, price.price.currency, shown, f"{age:.0f} s", price.source, state))
    print_table(("metal", "currency", "a gram", "age", "source", "state"), rows)
    for halt in halts:
        console.print(f"{halt.metal} halted since {moment(halt.since)}: {halt.reason}")


@app.command()
def halt(
    reason: Annotated[str, typer.Option(help="Why; partners are told.")],
    metals: Metals = None,
) -> None:
    """Stop every quote of some metals until they are resumed."""
    chosen: Sequence[Metal] = metals or list(Metal)

    async def work(_settings: Settings, db: Database) -> None:
        now = SystemClock().now()
        await db.write(lambda tx: market.halt(tx, chosen, reason=reason, now=now))

    on_database(work)
    console.print(f"halted: {', '.join(chosen)}")


@app.command()
def resume(metals: Metals = None) -> None:
    """Sell some metals again."""
    chosen: Sequence[Metal] = metals or list(Metal)

    async def work(_settings: Settings, db: Database) -> list[Metal]:
        now = SystemClock().now()
        return await db.write(lambda tx: market.resume(tx, chosen, now=now))

    resumed = on_database(work)
    console.print(f"resumed: {', '.join(resumed) if resumed else 'none was halted'}")
