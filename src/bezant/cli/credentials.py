"""`bezant credential`: make, list, rotate and revoke a partner's ways in."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Annotated

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database, Tx
from bezant.kernel.errors import Invalid
from bezant.partners.model import (
    Allowance,
    Credential,
    IssuedCredential,
    Network,
    NewCredential,
    Scope,
)
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.wiring import safe_of

app = typer.Typer(help="Credentials: a partner's ways in.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="The credential's user name.")]

DEFAULT_READS = 6_000
DEFAULT_WRITES = 1_200
DEFAULT_OVERLAP_H = 24
MAX_ALLOWANCE = 10_000_000
MAX_DAYS = 36_500
MAX_OVERLAP_H = 24 * 365


@app.command()
def create(
    partner: Annotated[str, typer.Argument(help="The partner's code.")],
    name: Annotated[str, typer.Option(help="What the credential is for.")] = "default",
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may be used for; all unless given.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="A network or address that it may come from; any unless given."),
    ] = None,
    reads: Annotated[
        int, typer.Option(min=1, max=MAX_ALLOWANCE, help="Reads a minute.")
    ] = DEFAULT_READS,
    writes: Annotated[
        int, typer.Option(min=1, max=MAX_ALLOWANCE, help="Writes a minute.")
    ] = DEFAULT_WRITES,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_DAYS, help="Ends after so many days; never unless given."),
    ] = None,
    allow_no_qop: Annotated[
        bool, typer.Option("--allow-no-qop", help="Accept the old form of RFC 2069.")
    ] = False,
) -> None:
    """Make a credential; its secret is shown this once."""
    now = SystemClock().now()
    new = NewCredential(
        name=name,
        scopes=frozenset(scope or Scope),
        allowance=Allowance(reads, writes),
        allowed_networks=tuple(_network(text) for text in network or ()),
        allows_no_qop=allow_no_qop,
        expires_at=None if days is None else now + timedelta(days=days),
    )

    async def work(settings: Settings, db: Database) -> IssuedCredential:
        safe = safe_of(settings)

        async def make(tx: Tx) -> IssuedCredential:
            found = await accounts.find_partner(tx, partner)
            return await accounts.create_credential(tx, new, partner=found, safe=safe, now=now)

        return await db.write(make)

    _show(on_database(work))


@app.command("list")
def list_(
    partner: Annotated[
        str | None, typer.Argument(help="The partner's code; all unless given.")
    ] = None,
) -> None:
    """List credentials, never their secrets."""

    async def work(_settings: Settings, db: Database) -> list[Credential]:
        async with db.reading() as connection:
            return await accounts.list_credentials(connection, partner)

    now = datetime.now(UTC)
    print_table(
        ("partner", "username", "name", "state", "last used", "reads/min", "writes/min", "scopes"),
        (
            (
                c.partner.code,
                c.username,
                c.name,
                _state(c, now),
                moment(c.last_used_at),
                str(c.allowance.reads_per_minute),
                str(c.allowance.writes_per_minute),
                "all" if c.scopes == frozenset(Scope) else " ".join(sorted(c.scopes)),
            )
            for c in on_database(work)
        ),
    )


@app.command()
def rotate(
    username: Username,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=MAX_OVERLAP_H, help="How long the old one still works.")
    ] = DEFAULT_OVERLAP_H,
) -> None:
    """Make a successor with the same rights; the old one ends after the overlap."""
    now = SystemClock().now()

    async def work(settings: Settings, db: Database) -> IssuedCredential:
        safe, overlap = safe_of(settings), timedelta(hours=overlap_hours)
        return await db.write(
            lambda tx: accounts.rotate_credential(tx, username, overlap=overlap, safe=safe, now=now)
        )

    _show(on_database(work))
    console.print(f"{username} works until {moment(now + timedelta(hours=overlap_hours))}")


@app.command()
def revoke(username: Username) -> None:
    """End a credential at once."""
    now = SystemClock().now()

    async def work(_settings: Settings, db: Database) -> None:
        await db.write(lambda tx: accounts.revoke_credential(tx, username, now=now))

    on_database(work)
    console.print(f"{username} is revoked")


def _show(issued: IssuedCredential) -> None:
    console.print(f"username {issued.credential.username}", soft_wrap=True)
    console.print(f"secret   {issued.secret}", soft_wrap=True)
    console.print("The secret is not kept and cannot be shown again.")


def _state(credential: Credential, now: datetime) -> str:
    if credential.is_live(now):
        return "live" if credential.expires_at is None else f"until {moment(credential.expires_at)}"
    return "disabled" if credential.partner.disabled_at else "ended"


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise Invalid.field("network", "field.pattern") from None
