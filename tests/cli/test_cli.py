"""The command line, as an operator uses it: what it does, what it says, how it ends."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from bezant.kernel.clock import SystemClock
from bezant.kernel.metal import Metal
from bezant.partners.model import Allowance, HashName, Scope
from bezant.partners.service import accounts
from bezant.pricing import service as pricing
from tests.cli.terminal import Terminal
from tests.factories.catalog import set_market
from tests.factories.databases import cloned_database


def test_a_partner_is_made_listed_disabled_and_enabled(bezant: Terminal) -> None:
    code = f"cli-{uuid4().hex[:12]}"
    made = bezant.done("partner", "create", code, "--name", "A bank", "--currency", "EUR")
    assert f"bezant credential create {code}" in made.out
    assert bezant.done("partner", "list").row_of(code)[:3] == [code, "A bank", "EUR"]
    assert bezant.done("partner", "list").row_of(code)[-1] == "-"

    assert bezant.done("partner", "disable", code).out == f"partner {code} is disabled\n"
    assert bezant.done("partner", "list").row_of(code)[-1].endswith("Z")

    assert bezant.done("partner", "enable", code).out == f"partner {code} is enabled\n"
    assert bezant.done("partner", "list").row_of(code)[-1] == "-"


def test_a_credential_is_made_with_what_was_asked_for_and_its_secret_works(
    bezant: Terminal,
) -> None:
    code = bezant.new_partner()
    said = bezant.done(
        *("credential", "create", code, "--name", "till", "--scope", "catalog"),
        *("--scope", "baskets.read", "--network", "10.1.0.0/16", "--network", "192.0.2.7"),
        *("--reads", "70", "--writes", "30", "--days", "2", "--allow-no-qop"),
    )
    username, secret = said.word_after("username"), said.word_after("secret")
    made = bezant.credential(username)

    assert made.ha1[HashName.SHA256] == accounts.ha1(
        HashName.SHA256, username=username, realm="bezant", secret=secret
    )
    assert (made.partner.code, made.name, made.allows_no_qop) == (code, "till", True)
    assert made.scopes == {Scope.CATALOG, Scope.BASKETS_READ}
    assert [str(each) for each in made.allowed_networks] == ["10.1.0.0/16", "192.0.2.7/32"]
    assert made.allowance == Allowance(70, 30)
    assert made.expires_at == made.created_at + timedelta(days=2)


def test_a_credential_that_nothing_is_said_of_may_do_everything_for_ever(
    bezant: Terminal,
) -> None:
    username = bezant.done("credential", "create", bezant.new_partner()).word_after("username")
    made = bezant.credential(username)

    assert (made.scopes, made.allowed_networks) == (frozenset(Scope), ())
    assert (made.expires_at, made.allows_no_qop) == (None, False)
    assert made.allowance == Allowance(6_000, 1_200)


def test_credentials_are_listed_without_their_secrets(bezant: Terminal) -> None:
    code, other = bezant.new_partner(), bezant.new_partner()
    made = bezant.done("credential", "create", code)
    username = made.word_after("username")
    bezant.done("credential", "create", other)

    own, everybodys = bezant.done("credential", "list", code), bezant.done("credential", "list")

    assert own.row_of(username) == [
        *(code, username, "default", "live", "-", "6000", "1200", "all")
    ]
    assert (other in own.out, other in everybodys.out) == (False, True)
    assert made.word_after("secret") not in own.out
    assert bezant.done("credential", "list", "nobody").out == "none\n"


def test_a_rotated_credential_works_on_for_the_overlap(bezant: Terminal) -> None:
    code = bezant.new_partner()
    old = bezant.done("credential", "create", code, "--reads", "70").word_after("username")
    said = bezant.done("credential", "rotate", old, "--overlap-hours", "3")
    new = said.word_after("username")

    ending, successor = bezant.credential(old), bezant.credential(new)
    assert ending.expires_at is not None
    left = ending.expires_at - successor.created_at
    assert (left, successor.allowance.reads_per_minute) == (timedelta(hours=3), 70)
    assert f"{old} works until {ending.expires_at:%Y-%m-%d %H:%M:%SZ}" in said.out
    assert bezant.done("credential", "list", code).row_of(old)[3].startswith("until ")


def test_a_revoked_credential_has_ended(bezant: Terminal) -> None:
    code = bezant.new_partner()
    username = bezant.done("credential", "create", code).word_after("username")

    assert bezant.done("credential", "revoke", username).out == f"{username} is revoked\n"
    assert not bezant.credential(username).is_live(SystemClock().now())
    assert bezant.done("credential", "list", code).row_of(username)[3] == "ended"


def test_metals_are_halted_and_resumed(bezant: Terminal) -> None:
    bezant.look(lambda connection: set_market(connection, at=SystemClock().now()))
    assert bezant.done("feed", "status").row_of("gold")[-1] == "fresh"

    halted = bezant.done("feed", "halt", "gold", "--reason", "a [bold] storm")
    status = bezant.done("feed", "status")
    resumed = bezant.done("feed", "resume", "gold")

    assert (halted.out, resumed.out) == ("halted: gold\n", "resumed: gold\n")
    assert "halted: a [bold] storm" in status.out
    assert bezant.done("feed", "resume").out == "resumed: none was halted\n"
    assert bezant.look(pricing.halts) == []


def test_all_metals_are_halted_unless_some_are_named(bezant: Terminal) -> None:
    bezant.done("feed", "halt", "--reason", "a storm")
    halted = {each.metal for each in bezant.look(pricing.halts)}
    bezant.done("feed", "resume")

    assert halted == set(Metal)


def test_an_old_price_is_shown_as_stale(bezant: Terminal) -> None:
    at = SystemClock().now() - timedelta(minutes=5)
    bezant.look(lambda connection: connection.execute("DELETE FROM reference_price"))
    bezant.look(lambda connection: set_market(connection, at=at))

    assert bezant.done("feed", "status").row_of("gold")[-1] == "stale"


def test_a_database_that_is_up_to_date_has_nothing_applied(bezant: Terminal) -> None:
    assert bezant.done("migrate").out == "applied: nothing, it is up to date\n"


def test_the_sql_of_the_schema_is_printed_and_nothing_is_changed(bezant: Terminal) -> None:
    bezant.monkeypatch.setenv("BEZANT_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")

    assert "CREATE TABLE partner (" in bezant.done("migrate", "--sql").out


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("partner disable nobody", "There is no such partner: nobody"),
        ("partner enable nobody", "There is no such partner: nobody"),
        ("partner create UPPER --name A", "code: This is not in the expected form."),
        ("credential create nobody", "There is no such partner: nobody"),
        ("credential rotate nobody", "nobody"),
        ("credential revoke nobody", "nobody"),
        ("credential create nobody --network here", "network: "),
        ("feed halt gold --reason=", "reason: This must have between 1 and 200 characters."),
        (f"feed halt gold --reason {'r' * 201}", "reason: "),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_1(bezant: Terminal, command: str, line: str) -> None:
    said = bezant.refused(*command.split())

    assert said.startswith("bezant: ")
    assert line in said


@pytest.mark.parametrize("name", ["", "n" * 65])
def test_a_credentials_name_out_of_form_is_refused(bezant: Terminal, name: str) -> None:
    said = bezant.refused("credential", "create", bezant.new_partner(), "--name", name)

    assert said == "bezant: name: This must have between 1 and 64 characters."


def test_only_so_many_networks_are_taken(bezant: Terminal) -> None:
    networks = [f"--network=10.0.0.{number}" for number in range(101)]
    code = bezant.new_partner()

    assert "network: " in bezant.refused("credential", "create", code, *networks)
    bezant.done("credential", "create", code, *networks[:100])


def test_a_schema_of_a_newer_release_is_refused_by_every_verb(
    bezant: Terminal, postgres: str, run_name: str, worker_name: str
) -> None:
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_newer") as url:
        newer = replace(bezant, url=url)
        newer.look(lambda tx: tx.execute("UPDATE alembic_version SET version_num = '9999'"))
        bezant.monkeypatch.setenv("BEZANT_DATABASE_URL", url)
        for command in ("migrate", "partner list", "feed status"):
            assert "revision 9999" in newer.refused(*command.split())


def test_a_code_that_is_taken_is_refused(bezant: Terminal) -> None:
    code = bezant.new_partner()

    said = bezant.refused("partner", "create", code, "--name", "Another")

    assert said == f"bezant: This partner code is taken: {code}"


def test_a_database_that_is_away_and_settings_that_are_wrong_are_refused(
    bezant: Terminal,
) -> None:
    bezant.monkeypatch.setenv("BEZANT_PORT", "many")
    assert "port" in bezant.refused("partner", "list")

    bezant.monkeypatch.setenv("BEZANT_PORT", "8080")
    bezant.monkeypatch.setenv("BEZANT_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    assert "cannot be reached" in bezant.refused("partner", "list")


@pytest.mark.parametrize(
    "command",
    [
        "partner create",
        "partner create some-code",
        "partner create some-code --name A --currency XAU",
        "credential create some-code --reads 0",
        "credential create some-code --reads 10000001",
        "credential create some-code --writes 10000001",
        "credential create some-code --days 36501",
        "credential rotate some-name --overlap-hours -1",
        "credential rotate some-name --overlap-hours 8761",
        "feed halt gold",
        "feed resume lead",
        "nonsense",
    ],
)
def test_wrong_usage_is_exit_code_2(bezant: Terminal, command: str) -> None:
    said = bezant(*command.split())

    assert (said.code, said.out) == (2, "")
    assert "Usage: " in said.err
