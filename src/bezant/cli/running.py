"""`bezant serve`, `worker`, `migrate`, `demo`, `docs`: what runs the server."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bezant.cli.databases import database, migrated_database
from bezant.cli.output import console
from bezant.cli.serving import (
    Beside,
    SandboxPlace,
    own_sandbox,
    require_free_port,
    serve_until_stopped,
    work_until_stopped,
)
from bezant.migrations import migrate, offline_sql, require_current
from bezant.settings import Settings, SettingsRefused, load_settings


def register(app: typer.Typer) -> None:
    """Adds these verbs at the top of the command line."""
    app.command("serve")(serve)
    app.command("worker")(worker)
    app.command("migrate")(migrate_)
    app.command("demo")(demo)
    app.command("docs")(docs)


def serve(
    with_worker: Annotated[
        bool, typer.Option("--with-worker/--without-worker", help="Run a background worker too.")
    ] = True,
    with_sandbox: Annotated[
        bool, typer.Option("--with-sandbox", help="Run the sandbox acquirer too, which is in use.")
    ] = False,
) -> None:
    """Serve the API. A database that was given must have been migrated before."""
    settings = load_settings()
    require_free_port(settings.host, settings.port)
    beside = Beside(with_worker, _wanted_sandbox(settings) if with_sandbox else None)
    with suppress(KeyboardInterrupt), database(settings) as running:
        assert running.database_url is not None
        if settings.database_url is None:
            migrate(running.database_url)
        else:
            require_current(running.database_url)
        serve_until_stopped(running, beside=beside)


def worker() -> None:
    """Run a background worker: brings prices in, forgets what may be forgotten."""
    settings = load_settings()
    with database(settings) as running:
        exit_code = work_until_stopped(running)
    raise typer.Exit(exit_code)


def migrate_(
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL of every revision and change nothing.")
    ] = False,
) -> None:
    """Bring the database's schema to this release."""
    if sql:
        typer.echo(offline_sql())
        return
    with database(load_settings()) as running:
        assert running.database_url is not None
        applied = migrate(running.database_url)
    console.print(f"applied: {' '.join(applied) if applied else 'nothing, it is up to date'}")


def demo(
    baskets: Annotated[
        int | None, typer.Option(min=0, help="How many incomplete baskets there are to be.")
    ] = None,
    orders: Annotated[
        bool, typer.Option("--orders/--no-orders", help="Whether there are to be orders too.")
    ] = True,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the shop once it is made.")
    ] = True,
) -> None:
    """Make a demo shop and serve it, with an acquirer that takes no money."""
    from bezant.cli.demo.prepare import prepare
    from bezant.cli.demo.terms import demo_settings
    from bezant.cli.demo.welcome import print_welcome

    settings = demo_settings()
    beside = Beside(worker=True)
    if serving:
        require_free_port(settings.host, settings.port)
        beside = Beside(worker=True, sandbox=own_sandbox(settings))
    with migrated_database(settings) as running:
        record = asyncio.run(prepare(running, baskets=baskets, with_orders=orders, console=console))
        if serving:
            serve_until_stopped(
                running, beside=beside, once_up=lambda: print_welcome(record, console)
            )


def docs(
    directory: Annotated[Path, typer.Option(help="Where to write.")] = Path("docs/reference"),
) -> None:
    """Write the API's reference: the OpenAPI document and the table of errors."""
    from bezant.web.reference.files import write_reference

    for path in write_reference(directory):
        console.print(f"wrote {path}")


def _wanted_sandbox(settings: Settings) -> SandboxPlace:
    place = own_sandbox(settings)
    if place is None:
        raise SettingsRefused(
            "--with-sandbox needs `sandbox` at `$.acquirer`, and a loopback address over plain"
            " HTTP at `$.sandbox_url`"
        )
    return place
