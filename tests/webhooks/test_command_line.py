"""`bezant webhooks`, as an operator uses it."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from bezant.cli import app
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError, Invalid
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.webhooks.model import EndpointExists, NoSuchEndpoint
from bezant.webhooks.service import abandonment, events
from tests.factories.servers import free_port, variables_of
from tests.webhooks.desk import told

Command = Callable[..., Result]


@pytest.fixture
def bezant(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs `bezant` with these arguments, in a deployment that allows private addresses."""
    told_to = {**variables_of(settings, home=tmp_path), "BEZANT_WEBHOOKS_ALLOW_PRIVATE": "true"}
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=told_to)

    return run


@pytest.fixture
def partner_code(bezant: Command) -> str:
    """A new partner."""
    code = f"cli-{uuid4().hex[:12]}"
    assert bezant("partner", "create", code, "--name", "A bank").exit_code == 0
    return code


def done(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def refused(result: Result) -> BezantError:
    assert isinstance(result.exception, BezantError), (result.output, result.exception)
    return result.exception


def number_in(output: str) -> str:
    found = re.search(r"^endpoint (\d+) added$", output, re.MULTILINE)
    assert found, output
    return found[1]


def announce(url: str | None, code: str, *numbers: int) -> None:
    async def work() -> None:
        assert url is not None
        db = await Database.connect(url)
        now = datetime.now(UTC)
        async with db.transaction() as tx:
            partner = await accounts.find_partner(tx, code)
            new = [told(number) for number in numbers]
            await events.announce(tx, partner.partner_id, new, now=now)
        await db.close()

    asyncio.run(work())


def test_an_endpoint_is_added_listed_rotated_and_removed(
    bezant: Command, partner_code: str
) -> None:
    url = "https://shop.example/hooks"
    made = done(
        bezant("webhooks", "endpoint", "add", partner_code, url, "--event", "order.created")
    )
    assert re.search(r"^secret whsec_[A-Za-z0-9+/]{32}$", made, re.MULTILINE)
    number = number_in(made)

    listed = done(bezant("webhooks", "endpoint", "list", partner_code))
    assert re.search(rf"^{number} +{partner_code} +{url} +order\.created ", listed, re.MULTILINE)
    assert "whsec_" not in listed
    rotated = done(bezant("webhooks", "endpoint", "rotate", number, "--overlap-hours", "1"))
    assert "whsec_" in rotated
    assert "signs too until" in rotated
    assert isinstance(
        refused(bezant("webhooks", "endpoint", "add", partner_code, url)), EndpointExists
    )

    assert url in done(bezant("webhooks", "endpoint", "remove", number))
    assert done(bezant("webhooks", "endpoint", "list", partner_code)).strip() == "none"
    for verb in ("remove", "rotate", "enable"):
        assert isinstance(refused(bezant("webhooks", "endpoint", verb, number)), NoSuchEndpoint)


def test_an_address_that_cannot_be_used_is_refused(bezant: Command, partner_code: str) -> None:
    wrong = refused(bezant("webhooks", "endpoint", "add", partner_code, "ftp://shop.example/"))

    assert isinstance(wrong, Invalid)
    assert list(wrong.fields) == ["url"]


def test_deliveries_are_listed_and_sent_again(
    bezant: Command, partner_code: str, settings: Settings
) -> None:
    number = number_in(
        done(bezant("webhooks", "endpoint", "add", partner_code, "http://127.0.0.1:1/hooks"))
    )
    announce(settings.database_url, partner_code, 1, 2)

    waiting = done(bezant("webhooks", "list", "--partner", partner_code, "--waiting"))
    assert len(re.findall(r"^evt_\w+ +order\.status_changed +order:1 ", waiting, re.MULTILINE)) == 2
    assert "none" in done(bezant("webhooks", "list", "--partner", partner_code, "--parked"))
    event = waiting.splitlines()[1].split()[0]
    for which, count in (
        (["--event", event], 1),
        (["--order", "order:1"], 2),
        (["--order", "order:2"], 0),
        (["--since", "2026-01-01T00:00:00", "--delivered"], 2),
        (["--since", "2199-01-01T00:00:00"], 0),
    ):
        again = done(bezant("webhooks", "resend", partner_code, *which))
        assert again == f"{count} on their way\n"
    assert bezant("webhooks", "resend", partner_code).exit_code == 2
    done(bezant("webhooks", "endpoint", "remove", number))


def test_a_test_of_an_endpoint_that_does_not_answer_fails_with_the_reason(
    bezant: Command, partner_code: str
) -> None:
    url = f"http://127.0.0.1:{free_port()}/hooks"
    number = number_in(done(bezant("webhooks", "endpoint", "add", partner_code, url)))

    tested = bezant("webhooks", "test", number)

    assert tested.exit_code == 1
    assert f"endpoint {number}: no answer" in tested.output
    assert "Cannot connect" in tested.output


def test_a_partner_is_told_of_abandoned_baskets_and_no_more(
    bezant: Command, partner_code: str, settings: Settings
) -> None:
    resume = ("--resume-url", "https://shop.example/cart/{token}")
    assert "for 90m" in done(bezant("webhooks", "abandon", partner_code, "--after", "90m", *resume))
    assert _delays(settings, partner_code) == [5400]
    assert bezant("webhooks", "abandon", partner_code).exit_code == 2
    assert bezant("webhooks", "abandon", partner_code, "--after", "2h").exit_code == 2
    wrong = refused(bezant("webhooks", "abandon", partner_code, "--after", "soon", *resume))
    assert isinstance(wrong, Invalid)

    done(bezant("webhooks", "abandon", partner_code, "--off"))
    assert _delays(settings, partner_code) == []


def _delays(settings: Settings, code: str) -> list[float]:
    """After how many seconds the partner is told of a basket."""

    async def work() -> list[float]:
        assert settings.database_url is not None
        db = await Database.connect(settings.database_url)
        async with db.reading() as connection:
            partner = await accounts.find_partner(connection, code)
            every = await abandonment.list_abandonments(connection)
        await db.close()
        return [
            each.after.total_seconds() for each in every if each.partner_id == partner.partner_id
        ]

    return asyncio.run(work())
