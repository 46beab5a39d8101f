"""`bezant cards`, as an operator uses it to change the key of kept cards."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from bezant.cli import app
from bezant.kernel.db import Database
from bezant.payments.kept import CardOwner
from bezant.payments.vault import CardVault
from bezant.settings import Settings
from bezant.wiring import card_vault_of
from tests.factories.cards import a_customer, kept_card, the_vault
from tests.factories.clock import A_MORNING
from tests.factories.databases import cloned_database
from tests.factories.servers import variables_of
from tests.factories.shop import SECRET_KEY, make_sign_in

Command = Callable[..., Result]
OTHER: Final = "another key of the vault and long enough for one"
MASTER_ID: Final = the_vault().key_id
OTHER_ID: Final = CardVault([OTHER.encode()]).key_id
CARDS: Final = 3


@pytest.fixture(scope="module")
def url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """A database of these tests' own."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_keys") as address:
        yield address


@pytest.fixture
def bezant(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs `bezant cards` with these settings, on a few cards under the master secret."""
    asyncio.run(_have_cards(url))
    monkeypatch.chdir(tmp_path)

    def run(verb: str, **changes: object) -> Result:
        settings = Settings(database_url=url, secret_key=SECRET_KEY)
        named = {f"BEZANT_{name.upper()}": str(value) for name, value in changes.items()}
        variables = variables_of(settings, home=tmp_path) | named
        return CliRunner().invoke(app, ["cards", verb], env=variables)

    return run


async def _have_cards(url: str) -> None:
    db = await Database.connect(url)
    async with db.reading() as connection:
        await connection.execute("TRUNCATE stored_card, card_to_forget")
    partner = (await make_sign_in(db, now=A_MORNING)).partner
    for _ in range(CARDS):
        customer = await a_customer(db, partner.partner_id)
        await kept_card(db, CardOwner(partner.partner_id, customer.customer_id))
    await db.close()


def rows(result: Result) -> list[list[str]]:
    """The cells of a table, without its head."""
    assert result.exit_code == 0, (result.output, result.exception)
    return [line.split() for line in result.output.splitlines()[1:]]


def test_a_key_is_changed_and_the_one_before_can_go(bezant: Command) -> None:
    before = rows(bezant("keys", vault_key=OTHER))

    resealed = bezant("reseal", vault_key=OTHER)
    after = rows(bezant("keys", vault_key=OTHER))
    again = bezant("reseal", vault_key=OTHER)

    assert sorted(before) == sorted([[OTHER_ID, "0", "present"], [MASTER_ID, str(CARDS), "before"]])
    assert resealed.exit_code == 0, resealed.output
    assert f"{CARDS} cards were sealed anew" in resealed.output
    assert f"{CARDS} of {CARDS}" in resealed.output
    assert "can be dropped" in resealed.output
    assert after == [[OTHER_ID, str(CARDS), "present"]]
    assert "0 cards were sealed anew" in again.output


def test_back_to_the_master_secret_needs_the_key_that_was_set(bezant: Command) -> None:
    bezant("reseal", vault_key=OTHER)

    lost = bezant("reseal")
    states = rows(bezant("keys"))
    back = bezant("reseal", vault_previous_keys=OTHER)

    assert lost.exit_code == 1
    assert f"{CARDS} cards are sealed with {OTHER_ID}" in lost.output
    assert [OTHER_ID, str(CARDS), "lost"] in states
    assert back.exit_code == 0, back.output
    assert rows(bezant("keys")) == [[MASTER_ID, str(CARDS), "present"]]


def test_no_key_is_ever_printed(bezant: Command) -> None:
    said = "".join(bezant(verb, vault_key=OTHER).output for verb in ("keys", "reseal", "keys"))

    assert OTHER not in said
    assert SECRET_KEY not in said


@pytest.mark.parametrize(
    ("changes", "key_id"),
    [
        ({}, MASTER_ID),
        ({"vault_key": OTHER}, OTHER_ID),
        ({"vault_previous_keys": (OTHER,)}, MASTER_ID),
        ({"vault_key": OTHER, "vault_previous_keys": (SECRET_KEY,)}, OTHER_ID),
    ],
)
def test_cards_are_sealed_with_the_key_that_is_set_or_else_with_the_master_secret(
    changes: dict[str, object], key_id: str
) -> None:
    vault = card_vault_of(Settings(secret_key=SECRET_KEY).with_changes(**changes))

    assert vault.key_id == key_id
    assert MASTER_ID in vault.key_ids
