"""How the server is set up for the machine it is on."""

import pytest

from bezant.integrations.embedded_postgres.cluster import memory_settings


@pytest.mark.parametrize(
    ("machine_mib", "buffers"), [(256, "128MB"), (8_192, "2048MB"), (65_536, "4096MB")]
)
def test_the_server_keeps_a_quarter_of_the_machine_within_bounds(
    machine_mib: int, buffers: str
) -> None:
    assert memory_settings(machine_mib)["shared_buffers"] == buffers
