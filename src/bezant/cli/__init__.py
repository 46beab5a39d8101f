"""The command line: `bezant`.

Verbs are grouped by what they are about; each long one shows its progress. What the house
refuses is one clear line and exit code 1; wrong usage is exit code 2.
"""

import signal
import sys

import typer

from bezant.cli import (
    audit,
    cards,
    credentials,
    feed,
    kyc,
    ledger,
    legal,
    orders,
    partners,
    running,
    sandbox,
    settlement,
    spreads,
    stock,
    vault,
    webhooks,
)
from bezant.cli.output import say_refusal
from bezant.kernel.errors import BezantError
from bezant.migrations import DatabaseUnreachable, SchemaNewer, SchemaOlder
from bezant.settings import SettingsRefused

app = typer.Typer(
    name="bezant",
    help="A self-hosted precious-metals commerce server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
running.register(app)
sandbox.register(app)
app.add_typer(partners.app, name="partner")
app.add_typer(credentials.app, name="credential")
app.add_typer(cards.app, name="cards")
app.add_typer(feed.app, name="feed")
app.add_typer(kyc.app, name="kyc")
app.add_typer(orders.app, name="order")
app.add_typer(settlement.app, name="settlement")
app.add_typer(spreads.app, name="spread")
app.add_typer(stock.app, name="stock")
audit.register(app)
app.add_typer(ledger.app, name="ledger")
app.add_typer(legal.app, name="legal")
app.add_typer(vault.app, name="vault")
app.add_typer(webhooks.app, name="webhooks")


def main() -> None:
    """The entry point of the `bezant` command."""
    # As Ctrl-C does: what a verb has started is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except _REFUSALS as refused:
        say_refusal(refused)
        sys.exit(1)


_REFUSALS = (BezantError, DatabaseUnreachable, SchemaNewer, SchemaOlder, SettingsRefused)
