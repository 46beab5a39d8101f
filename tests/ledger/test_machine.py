"""The ledger against a model, in a few seconds; `make stress` runs far more of it."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ledger.machine import machine_on


def test_the_ledger_has_what_a_plain_sum_has(database_url: str) -> None:
    with asyncio.Runner() as runner:
        machine = machine_on(database_url, runner)
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=15,
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(machine.db.close())
