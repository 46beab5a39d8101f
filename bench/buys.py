"""Measures purchases of digital metal over HTTP, beside a bare double entry by pgbench."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg
import msgspec
from msgspec import Struct

from bench.double_entry import make_bare, run_bare
from bench.latencies import percentile
from bench.load import CONNECTIONS
from bench.measure import LOAD_TIMEOUT_S, Effort
from bench.requests import SignIn, fetch_nonces
from bench.servers import Running, bezant_server
from bench.stock import UNLIMITED, execute
from bench.traders import FIXES_TIMEOUT_S, TradersPlan, TradersRun
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.money import Currency
from bezant.ledger.assets import Asset
from bezant.ledger.verifying import verify
from bezant.migrations import migrate
from bezant.partners.model import Allowance, NewCredential, Scope
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.trading import quoting
from bezant.trading.auditing import audit
from bezant.trading.model import Spread
from bezant.vault import service as vault
from bezant.vault.model import NewBar
from bezant.vault.reconciling import reconcile
from bezant.wiring import safe_of

DATABASE: Final = "bench_buys"
WORKERS: Final = 2
SEED: Final = 1204
CUSTOMERS: Final = 10_000
BREAKING_IN: Final = Effort(warm_up_s=0.5, seconds=3, runs=1)
SPREAD: Final = Spread(100, 100)
BAR: Final = NewBar(refiner="Bench", serial="1", gross=Weight(10**12, Metal.GOLD), fineness=99_990)

MAKE_CUSTOMERS: Final = """
    INSERT INTO customer (partner_id, external_id, account_type, channel, created_at, updated_at)
    SELECT $1, (100000 + n)::text, 'person', 'bench', $3, $3
      FROM generate_series(1, $2::integer) n
"""
# Who has traded before has accounts.
OPEN: Final = """
    SELECT ledger_open($1, array_agg('customer'::text), array_agg(customer_id), array_agg(asset),
                       $2)
      FROM customer, unnest('{GAU,TRY}'::text[]) AS asset WHERE partner_id = $1
"""
WAIT_FOR_MARKET_S: Final = 20
SELECT_MARKET: Final = """
    SELECT count(*) FROM reference_price WHERE metal = 'gold' AND currency = 'TRY'
