"""How the server is set up for the machine it is on."""

import pytest

from bezant.integrations.embedded_postgres.cluster import memory_settings


@pytest.mark.parametrize(
    ("machine_mib", "buffers"), [(512, "128MB"), (8_192, "1024MB"), (65_536, "2048MB")]
)
def test_the_server_keeps_an_eighth_of_the_machine_within_bounds(
    machine_mib: int, buffers: str
) -> None:
    assert memory_settings(machine_mib)["shared_buffers"] == buffers
