"""The processes of `bezant serve`: what ends one of them, and what is left then.

A test that ends a server has one of its own.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bezant.kernel.db import Database
from bezant.settings import Settings
from tests.factories.client import PartnerClient
from tests.factories.processes import background_workers, family_of, http_workers
from tests.factories.servers import (
    STOP_TIMEOUT_S,
    LiveServer,
    listeners,
    run_verb,
    start_server,
    start_verb,
    wait_until,
)
from tests.factories.shop import SignIn

AFTER_A_KILL_S = 10.0
"""In so many seconds the rest is gone when the main process was killed."""


@pytest.fixture(scope="module")
def healing(live_settings: Settings, live_db: Database) -> Iterator[LiveServer]:
    """A server with two HTTP workers that is hurt, and whole again when a test is over."""
    with start_server(live_settings, workers=2) as started:
        yield started


@pytest.fixture
def own(live_settings: Settings, live_db: Database) -> Iterator[LiveServer]:
    """A server of this test's own with two HTTP workers, on the live database."""
    with start_server(live_settings, workers=2) as started:
        yield started


def answers(server: LiveServer) -> bool:
    """Whether the server answers a new connection."""
    try:
        return httpx.get(f"{server.base_url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def has_background_worker(server: LiveServer) -> bool:
    """Whether the background worker has been started."""
    return len(background_workers(server)) == 1


def to_the_process(pid: int, name: signal.Signals) -> None:
    """A signal as `kill` and a service manager send it."""
    os.kill(pid, name)


def to_the_group(pid: int, name: signal.Signals) -> None:
    """A signal as a terminal sends it: to everyone in the foreground."""
    os.killpg(pid, name)


@pytest.mark.parametrize(
    ("send", "name"),
    [
        (to_the_process, signal.SIGTERM),
        (to_the_group, signal.SIGTERM),
        (to_the_group, signal.SIGINT),
    ],
)
def test_a_signal_stops_everything_and_all_is_well(
    own: LiveServer, send: Callable[[int, signal.Signals], None], name: signal.Signals
) -> None:
    wait_until(lambda: has_background_worker(own))
    send(own.pid, name)
    assert own.process.wait(STOP_TIMEOUT_S) == 0, own.log.read_text()
    # Python's own helper of started processes ends a moment after the last of them.
    wait_until(lambda: not family_of(own))
    assert listeners(own.port) == 0
    assert "Traceback" not in own.log.read_text()
    assert "ERROR" not in own.log.read_text()


async def test_a_request_under_way_is_answered_before_the_server_stops(
    own: LiveServer, live_db: Database, live_sign_in: SignIn
) -> None:
    async with httpx.AsyncClient(base_url=own.base_url, timeout=30) as http:
        client = PartnerClient(http, live_sign_in)
        customer = await client.new_customer()
        basket = await client.new_basket(customer)
        change = {
            "external_customer_id": customer,
            "cart_token": basket.data["token"],
            "sku": "MNT0001",
            "amount": 2,
        }
        async with live_db.transaction() as tx:
            await tx.execute(
                "SELECT 1 FROM basket WHERE token = $1 FOR UPDATE", change["cart_token"]
            )
            under_way = asyncio.create_task(client.patch("/partner/ecom/basket", **change))
            await _until_somebody_waits(live_db)
            own.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(wait_until, lambda: listeners(own.port) == 0)
            assert not under_way.done()
        reply = await under_way
    assert reply.status == 200
    assert reply.items[0]["amount"] == 2
    assert await asyncio.to_thread(own.process.wait, STOP_TIMEOUT_S) == 0


async def _until_somebody_waits(db: Database) -> None:
    """Returns when a statement in the database waits for a row."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1_000):
        async with db.reading() as connection:
            if await connection.fetchval(waiting):
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


def test_a_killed_http_worker_is_replaced_and_the_other_goes_on(healing: LiveServer) -> None:
    before = http_workers(healing)
    assert len(before) == 2
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: listeners(healing.port) == 1)
    assert answers(healing)
    wait_until(lambda: listeners(healing.port) == 2)
    after = http_workers(healing)
    assert len(after) == 2
    assert after & before == before - {victim}
    assert all(answers(healing) for _ in range(20))


def test_a_killed_background_worker_is_started_again(healing: LiveServer) -> None:
    wait_until(lambda: has_background_worker(healing))
    (victim,) = background_workers(healing)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(background_workers(healing) - {victim}) == 1)
    assert answers(healing)


def test_a_killed_main_process_leaves_nobody_behind_and_the_port_free(own: LiveServer) -> None:
    wait_until(lambda: has_background_worker(own))
    own.process.kill()
    assert own.process.wait(STOP_TIMEOUT_S) == -signal.SIGKILL
    wait_until(lambda: not family_of(own), timeout_s=AFTER_A_KILL_S)
    assert listeners(own.port) == 0


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_on_its_own_stops_with_its_verb(
    live_settings: Settings, live_db: Database, name: signal.Signals
) -> None:
    with start_verb(live_settings, "worker") as own:
        wait_until(lambda: has_background_worker(own))
        own.process.send_signal(name)
        assert own.process.wait(STOP_TIMEOUT_S) == 0, own.log.read_text()
        assert family_of(own) == set()
        assert "Traceback" not in own.log.read_text()


def test_a_port_that_is_taken_is_one_clear_line(server: LiveServer, tmp_path: Path) -> None:
    settings = Settings(secret_key="a secret key that opens nothing at all")
    variables = {"BEZANT_PORT": str(server.port)}
    refused = run_verb(settings, "serve", home=tmp_path, variables=variables)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"bezant: 127.0.0.1:{server.port} cannot be used: Address already in use."
        " Set BEZANT_PORT for another port.\n"
    )
    # It was refused before a database was made for it in vain.
    assert list(tmp_path.iterdir()) == []


def test_two_servers_may_run_on_one_database(healing: LiveServer, server: LiveServer) -> None:
    assert answers(server)
    assert answers(healing)


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("r9999", "the schema is at revision r9999, which this release does not know; "),
        ("0001", "the schema is at 0001, this release needs "),
    ],
)
async def test_the_schema_of_another_release_is_refused_in_one_line(
    spare_url: str, tmp_path: Path, revision: str, said: str
) -> None:
    db = await Database.connect(spare_url)
    async with db.reading() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
    await db.close()
    settings = Settings(database_url=spare_url)
    refused = await asyncio.to_thread(run_verb, settings, "serve", home=tmp_path)
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"bezant: {said}")


def test_a_database_that_is_away_is_one_clear_line(live_settings: Settings, tmp_path: Path) -> None:
    nowhere = live_settings.with_changes(
        database_url="postgresql://bezant:bezant@127.0.0.1:1/bezant"
    )
    for verb in (("serve",), ("partner", "list")):
        refused = run_verb(nowhere, *verb, home=tmp_path)
        assert refused.returncode == 1, refused.stderr
        assert len(refused.stderr.splitlines()) == 1, refused.stderr
