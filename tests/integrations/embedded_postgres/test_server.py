"""The server's life: who starts it, who stops it, and what a kill -9 leaves."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import asyncpg
import pytest

from bezant.integrations.embedded_postgres import (
    ClusterOfAnotherVersion,
    EmbeddedPostgres,
    PasswordLost,
    PostgresDidNotStart,
    SocketDirectoryTaken,
)
from bezant.integrations.embedded_postgres import server as server_module
from bezant.integrations.embedded_postgres.account import account_for
from bezant.integrations.embedded_postgres.cluster import find_binaries
from bezant.integrations.embedded_postgres.layout import SOCKET_PATH_LIMIT, Layout
from bezant.integrations.embedded_postgres.locks import FileLock
from tests.factories.clusters import copy_data
from tests.integrations.embedded_postgres.people import person


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def server_pid(data_dir: Path) -> int:
    return int(Layout(data_dir).pid_file.read_text().split()[0])


def runs(data_dir: Path) -> bool:
    alive = FileLock(Layout(data_dir).alive)
    try:
        return not alive.take()
    finally:
        alive.close()


def wait_until_down(data_dir: Path) -> None:
    alive = FileLock(Layout(data_dir).alive)
    assert alive.take_within(30)
    alive.close()


def gone(path: str) -> bool:
    return not Path(path).exists()


def kill_server(data_dir: Path) -> None:
    os.kill(server_pid(data_dir), signal.SIGKILL)
    wait_until_down(data_dir)


async def test_what_was_committed_is_there_after_a_restart(data_dir: Path) -> None:
    with EmbeddedPostgres.start(data_dir) as server:
        await ask(server.url, "CREATE TABLE gram AS SELECT 31 AS n")
    assert not runs(data_dir)
    with EmbeddedPostgres.start(data_dir) as server:
        assert await ask(server.url, "SELECT n FROM gram") == 31


async def test_the_server_is_set_up_as_we_want_it(new_dir: Path) -> None:
    with EmbeddedPostgres.start(new_dir) as server:
        settings = {
            name: await ask(server.url, f"SHOW {name}")
            for name in ("fsync", "listen_addresses", "data_checksums", "server_encoding", "jit")
        }
        assert settings == {
            "fsync": "on",
            "listen_addresses": "",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "jit": "off",
        }


async def test_only_the_password_opens_it_and_only_we_can_read_that(new_dir: Path) -> None:
    with EmbeddedPostgres.start(new_dir) as server:
        layout = Layout(new_dir)
        assert stat.S_IMODE(layout.password.stat().st_mode) == 0o600
        assert stat.S_IMODE(layout.socket_dir.stat().st_mode) == 0o700
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(server.url.replace(server.password, "guess"), "SELECT 1")


def test_the_programs_of_postgresql_reach_it_too(data_dir: Path) -> None:
    with EmbeddedPostgres.start(data_dir) as server:
        said = subprocess.check_output(
            [server.bin_dir / "psql", "-XtA", "-d", server.url, "-c", "SELECT current_database()"],
            text=True,
        )
        assert said.strip() == "bezant"


async def test_a_dropped_database_is_made_again(data_dir: Path) -> None:
    with EmbeddedPostgres.start(data_dir) as server:
        await ask(server.database_url("postgres"), "DROP DATABASE bezant")
        with EmbeddedPostgres.start(data_dir) as again:
            assert await ask(again.url, "SELECT current_database()") == "bezant"


def test_the_last_user_stops_the_server_and_no_other(data_dir: Path) -> None:
    first = EmbeddedPostgres.start(data_dir)
    with person(data_dir) as other:
        other.go()
        assert other.server() == server_pid(data_dir)
        first.stop()
        first.stop()
        assert runs(data_dir)
        assert other.leave() == 0
    assert not runs(data_dir)


def test_processes_that_start_at_once_get_one_server(new_dir: Path) -> None:
    with person(new_dir) as one, person(new_dir) as two, person(new_dir) as three:
        people = (one, two, three)
        for someone in people:
            someone.go()
        assert len({someone.server() for someone in people}) == 1
        assert [someone.leave() for someone in people] == [0, 0, 0]
    assert not runs(new_dir)


def test_a_killed_user_does_not_count(data_dir: Path) -> None:
    with person(data_dir) as other:
        other.go()
        pid = other.server()
        other.kill()
    assert runs(data_dir)
    with EmbeddedPostgres.start(data_dir):
        assert server_pid(data_dir) == pid
    assert not runs(data_dir)


def test_a_ctrl_c_for_the_starter_is_not_one_for_the_server(data_dir: Path) -> None:
    with person(data_dir) as other:
        other.go()
        pid = other.server()
        with EmbeddedPostgres.start(data_dir):
            os.killpg(other.process.pid, signal.SIGKILL)
            other.process.wait(timeout=60)
            assert os.getsid(pid) not in {other.process.pid, os.getsid(0)}
            assert server_pid(data_dir) == pid
            assert runs(data_dir)


def test_a_start_that_is_killed_while_it_makes_the_data_breaks_nothing(new_dir: Path) -> None:
    layout = Layout(new_dir)
    with person(new_dir) as other:
        other.go()
        deadline = time.monotonic() + 30
        while not (layout.making / "cluster" / "PG_VERSION").exists():
            assert time.monotonic() < deadline
        other.kill()
    with EmbeddedPostgres.start(new_dir):
        assert runs(new_dir)
    assert not layout.making.exists()


async def test_a_killed_server_is_recovered_by_the_next_start(data_dir: Path) -> None:
    killed = EmbeddedPostgres.start(data_dir)
    await ask(killed.url, "CREATE TABLE gram AS SELECT 31 AS n")
    kill_server(data_dir)
    with EmbeddedPostgres.start(data_dir) as server:
        assert await ask(server.url, "SELECT n FROM gram") == 31
    killed.stop()
    assert not runs(data_dir)


def test_a_stranger_with_the_process_id_of_a_killed_server_is_let_be(data_dir: Path) -> None:
    layout = Layout(data_dir)
    with EmbeddedPostgres.start(data_dir):
        kill_server(data_dir)
    account = account_for(data_dir=data_dir, cluster=layout.cluster, bin_dir=find_binaries())
    root = os.geteuid() == 0
    with subprocess.Popen(
        ["/bin/cat"],
        stdin=subprocess.PIPE,
        user=account.uid if root else None,
        group=account.gid if root else None,
        extra_groups=() if root else None,
    ) as stranger:
        for note in (layout.pid_file, layout.socket_lock):
            _, rest = note.read_text().split("\n", 1)
            note.write_text(f"{stranger.pid}\n{rest}")
        with EmbeddedPostgres.start(data_dir):
            assert server_pid(data_dir) != stranger.pid
        assert stranger.poll() is None
        stranger.communicate()


def test_data_of_another_major_version_is_refused_naming_both(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ClusterOfAnotherVersion) as refused:
        EmbeddedPostgres.start(data_dir)
    assert (refused.value.facts["found"], refused.value.facts["ours"]) == ("15", "18")


def test_a_server_that_does_not_start_says_why(data_dir: Path) -> None:
    with (data_dir / "postgres" / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'plenty'\n")
    with pytest.raises(PostgresDidNotStart) as refused:
        EmbeddedPostgres.start(data_dir)
    assert 'invalid value for parameter "shared_buffers"' in str(refused.value.facts["log"])


def test_data_without_its_password_is_refused(data_dir: Path) -> None:
    Layout(data_dir).password.unlink()
    with pytest.raises(PasswordLost):
        EmbeddedPostgres.start(data_dir)


@pytest.mark.parametrize("name", ["a" * SOCKET_PATH_LIMIT, "one,two", "it's"])
async def test_a_path_that_no_socket_can_have_gets_one_elsewhere(
    new_dir: Path, made_data: Path, name: str
) -> None:
    await _require_a_socket_elsewhere(_copied(made_data, new_dir / name))


async def test_data_is_made_at_a_path_that_no_socket_can_have(new_dir: Path) -> None:
    await _require_a_socket_elsewhere(new_dir / "it's one,two")


def test_a_socket_directory_that_others_can_enter_is_refused(data_dir: Path) -> None:
    Layout(data_dir).socket_dir.chmod(0o755)
    with pytest.raises(SocketDirectoryTaken):
        EmbeddedPostgres.start(data_dir)


def test_a_large_log_is_set_aside(data_dir: Path) -> None:
    os.truncate(Layout(data_dir).log, 20_000_000)
    EmbeddedPostgres.start(data_dir).stop()
    assert 0 < Layout(data_dir).log.stat().st_size < 100_000


def test_an_interrupted_start_leaves_no_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    # The last step, when the server has just been launched.
    monkeypatch.setattr(server_module, "_make_database", interrupt)
    with pytest.raises(KeyboardInterrupt):
        EmbeddedPostgres.start(data_dir)
    assert not runs(data_dir)


def _copied(made: Path, place: Path) -> Path:
    place.parent.mkdir()
    copy_data(made, place)
    return place


async def _require_a_socket_elsewhere(awkward: Path) -> None:
    with EmbeddedPostgres.start(awkward) as server:
        assert await ask(server.url, "SELECT 1") == 1
        assert not server.host.startswith(str(awkward))
    assert gone(server.host)
