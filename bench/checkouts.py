"""Measures whole checkouts: a basket, a second product, an address, an order that is paid."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg
import msgspec
from msgspec import Struct

from bench.buyers import CALLS, BuyersPlan, BuyersRun
from bench.latencies import percentile
from bench.load import CONNECTIONS
from bench.measure import LOAD_TIMEOUT_S, Effort
from bench.requests import fetch_nonces
from bench.servers import Running, bezant_server, sandbox_server
from bench.stock import Stock, execute, open_stock
from bench.tpcb import prepare_tpcb, run_tpcb
from bezant.checkout import audit
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.migrations import migrate
from bezant.settings import Settings

DATABASE: Final = "bench_checkouts"
WORKERS: Final = 2
SEED: Final = 1204
BASKETS: Final = 1_000
CUSTOMERS: Final = 500
PIECES: Final = 10_000_000

CUSTOMERS_OF: Final = """
    SELECT external_id FROM customer WHERE partner_id = $1 AND external_id IS NOT NULL
     ORDER BY customer_id LIMIT $2
"""
SKUS: Final = """
    SELECT sku FROM product WHERE withdrawn_at IS NULL ORDER BY product_id
"""
ENOUGH: Final = """
    UPDATE product SET stock = stock + $1, received = received + $1
"""


class Flows(Struct, frozen=True, kw_only=True):
    """How many checkouts a second, and how long one and each of its calls took, in ms."""

    per_second: float
    p50_ms: float
    p99_ms: float
    complete_p50_ms: float
    complete_p99_ms: float


class CheckoutFigures(Struct, frozen=True, kw_only=True):
    """What was measured."""

    cash: Flows
    card: Flows
    tpcb_per_second: float
    orders: int


def measure_checkouts(
    postgres: EmbeddedPostgres, *, effort: Effort, data_dir: Path, say: Callable[[str], None]
) -> CheckoutFigures:
    """Measures checkouts paid in cash, by card, and pgbench's TPC-B; then audits the books."""
    stock = _fresh_shop(postgres, data_dir=data_dir)
    customers, skus = asyncio.run(_who_and_what(stock))
    prepare_tpcb(postgres, database=DATABASE)
    flows: dict[bool, list[Flows]] = {False: [], True: []}
    floors = []
    with _servers(stock, data_dir=data_dir) as running:
        # Cash and card take turns, so that what else the machine does meets both.
        for number, by_card in product(range(effort.runs), (False, True)):
            plan = BuyersPlan(
                port=running.port,
                sign_in=stock.sign_in,
                nonces=fetch_nonces(running.port, how_many=CONNECTIONS),
                customers=customers,
                skus=skus,
                by_card=by_card,
                warm_up_s=effort.warm_up_s,
                seconds=effort.seconds,
                seed=SEED + number,
            )
            found = _summed_up(_run(plan, effort=effort))
            flows[by_card].append(found)
            way = "card" if by_card else "cash"
            say(f"checkouts, {way}, run {number + 1}: {found.per_second:,.0f}/s")
    for number in range(effort.runs):
        floors.append(run_tpcb(postgres, database=DATABASE, seconds=effort.seconds))
        say(f"TPC-B, run {number + 1}: {floors[-1].per_second:,.0f}/s")
    return CheckoutFigures(
        cash=_middle(flows[False]),
        card=_middle(flows[True]),
        tpcb_per_second=median(floor.per_second for floor in floors),
        orders=asyncio.run(_audited(stock)),
    )


@contextmanager
def _servers(stock: Stock, *, data_dir: Path) -> Iterator[Running]:
    """The server, and the acquirer that it charges cards at."""
    with sandbox_server(data_dir=data_dir) as sandbox:
        more = {
            "BEZANT_ACQUIRER": "sandbox",
            "BEZANT_SANDBOX_URL": f"http://127.0.0.1:{sandbox.port}",
            "BEZANT_THREE_D": "optional",
        }
        with bezant_server(
            stock.url, data_dir=data_dir, log_level="error", workers=WORKERS, more=more
        ) as running:
            yield running


def _fresh_shop(postgres: EmbeddedPostgres, *, data_dir: Path) -> Stock:
    """The demo shop, with enough of everything, made anew."""
    server, url = postgres.database_url("postgres"), postgres.database_url(DATABASE)
    asyncio.run(execute(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
    asyncio.run(execute(server, f"CREATE DATABASE {DATABASE}"))
    migrate(url)
    settings = Settings(data_dir=data_dir, database_url=url)
    variables = {"BEZANT_DATA_DIR": str(data_dir), "BEZANT_DATABASE_URL": url}
    command = ("-m", "bezant.cli", "demo", "--baskets", str(BASKETS), "--no-orders", "--no-serve")
    subprocess.run([sys.executable, *command], env={**os.environ, **variables}, check=True)
    asyncio.run(execute(url, ENOUGH.replace("$1", str(PIECES))))
    asyncio.run(execute(url, "VACUUM (ANALYZE)"))
    return asyncio.run(open_stock(settings, name=DATABASE))


async def _who_and_what(stock: Stock) -> tuple[list[str], list[str]]:
    connection = await asyncpg.connect(stock.url)
    try:
        customers = await connection.fetch(CUSTOMERS_OF, stock.partner_id, CUSTOMERS)
        skus = await connection.fetch(SKUS)
    finally:
        await connection.close()
    return [row["external_id"] for row in customers], [row["sku"] for row in skus]


def _run(plan: BuyersPlan, *, effort: Effort) -> BuyersRun:
    done = subprocess.run(
        [sys.executable, "-m", "bench.buyers"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        timeout=effort.warm_up_s + effort.seconds + LOAD_TIMEOUT_S,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=BuyersRun)


def _summed_up(run: BuyersRun) -> Flows:
    flows, last = sorted(run.flows_s), sorted(run.calls_s[CALLS[-1]])
    return Flows(
        per_second=len(flows) / run.seconds,
        p50_ms=percentile(flows, 0.50) * 1000,
        p99_ms=percentile(flows, 0.99) * 1000,
        complete_p50_ms=percentile(last, 0.50) * 1000,
        complete_p99_ms=percentile(last, 0.99) * 1000,
    )


def _middle(runs: Sequence[Flows]) -> Flows:
    return Flows(
        per_second=median(run.per_second for run in runs),
        p50_ms=median(run.p50_ms for run in runs),
        p99_ms=median(run.p99_ms for run in runs),
        complete_p50_ms=median(run.complete_p50_ms for run in runs),
        complete_p99_ms=median(run.complete_p99_ms for run in runs),
    )


async def _audited(stock: Stock) -> int:
    """How many orders there are, once the books were found sound."""
    db = await Database.connect(stock.url)
    try:
        findings = await audit.audit(db, now=SystemClock().now())
        async with db.reading() as connection:
            orders: int = await connection.fetchval("SELECT count(*) FROM sales_order")
    finally:
        await db.close()
    broken = [finding for finding in findings if finding.breaks]
    assert not broken, broken
    return orders
