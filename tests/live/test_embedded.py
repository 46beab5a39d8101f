"""A server with the embedded PostgreSQL: started with it, stopped with it, and after a crash."""

import asyncio
import os
import signal
from pathlib import Path

import httpx

from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.integrations.embedded_postgres.layout import Layout
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.settings import Settings
from tests.factories.servers import LiveServer, run_verb, start_server, wait_until
from tests.factories.shop import SECRET_KEY, SignIn, make_sign_in
from tests.live.by_hand import TARGET, Pen, fresh_nonce, is_stale

NO_DATABASE = Settings(secret_key=SECRET_KEY)


def postmaster(data_dir: Path) -> int:
    """The process id of the embedded server."""
    return int(Layout(data_dir).pid_file.read_text().split()[0])


def is_ready(server: LiveServer, *, status: int) -> bool:
    """Whether both workers say this of themselves: each answers some of many connections."""
    asked = [httpx.get(f"{server.base_url}/readyz", timeout=20) for _ in range(16)]
    return {answer.status_code for answer in asked} == {status}


async def signed_in(url: str) -> SignIn:
    """A partner in that database."""
    db = await Database.connect(url)
    try:
        return await make_sign_in(db, now=SystemClock().now())
    finally:
        await db.close()


def test_serve_brings_its_own_database_and_takes_it_along(new_dir: Path) -> None:
    variables = {"BEZANT_DATA_DIR": str(new_dir)}
    with start_server(NO_DATABASE, workers=1, variables=variables) as server:
        assert is_ready(server, status=200)
        database = postmaster(new_dir)
        made = run_verb(
            NO_DATABASE, "partner", "create", "goldbank", "--name", "Gold Bank", home=new_dir
        )
        assert made.returncode == 0, made.stderr
        listed = run_verb(NO_DATABASE, "partner", "list", home=new_dir)
        assert "goldbank" in listed.stdout
        # The verb came and went; the server is still the one that runs it.
        assert postmaster(new_dir) == database
        assert is_ready(server, status=200)
    assert not Layout(new_dir).pid_file.exists()
    assert not Layout(new_dir).socket.exists()


async def test_after_a_crash_of_the_database_no_captured_answer_is_worth_anything(
    data_dir: Path,
) -> None:
    with EmbeddedPostgres.start(data_dir) as postgres:
        variables = {"BEZANT_DATA_DIR": str(data_dir)}
        # The server is left first, so that it stops before the database does.
        with start_server(NO_DATABASE, workers=2, variables=variables) as server:
            sign_in = await signed_in(postgres.url)
            await asyncio.to_thread(_crash_and_come_back, server, sign_in, data_dir)


def _crash_and_come_back(server: LiveServer, sign_in: SignIn, data_dir: Path) -> None:
    pen = Pen(sign_in, fresh_nonce(server))
    captured = pen.answer(nc=1)
    assert _ask(server, captured).status_code == 200
    os.kill(postmaster(data_dir), signal.SIGKILL)
    wait_until(lambda: is_ready(server, status=503))
    for nc in range(2, 18):
        refused = _ask(server, pen.answer(nc=nc))
        assert refused.status_code == 503
        assert refused.json()["success"] is False
        assert "retry-after" in refused.headers
    with EmbeddedPostgres.start(data_dir):
        wait_until(lambda: is_ready(server, status=200))
        for _ in range(8):
            # Who starts anew meets no nonce of before the crash.
            assert _ask(server, Pen(sign_in, fresh_nonce(server)).answer()).status_code == 200
        for _ in range(8):
            # The uses went with the crash, and so did every nonce of before.
            assert is_stale(_ask(server, captured))
            assert is_stale(_ask(server, pen.answer(nc=18)))


def _ask(server: LiveServer, authorization: str) -> httpx.Response:
    return httpx.get(server.base_url + TARGET, headers={"Authorization": authorization}, timeout=20)
