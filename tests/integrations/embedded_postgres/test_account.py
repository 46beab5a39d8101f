"""Whose account the server runs as."""

import os
import shutil
from pathlib import Path

import pytest

from bezant.integrations.embedded_postgres import (
    AccountShutOut,
    ClusterOfAnotherAccount,
    EmbeddedPostgres,
)
from bezant.integrations.embedded_postgres.account import Account, account_for
from bezant.integrations.embedded_postgres.cluster import find_binaries
from bezant.integrations.embedded_postgres.layout import Layout
from tests.integrations.embedded_postgres.people import person

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
NOBODY = 65_534
# Account 1, that may read a Python which is installed for root alone.
DAEMON = (
    "setpriv",
    "--reuid=1",
    "--regid=1",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)


def account(data_dir: Path) -> Account:
    return account_for(data_dir=data_dir, cluster=Layout(data_dir).cluster, bin_dir=find_binaries())


@as_root
def test_root_runs_it_as_nobody_and_opens_no_directory(new_dir: Path) -> None:
    new_dir.mkdir()
    new_dir.parent.chmod(0o700)
    with EmbeddedPostgres.start(new_dir):
        pid = int(Layout(new_dir).pid_file.read_text().split()[0])
        assert Path(f"/proc/{pid}").stat().st_uid == NOBODY
        assert "dac" in " ".join(account(new_dir).prefix)
    assert new_dir.parent.stat().st_mode & 0o777 == 0o700
    assert new_dir.stat().st_uid == 0


@as_root
def test_root_runs_programs_that_are_installed_for_root_alone(
    new_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = new_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    site_packages = find_binaries().parents[2]
    for part in site_packages.glob("embedded_postgres*"):
        shutil.copytree(part, closed / part.name)
    monkeypatch.syspath_prepend(closed)
    with EmbeddedPostgres.start(new_dir) as server:
        assert server.bin_dir.is_relative_to(closed)
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_runs_it_as_the_one_who_owns_the_data(new_dir: Path) -> None:
    new_dir.mkdir()
    os.chown(new_dir, 1, 1)
    with EmbeddedPostgres.start(new_dir):
        assert Layout(new_dir).cluster.stat().st_uid == 1
        assert Layout(new_dir).password.stat().st_uid == 1


@as_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv lends the right to pass")
def test_the_owner_goes_on_without_root(new_dir: Path) -> None:
    new_dir.mkdir()
    os.chown(new_dir, 1, 1)
    with EmbeddedPostgres.start(new_dir), person(new_dir, prefix=DAEMON) as other:
        other.go()
        other.server()
        assert other.leave() == 0
    with person(new_dir, prefix=DAEMON) as alone:
        alone.go()
        alone.server()
        assert alone.leave() == 0


@as_root
def test_data_that_root_copied_is_given_back_to_the_server(data_dir: Path) -> None:
    copy = data_dir.with_name("copy")
    shutil.copytree(data_dir, copy)
    for folder in (copy / "postgres", copy / "run"):
        assert folder.stat().st_uid == 0
    (copy / "run").rmdir()
    EmbeddedPostgres.start(copy).stop()


@as_root
def test_an_account_that_cannot_pass_is_said_when_it_cannot_be_helped(
    new_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_dir.mkdir()
    new_dir.parent.chmod(0o700)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AccountShutOut):
        EmbeddedPostgres.start(new_dir)


def test_the_data_of_another_account_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_711)
    with pytest.raises(ClusterOfAnotherAccount):
        account(data_dir)
