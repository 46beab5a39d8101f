"""`bezant partner`: make, list, disable and enable partners."""

from typing import Annotated

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.money import Currency
from bezant.partners.model import Partner
from bezant.partners.service import accounts
from bezant.settings import Settings

app = typer.Typer(help="Partners: who may call.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The partner's code: a-z, 0-9 and dashes.")]


@app.command()
def create(
    code: Code,
    name: Annotated[str, typer.Option(help="What the partner is called.")],
    currency: Annotated[
        Currency, typer.Option(help="What its baskets are priced in.")
    ] = Currency.TRY,
) -> None:
    """Make a partner."""

    async def work(_settings: Settings, db: Database) -> Partner:
        now = SystemClock().now()
        return await db.write(
            lambda tx: accounts.create_partner(tx, code=code, name=name, currency=currency, now=now)
        )

    made = on_database(work)
    console.print(f"partner {made.code} made; give it a way in: bezant credential create {code}")


@app.command("list")
def list_() -> None:
    """List every partner."""

    async def work(_settings: Settings, db: Database) -> list[Partner]:
        async with db.reading() as connection:
            return await accounts.list_partners(connection)

    print_table(
        ("code", "name", "currency", "made", "disabled"),
        (
            (p.code, p.name, p.currency, moment(p.created_at), moment(p.disabled_at))
            for p in on_database(work)
        ),
    )


@app.command()
def disable(code: Code) -> None:
    """Let a partner in no more, from its next request on."""

    async def work(_settings: Settings, db: Database) -> None:
        now = SystemClock().now()
        await db.write(lambda tx: accounts.disable_partner(tx, code, now=now))

    on_database(work)
    console.print(f"partner {code} is disabled")


@app.command()
def enable(code: Code) -> None:
    """Let a disabled partner in again."""

    async def work(_settings: Settings, db: Database) -> None:
        await db.write(lambda tx: accounts.enable_partner(tx, code))

    on_database(work)
    console.print(f"partner {code} is enabled")