"""


class Buys(Struct, frozen=True, kw_only=True):
    """How many purchases a second, and how long one took, in ms."""

    per_second: float
    p50_ms: float
    p99_ms: float
    fixes_per_second: float


class BuyFigures(Struct, frozen=True, kw_only=True):
    """What was measured."""

    buys: Buys
    bare_per_second: float
    orders: int

    @property
    def share(self) -> float:
        """Purchases as a share of bare double entries."""
        return self.buys.per_second / self.bare_per_second


class Dealer(Struct, frozen=True, kw_only=True):
    """A database with a partner in it who trades, and a way in for it."""

    url: str
    sign_in: SignIn


class NotSound(Exception):
    """What was measured left books that are not as they have to be."""


def measure_buys(
    postgres: EmbeddedPostgres, *, effort: Effort, data_dir: Path, say: Callable[[str], None]
) -> BuyFigures:
    """Measures purchases and the bare double entry in turns, then audits. Raises `NotSound`."""
    dealer = _fresh_dealer(postgres, data_dir=data_dir)
    make_bare(dealer.url)
    _break_in(dealer, data_dir=data_dir)
    runs, floors = [], []
    for number in range(effort.runs):
        with bezant_server(
            dealer.url, data_dir=data_dir, log_level="error", workers=WORKERS
        ) as running:
            asyncio.run(_wait_for_market(dealer.url))
            runs.append(_summed_up(_run(running, dealer, effort=effort, seed=SEED + number)))
        say(
            f"purchases, run {number + 1}: {runs[-1].per_second:,.0f}/s,"
            f" p99 {runs[-1].p99_ms:.1f} ms; fixes before: {runs[-1].fixes_per_second:,.0f}/s"
        )
        floors.append(run_bare(postgres, dealer.url, database=DATABASE, seconds=effort.seconds))
        say(f"bare double entry, run {number + 1}: {floors[-1]:,.0f}/s")
    return BuyFigures(
        buys=Buys(
            per_second=median(run.per_second for run in runs),
            p50_ms=median(run.p50_ms for run in runs),
            p99_ms=median(run.p99_ms for run in runs),
            fixes_per_second=median(run.fixes_per_second for run in runs),
        ),
        bare_per_second=median(floors),
        orders=asyncio.run(_audited(dealer.url)),
    )


def _break_in(dealer: Dealer, *, data_dir: Path) -> None:
    """Buys a while, and tells the planner of it: what it knows of empty tables misleads it."""
    with bezant_server(dealer.url, data_dir=data_dir, log_level="error", workers=WORKERS) as begun:
        asyncio.run(_wait_for_market(dealer.url))
        _run(begun, dealer, effort=BREAKING_IN, seed=SEED - 1)
    asyncio.run(execute(dealer.url, "VACUUM (ANALYZE)"))
    asyncio.run(execute(dealer.url, "CHECKPOINT"))


def _fresh_dealer(postgres: EmbeddedPostgres, *, data_dir: Path) -> Dealer:
    server, url = postgres.database_url("postgres"), postgres.database_url(DATABASE)
    asyncio.run(execute(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
    asyncio.run(execute(server, f"CREATE DATABASE {DATABASE}"))
    migrate(url)
    return asyncio.run(_open(url, Settings(data_dir=data_dir, database_url=url)))


async def _open(url: str, settings: Settings) -> Dealer:
    """A partner who trades gold, with customers, and a bar that covers what they buy."""
    now, safe = SystemClock().now(), safe_of(settings)
    new = NewCredential(DATABASE, frozenset(Scope), Allowance(UNLIMITED, UNLIMITED))
    db = await Database.connect(url)
    try:
        async with db.transaction() as tx:
            partner = await accounts.create_partner(
                tx, code="bench", name="Bench", currency=Currency.TRY, now=now
            )
            issued = await accounts.create_credential(tx, new, partner=partner, safe=safe, now=now)
            await quoting.set_spreads(tx, partner.partner_id, {Asset.GAU: SPREAD})
            await tx.execute(MAKE_CUSTOMERS, partner.partner_id, CUSTOMERS, now)
            await tx.execute(OPEN, partner.partner_id, now)
            await vault.take_in(tx, BAR, now=now)
    finally:
        await db.close()
    sign_in = SignIn(
        username=issued.credential.username, secret=issued.secret, realm=settings.realm
    )
    return Dealer(url=url, sign_in=sign_in)


async def _wait_for_market(url: str) -> None:
    """The server's worker brings the first prices in."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(WAIT_FOR_MARKET_S):
            # The worker tells nobody that it has.
            while not await connection.fetchval(SELECT_MARKET):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


def _run(running: Running, dealer: Dealer, *, effort: Effort, seed: int) -> TradersRun:
    plan = TradersPlan(
        port=running.port,
        sign_in=dealer.sign_in,
        nonces=fetch_nonces(running.port, how_many=CONNECTIONS),
        customers=[str(100_000 + number) for number in range(1, CUSTOMERS + 1)],
        warm_up_s=effort.warm_up_s,
        seconds=effort.seconds,
        seed=seed,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.traders"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        timeout=FIXES_TIMEOUT_S + effort.warm_up_s + effort.seconds + LOAD_TIMEOUT_S,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=TradersRun)


def _summed_up(run: TradersRun) -> Buys:
    ordered = sorted(run.buys_s)
    return Buys(
        per_second=len(ordered) / run.seconds,
        p50_ms=percentile(ordered, 0.50) * 1000,
        p99_ms=percentile(ordered, 0.99) * 1000,
        fixes_per_second=run.fixes_per_second,
    )


async def _audited(url: str) -> int:
    """How many orders there are, once the books were found sound."""
    db = await Database.connect(url)
    try:
        broken = [each.rule for each in await verify(db) if each.breaks]
        found = {**await audit(db), **(await reconcile(db)).breaks}
        broken += [rule for rule, breaks in found.items() if breaks]
        async with db.reading() as connection:
            orders: int = await connection.fetchval("SELECT count(*) FROM digital_order")
    finally:
        await db.close()
    if broken:
        raise NotSound(broken)
    return orders
