"""`bezant spread`: which digital metal is traded with a partner, and at which spreads."""

from collections.abc import Mapping
from typing import Annotated

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, print_table
from bezant.kernel.db import Database, Tx
from bezant.ledger.assets import METALS, Asset
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.trading import quoting
from bezant.trading.model import WIDEST_SPREAD, Spread

app = typer.Typer(help="Digital metal: its spreads, by partner.", no_args_is_help=True)

Partner = Annotated[str, typer.Argument(help="The partner's code.")]
Traded = Annotated[str, typer.Argument(help="The digital asset, such as GAU.")]
Points = Annotated[
    int, typer.Option(min=0, max=WIDEST_SPREAD, help="In basis points: 100 are one percent.")
]


@app.command("list")
def list_(partner: Partner) -> None:
    """List what is traded with a partner."""

    async def work(_settings: Settings, db: Database) -> Mapping[Asset, Spread]:
        async with db.reading() as connection:
            found = await accounts.find_partner(connection, partner)
            return await quoting.spreads_of(connection, found.partner_id)

    spreads = on_database(work)
    print_table(
        ("asset", "buys above", "sells below"),
        (
            (asset.sku, str(spread.buy_basis_points), str(spread.sell_basis_points))
            for asset, spread in sorted(spreads.items(), key=lambda each: each[0].facts.currency_id)
        ),
    )


@app.command("set")
def set_(partner: Partner, sku: Traded, buy: Points, sell: Points) -> None:
    """Trade an asset with a partner, at these spreads from now on. A price fix stands."""
    asset, spread = _asset(sku), Spread(buy, sell)

    async def work(_settings: Settings, db: Database) -> None:
        async def change(tx: Tx) -> None:
            found = await accounts.find_partner(tx, partner)
            await quoting.set_spreads(tx, found.partner_id, {asset: spread})

        await db.write(change)

    on_database(work)
    console.print(f"{partner}: {asset.sku} is bought {buy} above and sold {sell} below the market")


@app.command()
def stop(partner: Partner, sku: Traded) -> None:
    """Trade an asset with a partner no longer. A price fix stands."""
    asset = _asset(sku)

    async def work(_settings: Settings, db: Database) -> bool:
        async def change(tx: Tx) -> bool:
            found = await accounts.find_partner(tx, partner)
            return await quoting.stop_trading(tx, found.partner_id, asset)

        return await db.write(change)

    was_traded = on_database(work)
    console.print(f"{partner}: {asset.sku} " + ("stopped" if was_traded else "was not traded"))


def _asset(sku: str) -> Asset:
    for asset in METALS:
        if asset.sku == sku.upper():
            return asset
    raise typer.BadParameter(f"no digital asset: {sku}")
