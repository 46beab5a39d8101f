"""`bezant ledger`: verifies the ledger, tells the ends of its chains, and prints statements."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, errors, print_table, without_logs
from bezant.cli.statement_sheet import Reader, print_statement, statement_csv, statement_sheet
from bezant.customers import service as customers
from bezant.kernel.clock import SystemClock
from bezant.kernel.days import Days
from bezant.kernel.db import Connection, Database
from bezant.kernel.texts import Language
from bezant.ledger import service as ledger
from bezant.ledger.assets import Asset
from bezant.ledger.model import (
    OPERATOR,
    Account,
    Owner,
    OwnerKind,
    Period,
    Statement,
    customer,
)
from bezant.ledger.verifying import Finding, Head, heads, verify
from bezant.legal import press
from bezant.partners.service import accounts
from bezant.settings import Settings

app = typer.Typer(help="The ledger: what everybody owns.", no_args_is_help=True)

SHOWN: Final = 20
_DAYS: Final = ["%Y-%m-%d"]


class StatementFormat(StrEnum):
    """How a statement is written."""

    TABLE = "table"
    CSV = "csv"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose account over which days a statement is of; both days belong to it."""

    partner: str | None
    customer: str | None
    owner: OwnerKind
    asset: Asset
    first: datetime
    last: datetime

    def period(self, zone: ZoneInfo) -> Period:
        """From the first day's beginning to the last day's end, where the deployment is."""
        days = Days.between(self.first.date(), self.last.date(), zone=zone)
        return Period(days.begin, days.end)


@app.command("verify")
def verify_(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what is broken.")] = False,
) -> None:
    """Recompute the whole ledger and name every difference; ends with 1 if there is any."""

    async def work(_settings: Settings, db: Database) -> list[Finding]:
        return await verify(db)

    with without_logs():
        findings = on_database(work)
    if not quiet:
        print_table(
            ("rule", "state"),
            (
                (each.rule, f"{len(each.breaks)} broken" if each.breaks else "sound")
                for each in findings
            ),
        )
    broken = [each for each in findings if each.breaks]
    for each in broken:
        console.print(f"\nnot so: {each.rule}", style="bold red")
        for what in each.breaks[:SHOWN]:
            console.print(f"  {what}", soft_wrap=True)
        if len(each.breaks) > SHOWN:
            console.print(f"  and {len(each.breaks) - SHOWN} more")
    if broken:
        raise typer.Exit(1)


@app.command("heads")
def heads_() -> None:
    """Print the last link of each book's chain, to be kept somewhere else."""

    async def work(_settings: Settings, db: Database) -> list[tuple[str, Head]]:
        async with db.reading() as connection:
            codes = {
                each.partner_id: each.code for each in await accounts.list_partners(connection)
            }
            return [(codes.get(each.partner_id, "-"), each) for each in await heads(connection)]

    print_table(
        ("book", "partner", "position", "sha256"),
        (
            (str(each.partner_id), code, str(each.position), each.hash.hex())
            for code, each in on_database(work)
        ),
    )


@app.command("statement")
def statement_(
    asset: Annotated[str, typer.Option(help="GAU, TRY, ….", metavar="SKU")],
    first: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAYS, help="The last day.")],
    partner: Annotated[
        str | None, typer.Option(help="The partner's code; without it the operator's own book.")
    ] = None,
    of: Annotated[
        str | None, typer.Option("--customer", help="The customer's id at the partner.")
    ] = None,
    owner: Annotated[
        OwnerKind | None,
        typer.Option(help="Whose account; the customer's, the partner's or the house's if unsaid."),
    ] = None,
    format_: Annotated[
        StatementFormat, typer.Option("--format", help="How to write it.")
    ] = StatementFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option(dir_okay=False, help="The file to write a PDF to.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the PDF.")] = Language.TR,
) -> None:
    """Print what was posted to an account over some days, and its balances."""
    kind = owner or _owner_meant(partner, of)
    if (kind is OwnerKind.CUSTOMER) != (of is not None) or (of is not None and partner is None):
        raise typer.BadParameter("a customer's account, and no other, needs --customer")
    if last < first:
        raise typer.BadParameter("--to is before --from")
    if format_ is StatementFormat.PDF and output is None:
        raise typer.BadParameter("a PDF needs --output")
    wanted = Wanted(partner, of, kind, _asset(asset), first, last)

    async def work(settings: Settings, db: Database) -> tuple[Reader, Statement]:
        async with db.snapshot() as connection:
            return await _read(connection, wanted, settings, language)

    reader, found = on_database(work)
    if format_ is StatementFormat.TABLE:
        print_statement(found)
    elif format_ is StatementFormat.CSV:
        typer.echo(statement_csv(found), nl=False)
    elif output is not None:
        output.write_bytes(press.pdf(statement_sheet(found, reader)))
        errors.print(f"wrote {output}")


async def _read(
    connection: Connection, wanted: Wanted, settings: Settings, language: Language
) -> tuple[Reader, Statement]:
    partner_id, partner_name = OPERATOR, settings.operator_name
    if wanted.partner is not None:
        partner = await accounts.find_partner(connection, wanted.partner)
        partner_id, partner_name = partner.partner_id, partner.name
    if wanted.customer is None:
        owner, name = Owner(wanted.owner), f"{wanted.owner}"
    else:
        found = await customers.find_customer(connection, partner_id, wanted.customer)
        owner, name = customer(found.customer_id), found.person.fullname
    zone = ZoneInfo(settings.time_zone)
    told = await ledger.statement(
        connection, partner_id, Account(owner, wanted.asset), period=wanted.period(zone)
    )
    now = SystemClock().now()
    return Reader(settings.operator_name, partner_name, name, zone, language, now), told


def _owner_meant(partner: str | None, of: str | None) -> OwnerKind:
    if of is not None:
        return OwnerKind.CUSTOMER
    return OwnerKind.HOUSE if partner is None else OwnerKind.PARTNER


def _asset(sku: str) -> Asset:
    if sku.upper() not in Asset.__members__:
        raise typer.BadParameter(f"--asset is one of {', '.join(Asset.__members__)}")
    return Asset[sku.upper()]
