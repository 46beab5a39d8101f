"""`bezant stock`: what is there, taking pieces in, and pieces with serials."""

from pathlib import Path
from typing import Annotated, Final

import typer

from bezant.catalog import service as catalog
from bezant.catalog import stockroom
from bezant.catalog.model import PieceTold, StockLevel
from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.texts import Language
from bezant.settings import Settings

app = typer.Typer(help="Stock: what there is to sell.", no_args_is_help=True)

Sku = Annotated[str, typer.Argument(help="The product's sku.")]

MAX_AT_ONCE: Final = 1_000_000


@app.command("list")
def list_(
    low: Annotated[
        int | None, typer.Option(min=0, help="Only products with at most so many pieces left.")
    ] = None,
) -> None:
    """List what there is of each product on sale."""

    async def work(_settings: Settings, db: Database) -> list[StockLevel]:
        async with db.reading() as connection:
            return await stockroom.stock_levels(connection, at_most_left=low, language=Language.EN)

    print_table(
        ("sku", "name", "left", "held", "sold", "received", "serials"),
        (
            (
                each.sku,
                each.name,
                str(each.left),
                str(each.held),
                str(each.sold),
                str(each.received),
                "yes" if each.has_serials else "no",
            )
            for each in on_database(work)
        ),
    )


@app.command()
def receive(
    sku: Sku,
    amount: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_AT_ONCE, help="How many pieces, of a product without serials."),
    ] = None,
    serials: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A file of serials, one a line."),
    ] = None,
) -> None:
    """Take pieces into stock."""
    if (amount is None) == (serials is None):
        raise typer.BadParameter("give either --amount or --serials")
    lines = serials.read_text(encoding="utf-8-sig").splitlines() if serials else []
    named = stockroom.read_serials(lines) if serials else []
    pieces = amount or len(named)

    async def work(_settings: Settings, db: Database) -> int:
        now = SystemClock().now()
        return await db.write(lambda tx: catalog.take_in(tx, sku, pieces, serials=named, now=now))

    left = on_database(work)
    console.print(f"{pieces} of {sku} taken in; {left} are left to sell")


@app.command("mint-to-order")
def mint_to_order(
    sku: Sku,
    off: Annotated[
        bool, typer.Option("--off", help="Not any more: only what is in stock.")
    ] = False,
) -> None:
    """Mint pieces of a product for deliveries of digital metal, where too few are in stock."""

    async def work(_settings: Settings, db: Database) -> None:
        await db.write(lambda tx: catalog.mint_to_order(tx, sku, minted=not off))

    on_database(work)
    console.print(f"{sku} is {'delivered from stock alone' if off else 'minted to order'}")


@app.command("serials")
def serials_(
    sku: Sku,
    on: Annotated[
        bool, typer.Option("--on", help="From now on, each piece of it has a serial.")
    ] = False,
) -> None:
    """List the pieces of a product by serial, or make it one whose pieces have serials."""
    if on:

        async def begin(_settings: Settings, db: Database) -> None:
            await db.write(lambda tx: stockroom.begin_serials(tx, sku))

        on_database(begin)
        console.print(f"each piece of {sku} has a serial from now on")
        return

    async def work(_settings: Settings, db: Database) -> list[PieceTold]:
        async with db.reading() as connection:
            return await stockroom.pieces_of(connection, sku)

    print_table(
        ("serial", "taken in", "order id"),
        ((each.serial, moment(each.entered_at), _order(each)) for each in on_database(work)),
    )


def _order(piece: PieceTold) -> str:
    """Which order a piece is of; deliveries of digital metal have numbers below zero here."""
    if piece.order is None:
        return "-"
    number = piece.order[1]
    return str(number) if number > 0 else "a delivery"
