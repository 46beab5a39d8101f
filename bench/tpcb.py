"""The floor of writes: pgbench's own TPC-B-like transaction on the same server.

It is what a machine's PostgreSQL does when every transaction changes three rows, adds one and
waits for the disk, with nothing above it.
"""

import subprocess
from typing import Final

from bench.load import CONNECTIONS
from bench.pgbench import THREADS, TIMEOUT_S, Floor, figure_said, pgbench_environment
from bezant.integrations.embedded_postgres import EmbeddedPostgres

SCALE: Final = 10
"""Branches of the bank: 1,000,000 accounts, so that few clients wait for the same row."""


def prepare_tpcb(postgres: EmbeddedPostgres, *, database: str) -> None:
    """Makes the bank anew."""
    _pgbench(postgres, "--initialize", "--quiet", f"--scale={SCALE}", database)


def run_tpcb(postgres: EmbeddedPostgres, *, database: str, seconds: int) -> Floor:
    """Runs it for so many whole seconds."""
    said = _pgbench(
        postgres,
        f"--client={CONNECTIONS}",
        f"--jobs={THREADS}",
        "--protocol=prepared",
        f"--time={seconds}",
        database,
        timeout_s=seconds + TIMEOUT_S,
    )
    return Floor(
        per_second=figure_said(said, r"tps = ([\d.]+)"),
        mean_ms=figure_said(said, r"latency average = ([\d.]+) ms"),
    )


def _pgbench(postgres: EmbeddedPostgres, *arguments: str, timeout_s: float = 300.0) -> str:
    return subprocess.run(
        [str(postgres.bin_dir / "pgbench"), *arguments],
        env=pgbench_environment(postgres),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=True,
    ).stdout
