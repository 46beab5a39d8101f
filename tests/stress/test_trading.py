"""Trading against a model: thousands of random sequences, with several calls at once in them."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trading.machine.rules import machine_on

pytestmark = pytest.mark.stress

SEQUENCES, STEPS = 2_000, 10


def test_two_thousand_sequences_are_answered_as_a_plain_model_foresees(database_url: str) -> None:
    with machine_on(database_url) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=SEQUENCES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
