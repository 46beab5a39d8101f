"""Trading against a model, in a few seconds; `make stress` runs far more of it."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trading.machine.rules import machine_on


def test_every_answer_is_explained_and_every_book_is_even(database_url: str) -> None:
    with machine_on(database_url) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=10,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
