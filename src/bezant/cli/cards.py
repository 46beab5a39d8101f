"""`bezant cards`: with which keys kept cards are sealed, and sealing them with the present one."""

from collections.abc import Mapping

import typer

from bezant.cli.databases import on_database
from bezant.cli.output import console, errors, print_table
from bezant.cli.progress import shown_progress
from bezant.kernel.db import Database
from bezant.payments.service import resealing
from bezant.payments.service.resealing import Resealed
from bezant.payments.vault import KeyId
from bezant.settings import Settings
from bezant.wiring import card_vault_of

app = typer.Typer(help="Kept cards: the keys that they are sealed with.", no_args_is_help=True)


@app.command()
def keys() -> None:
    """List the keys that cards are sealed with, by name; the keys themselves are never shown."""

    async def work(settings: Settings, db: Database) -> list[tuple[str, str, str]]:
        vault = card_vault_of(settings)
        async with db.reading() as connection:
            counts = await resealing.tokens_by_key(connection)
        known = {vault.key_id: counts.get(vault.key_id, 0)} | dict(counts)
        return [
            (key, str(count), _state(key, vault.key_id, vault.key_ids))
            for key, count in known.items()
        ]

    print_table(("key", "cards", "state"), on_database(work))


@app.command()
def reseal() -> None:
    """Seal every card with the present key, so that the ones before can be dropped.

    It may be broken off and begun again at any moment, while the house is at work.
    """

    async def work(settings: Settings, db: Database) -> Resealed:
        vault = card_vault_of(settings)
        async with db.reading() as connection:
            counts = await resealing.tokens_by_key(connection)
        total = sum(count for key, count in counts.items() if key != vault.key_id)
        with shown_progress(console, "cards", total=total) as advance:
            return await resealing.reseal(db, vault, advance=advance)

    done = on_database(work)
    console.print(f"{done.done:,} cards were sealed anew")
    if not done.left:
        console.print("Every card is sealed with the present key: those before can be dropped.")
        return
    _say_left(done.left, done.lost)
    raise typer.Exit(1)


def _say_left(left: Mapping[KeyId, int], lost: Mapping[KeyId, int]) -> None:
    for key, count in left.items():
        if key in lost:
            errors.print(f"bezant: {count:,} cards are sealed with {key}, which does not open them")
        else:
            errors.print(
                f"bezant: {count:,} cards are in use and still sealed with {key}: run again"
            )


def _state(key: KeyId, present: KeyId, known: frozenset[KeyId]) -> str:
    if key == present:
        return "present"
    return "before" if key in known else "lost"
