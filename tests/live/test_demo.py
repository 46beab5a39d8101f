"""`bezant demo` as a developer runs it: what it prints works, and nothing is left behind."""

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from bezant.cli.serving import own_sandbox
from bezant.settings import Settings, SettingsRefused
from tests.factories.processes import family_of, sandboxes
from tests.factories.servers import (
    STOP_TIMEOUT_S,
    WITH_SANDBOX,
    LiveServer,
    free_port,
    listeners,
    run_verb,
    start_server,
    start_verb,
    wait_until,
)
from tests.factories.shop import SECRET_KEY

START_TIMEOUT_S = 60.0
AFTER_A_KILL_S = 10.0


@pytest.fixture
def sandbox_port() -> int:
    """Where the sandbox of this test is to be."""
    return free_port()


@pytest.fixture
def demo(spare_url: str, sandbox_port: int) -> Iterator[LiveServer]:
    """A demo that has said its welcome."""
    settings = Settings(database_url=spare_url, secret_key=SECRET_KEY)
    variables = {"BEZANT_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}"}
    with start_verb(settings, "demo", "--baskets", "20", variables=variables) as started:
        wait_until(lambda: is_up(started), timeout_s=START_TIMEOUT_S)
        wait_until(lambda: listeners(sandbox_port) == 1)
        yield started


def is_up(started: LiveServer) -> bool:
    """Whether it has said all of its welcome."""
    said = started.log.read_text()
    assert started.process.poll() is None, said
    return "Ctrl-C stops it" in said


class Answer(msgspec.Struct):
    """What of an answer is looked at."""

    code: int
    data: dict[str, object]


def printed_answers(server: LiveServer) -> list[Answer]:
    """What the lines for curl bring, as they were printed."""
    lines = re.findall(r"^  (curl .*)$", server.log.read_text(), re.MULTILINE)
    ran = [
        subprocess.run(
            [*shlex.split(line), "--silent"], capture_output=True, check=True, timeout=30
        )
        for line in lines
    ]
    return [msgspec.json.decode(each.stdout, type=Answer) for each in ran]


def test_what_it_prints_can_be_pasted_and_the_order_is_paid_for(
    demo: LiveServer, sandbox_port: int
) -> None:
    answers = printed_answers(demo)
    assert [answer.code for answer in answers] == [0, 0, 0]
    order = answers[2].data
    assert order["order_creation_status"] == "order"
    payment = order["payment"]
    assert isinstance(payment, dict)
    record = json.loads((demo.home / "demo.json").read_text())
    assert record["sandbox"]["url"] == f"http://127.0.0.1:{sandbox_port}"
    card = record["sandbox"]["cards"][0]
    with httpx.Client(follow_redirects=True) as browser:
        # What six payments with this card cost is what the page says that they cost.
        page = browser.get(payment["redirect_url"], params={"bin": card["number"][:6]})
        plans = re.findall(r'name="plan" value="(6-\d+)"', page.text)
        assert len(plans) == 1, page.text
        fields = {
            "card_holder": "AYŞE YILMAZ",
            "card_number": card["number"],
            "card_expiry": card["expiry"],
            "card_cvv": card["cvv"],
            "plan": plans[0],
        }
        on_the_way = browser.post(payment["redirect_url"], data=fields)
        bank = re.search(r'href="(http://127\.0\.0\.1:\d+/3d/\w+)"', on_the_way.text)
        assert bank, on_the_way.text
        end = browser.post(bank[1], data={"action": "approve", "code": record["sandbox"]["code"]})
    assert end.url.path.endswith("/callback/success")


def test_a_killed_sandbox_is_started_again_and_a_killed_demo_leaves_nobody_behind(
    demo: LiveServer, sandbox_port: int
) -> None:
    (victim,) = sandboxes(demo)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(sandboxes(demo) - {victim}) == 1)
    wait_until(lambda: listeners(sandbox_port) == 1)
    demo.process.kill()
    assert demo.process.wait(STOP_TIMEOUT_S) == -signal.SIGKILL
    wait_until(lambda: not family_of(demo), timeout_s=AFTER_A_KILL_S)
    assert listeners(sandbox_port) == 0


def test_a_signal_stops_a_server_with_its_sandbox(
    live_settings: Settings, sandbox_port: int
) -> None:
    variables = {"BEZANT_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}"}
    with start_server(live_settings, WITH_SANDBOX, workers=1, variables=variables) as own:
        own.process.send_signal(signal.SIGTERM)
        assert own.process.wait(STOP_TIMEOUT_S) == 0, own.log.read_text()
        wait_until(lambda: not family_of(own))
        assert listeners(sandbox_port) == 0
        assert "Traceback" not in own.log.read_text()


def test_a_sandboxs_port_that_is_taken_is_one_clear_line(
    server: LiveServer, tmp_path: Path
) -> None:
    variables = {"BEZANT_SANDBOX_URL": server.base_url, "BEZANT_PORT": str(free_port())}
    refused = run_verb(Settings(), "demo", home=tmp_path, variables=variables)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"bezant: 127.0.0.1:{server.port} cannot be used: Address already in use."
        " Set BEZANT_SANDBOX_URL for another port.\n"
    )
    # It was refused before a database was made for it in vain.
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["http://192.0.2.1:8090", "https://127.0.0.1:8090"])
def test_a_server_runs_no_sandbox_but_one_on_this_machine(address: str) -> None:
    assert own_sandbox(Settings(acquirer="sandbox", sandbox_url=address)) is None


def test_a_server_runs_no_sandbox_on_its_own_port() -> None:
    address = f"http://127.0.0.1:{Settings().port}"
    with pytest.raises(SettingsRefused, match="sandbox_url"):
        own_sandbox(Settings(acquirer="sandbox", sandbox_url=address))


def test_a_sandbox_that_a_server_cannot_run_itself_is_refused(tmp_path: Path) -> None:
    settings, variables = Settings(), {"BEZANT_PORT": str(free_port())}
    refused = run_verb(settings, "serve", WITH_SANDBOX, home=tmp_path, variables=variables)
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert "sandbox_url" in line
