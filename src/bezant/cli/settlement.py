"""`bezant settlement`: what each partner owes or is owed, and that it was paid."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, errors, print_table
from bezant.cli.settlement_sheet import Reader, settlement_csv, settlement_rows, settlement_sheet
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.money import MINOR_UNITS, MINOR_UNITS_PLACES, Currency, Money, exact_decimal
from bezant.kernel.texts import Language
from bezant.legal import press
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.settlement import service as settlement
from bezant.settlement.model import Account, Days, Paid, Payer, Payment

app = typer.Typer(help="Settling with partners.", no_args_is_help=True)

Partner = Annotated[str, typer.Argument(help="The partner's code.")]
_DAYS: Final = ["%Y-%m-%d"]
_NINE_ZEROS: Final = 10**15
"""No payment has so many minor units."""


@app.command()
def show(
    partner: Partner,
    first: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAYS, help="The last day.")],
    csv: Annotated[
        Path | None, typer.Option(dir_okay=False, help="A file to write it to as CSV.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(dir_okay=False, help="A file to write it to as PDF.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the PDF.")] = Language.TR,
) -> None:
    """Show each day's movements between two balances. Below zero, the partner owes."""
    days = Days(first.date(), last.date())

    async def work(settings: Settings, db: Database) -> tuple[Reader, list[Account]]:
        async with db.snapshot() as connection:
            found = await accounts.find_partner(connection, partner)
            zone = ZoneInfo(settings.time_zone)
            told = await settlement.settlement(connection, found.partner_id, days, time_zone=zone)
        now = SystemClock().now()
        return Reader(settings.operator_name, found.name, zone, language, now), told

    reader, told = on_database(work)
    print_table(*settlement_rows(told, days))
    if csv is not None:
        csv.write_text(settlement_csv(told, days), encoding="utf-8", newline="")
        errors.print(f"wrote {csv}")
    if pdf is not None:
        pdf.write_bytes(press.pdf(settlement_sheet(told, days, reader)))
        errors.print(f"wrote {pdf}")


@app.command()
def pay(
    partner: Partner,
    currency: Annotated[Currency, typer.Argument(help="TRY, USD, EUR or GBP.")],
    amount: Annotated[str, typer.Argument(help="How much, with at most two decimals.")],
    reference: Annotated[
        str, typer.Option(help="What the bank calls it; the same one is entered once.")
    ],
    payer: Annotated[
        Payer, typer.Option("--by", help="Who has paid whom: the partner, or the operator.")
    ] = Payer.PARTNER,
) -> None:
    """Enter a payment between a partner and the operator, as one journal."""
    paid_amount = _money(amount, currency)

    async def work(_settings: Settings, db: Database) -> tuple[Paid, list[Money]]:
        now = SystemClock().now()

        async def change(tx: Tx) -> tuple[Paid, list[Money]]:
            found = await accounts.find_partner(tx, partner)
            payment = Payment(
                partner_id=found.partner_id,
                amount=paid_amount,
                payer=payer,
                reference=reference,
            )
            paid = await settlement.pay(tx, payment, now=now)
            return paid, list(await settlement.balances(tx, found.partner_id, now=now))

        return await db.write(change)

    paid, balances = on_database(work)
    (balance,) = (each for each in balances if each.currency is currency)
    said = "paid" if paid.is_new else "was paid already"
    console.print(f"{partner}: {_figure(paid_amount)} {currency} {said}; {_owing(balance)}")


@app.command("list")
def list_() -> None:
    """List what each partner owes or is owed at this moment."""

    async def work(_settings: Settings, db: Database) -> list[tuple[str, str, Money]]:
        now = SystemClock().now()
        async with db.snapshot() as connection:
            return [
                (each.code, each.name, balance)
                for each in await accounts.list_partners(connection)
                for balance in await settlement.balances(connection, each.partner_id, now=now)
            ]

    print_table(
        ("partner", "name", "currency", "balance", "state"),
        (
            (code, name, balance.currency, _figure(balance), _owing(balance))
            for code, name, balance in on_database(work)
        ),
    )


def _owing(balance: Money) -> str:
    if not balance:
        return "nothing is owed"
    who = "the partner owes" if balance.minor < 0 else "the operator owes"
    return f"{who} {_figure(Money(abs(balance.minor), balance.currency))}"


def _figure(amount: Money) -> str:
    return f"{exact_decimal(amount.minor, places=MINOR_UNITS_PLACES):f}"


def _money(typed: str, currency: Currency) -> Money:
    """An amount above zero, of whole minor units. Raises `Invalid`."""
    try:
        minor = Decimal(typed) * MINOR_UNITS
    except InvalidOperation:
        raise Invalid.field("amount", "settlement.amount") from None
    if not minor.is_finite() or not 0 < minor < _NINE_ZEROS or minor != int(minor):
        raise Invalid.field("amount", "settlement.amount")
    return Money(int(minor), currency)
