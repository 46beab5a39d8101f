"""`bezant legal`: list, show and publish legal texts, and export what was accepted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, moment, print_table
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.texts import Language
from bezant.legal.model import (
    Acceptance,
    Document,
    DocumentInForce,
    DocumentType,
    Draft,
    Format,
    RenderedDocument,
)
from bezant.legal.service import copies, documents
from bezant.partners.service import accounts
from bezant.settings import Settings

app = typer.Typer(help="Legal documents: what customers accept.", no_args_is_help=True)

Type = Annotated[DocumentType, typer.Argument(help="Which document.")]
InLanguage = Annotated[Language, typer.Option(help="In which language.")]

_SHORT = 12


@app.command("list")
def list_() -> None:
    """List every text that was published."""

    async def work(_settings: Settings, db: Database) -> Sequence[DocumentInForce]:
        async with db.reading() as connection:
            return await documents.list_documents(connection)

    print_table(
        ("type", "language", "version", "name", "required", "valid from", "sha256"),
        (
            (
                each.type,
                each.language,
                str(each.version),
                each.name,
                "yes" if each.is_required else "no",
                moment(each.valid_from),
                each.sha256[:_SHORT],
            )
            for each in on_database(work)
        ),
    )


@app.command()
def show(
    type_: Type,
    language: InLanguage = Language.TR,
    version: Annotated[
        int | None, typer.Option(min=1, help="Which version; without it the one in force.")
    ] = None,
) -> None:
    """Print a text as it was published."""

    async def work(_settings: Settings, db: Database) -> Document:
        async with db.reading() as connection:
            return await documents.find_document(
                connection, type_, version=version, language=language, now=SystemClock().now()
            )

    typer.echo(on_database(work).body, nl=False)


@app.command()
def publish(
    type_: Type,
    name: Annotated[str, typer.Option(help="What customers see it called.")],
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The text, in UTF-8.")],
    required: Annotated[
        bool, typer.Option("--required/--optional", help="Whether an order has to accept it.")
    ],
    language: InLanguage = Language.TR,
    valid_from: Annotated[
        datetime | None, typer.Option(help="From when on it is in force, in UTC; else at once.")
    ] = None,
) -> None:
    """Publish a text as the next version. It is never changed after that."""
    # The lines of another system are the same lines.
    body = file.read_text(encoding="utf-8-sig").replace("\r\n", "\n")

    async def work(_settings: Settings, db: Database) -> DocumentInForce:
        now = SystemClock().now()
        draft = Draft(
            type=type_,
            language=language,
            name=name,
            body=body,
            is_required=required,
            valid_from=valid_from.replace(tzinfo=UTC) if valid_from else now,
        )
        return await db.write(lambda tx: documents.publish(tx, draft, now=now))

    made = on_database(work)
    console.print(
        f"{made.type} {made.language} version {made.version} is in force from "
        f"{moment(made.valid_from)}, sha256 {made.sha256}"
    )


@app.command()
def export(
    partner: Annotated[str, typer.Argument(help="The partner's code.")],
    order: Annotated[int, typer.Argument(min=1, help="The order's id.")],
    directory: Annotated[Path, typer.Option(help="Where to write; it is made.")] = Path("legal"),
) -> None:
    """Write the kept copies of what was accepted with an order."""

    async def work(
        _settings: Settings, db: Database
    ) -> list[tuple[Acceptance, Format, RenderedDocument]]:
        async with db.reading() as connection:
            found = await accounts.find_partner(connection, partner)
            accepted = await documents.accepted_documents(
                connection, PartnerId(found.partner_id), OrderId(order)
            )
            return [
                (each, format_, await copies.copy(connection, sha256))
                for each in accepted
                for format_ in Format
                if (sha256 := each.copy_in(format_)) is not None
            ]

    kept = on_database(work)
    if not kept:
        console.print("nothing is kept of this order")
        return
    directory.mkdir(parents=True, exist_ok=True)
    for accepted, format_, copied in kept:
        name = f"{accepted.type}-{accepted.version}-{accepted.language}.{format_}"
        (directory / name).write_bytes(copied.body)
        console.print(f"wrote {directory / name}, sha256 {copied.sha256}")
