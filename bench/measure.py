"""Measures one number of baskets: the server, then the two floors that it stands on."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from msgspec import Struct

from bench.latencies import Run, middle
from bench.load import CONNECTIONS, Plan
from bench.pgbench import run_pgbench
from bench.requests import fetch_nonces
from bench.servers import (
    Memory,
    Running,
    bare_server,
    bezant_server,
    memory_of_worker,
    processor_s_of_worker,
)
from bench.stock import FIRST_CUSTOMER, Stock, forget_admissions
from bezant.integrations.embedded_postgres import EmbeddedPostgres

SEED: Final = 1204
LOAD_TIMEOUT_S: Final = 60.0


class Effort(Struct, frozen=True, kw_only=True):
    """How long and how often to measure; figures are the medians of the runs."""

    warm_up_s: float
    seconds: int
    runs: int


class UnderLoad(Struct, frozen=True, kw_only=True):
    """How a server did, and what its HTTP worker took for it."""

    run: Run
    memory: Memory
    processor_us: float
    """How long a request kept a core busy in the worker; less noisy than a rate."""


class Figures(Struct, frozen=True, kw_only=True):
    """What was measured with one number of baskets."""

    baskets: int
    customers: int
    baskets_each: float
    size_mib: int
    server: UnderLoad
    logging: UnderLoad
    """The same with a line in the log for each request (`BEZANT_LOG_LEVEL=info`)."""
    bare: Run
    pgbench_per_second: float
    pgbench_mean_ms: float

    @property
    def ratio(self) -> float:
        """The server's rate as a share of the database's own."""
        return self.server.run.per_second / self.pgbench_per_second


def measure(
    postgres: EmbeddedPostgres,
    stock: Stock,
    *,
    effort: Effort,
    data_dir: Path,
    say: Callable[[str], None],
) -> Figures:
    """Measures the server, the server while it logs, pgbench, and the bare application."""
    server = _under_load(stock, effort, data_dir=data_dir, log_level="error", say=say)
    logging = _under_load(stock, effort, data_dir=data_dir, log_level="info", say=say)
    forget_admissions(stock)
    floors = []
    for number in range(effort.runs):
        floors.append(run_pgbench(postgres, stock, seconds=effort.seconds))
        say(f"pgbench, run {number + 1}: {floors[-1].per_second:,.0f}/s")
    forget_admissions(stock)
    with bare_server(body_bytes=server.run.body_bytes, data_dir=data_dir) as running:
        unused = ["0" * 48] * CONNECTIONS
        bare = run_load(running, stock, effort=effort, nonces=unused, seed=SEED)
        say(f"bare application: {bare.per_second:,.0f}/s")
    return Figures(
        baskets=stock.baskets,
        customers=stock.customers,
        baskets_each=stock.baskets_each,
        size_mib=stock.size_mib,
        server=server,
        logging=logging,
        bare=bare,
        pgbench_per_second=median(floor.per_second for floor in floors),
        pgbench_mean_ms=median(floor.mean_ms for floor in floors),
    )


def run_load(
    running: Running, stock: Stock, *, effort: Effort, nonces: list[str] | None, seed: int
) -> Run:
    """One run of the load, in a process of its own; with its own nonces it may repeat itself."""
    plan = Plan(
        port=running.port,
        sign_in=stock.sign_in,
        nonces=nonces or fetch_nonces(running.port, how_many=CONNECTIONS),
        first_customer=FIRST_CUSTOMER,
        customers=stock.customers,
        warm_up_s=effort.warm_up_s,
        seconds=effort.seconds,
        seed=seed,
        repeats=nonces is not None,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        timeout=effort.warm_up_s + effort.seconds + LOAD_TIMEOUT_S,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Run)


def _under_load(
    stock: Stock, effort: Effort, *, data_dir: Path, log_level: str, say: Callable[[str], None]
) -> UnderLoad:
    forget_admissions(stock)
    runs = []
    with bezant_server(stock.url, data_dir=data_dir, log_level=log_level) as running:
        before_s = processor_s_of_worker(running)
        for number in range(effort.runs):
            run = run_load(running, stock, effort=effort, nonces=None, seed=SEED + number)
            runs.append(run)
            say(
                f"server, log level {log_level}, run {number + 1}: {run.per_second:,.0f}/s,"
                f" p99 {run.p99_ms:.1f} ms"
            )
        taken_s = processor_s_of_worker(running) - before_s
        run = middle(runs)
        return UnderLoad(
            run=run,
            memory=memory_of_worker(running),
            processor_us=taken_s / run.answers * 1_000_000,
        )
