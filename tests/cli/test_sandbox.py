"""`bezant sandbox`: a process of its own, which loses nothing when it is killed."""

import signal
from pathlib import Path

from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.payments.acquirer import ChargeState
from bezant.settings import Settings
from tests.factories.sandbox import a_card, a_charge
from tests.factories.servers import (
    LiveServer,
    free_port,
    listeners,
    run_verb,
    start_verb,
    wait_until,
)


def _start_arguments(port: int, state: Path) -> tuple[str, ...]:
    return ("sandbox", "--port", str(port), "--state", str(state), "--key", "a shared secret")


def _wait(port: int, started: LiveServer) -> None:
    wait_until(lambda: listeners(port) == 1 or started.process.poll() is not None)
    assert started.process.poll() is None, started.log.read_text()


async def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    port, settings, state = free_port(), Settings(), tmp_path / "sandbox.db"
    acquirer = SandboxAcquirer(SandboxAccess.under(f"http://127.0.0.1:{port}", "a shared secret"))
    charge = a_charge(a_card(expiry="12/99"))
    with start_verb(settings, *_start_arguments(port, state)) as started:
        _wait(port, started)
        first = await acquirer.start(charge)
        started.process.send_signal(signal.SIGKILL)
        started.process.wait()

    with start_verb(settings, *_start_arguments(port, state)) as started:
        _wait(port, started)
        found = await acquirer.query(charge.reference)
        taken = run_verb(settings, *_start_arguments(port, state), home=tmp_path)
    await acquirer.close()

    assert found == first
    assert found.state is ChargeState.CAPTURED
    assert started.process.returncode == 0
    assert (taken.returncode, taken.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in taken.stderr
