"""Measures the ledger: journals a second beside a bare double entry, and reads of balances.

The journals are posted by this process through `ledger.service`, each of them a transaction of
its own; the bare double entry is a function of the same shape that pgbench calls.
"""

import asyncio
import random
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import uvloop
from msgspec import Struct

from bench.latencies import percentile
from bench.ledger_books import DATABASE, Books, add_postings, check, copy_of, make_books, settle
from bench.load import CONNECTIONS
from bench.measure import Effort
from bench.pgbench import THREADS, TIMEOUT_S, figure_said, pgbench_environment
from bench.stock import execute
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Connection, Database, PoolLimits
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    HOUSE,
    Journal,
    JournalKind,
    Move,
    Reference,
    ReferenceKind,
    customer,
)

SEED: Final = 1204
BARE_ACCOUNTS: Final = 10_000
FEW: Final = 10_000
MANY: Final = 10_000_000
MANY_WHEN_QUICK: Final = 200_000

BARE: Final = """
    CREATE TABLE bare_account (account_id bigint PRIMARY KEY, balance bigint NOT NULL)
        WITH (fillfactor = 70);
    CREATE TABLE bare_journal (journal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                               reference text NOT NULL, posted_at timestamptz NOT NULL);
    CREATE TABLE bare_posting (journal_id bigint NOT NULL, line smallint NOT NULL,
                               account_id bigint NOT NULL, amount bigint NOT NULL,
                               balance_after bigint NOT NULL,
                               PRIMARY KEY (journal_id, line));
    INSERT INTO bare_account SELECT n, 1000000000 FROM generate_series(1, {accounts}) n;
    CREATE FUNCTION bare_post(p_from bigint, p_to bigint, p_amount bigint, p_reference text)
    RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        v_journal bigint;
        v_from    bigint;
        v_to      bigint;
    BEGIN
        PERFORM 1 FROM bare_account WHERE account_id IN (p_from, p_to)
          ORDER BY account_id FOR NO KEY UPDATE;
        INSERT INTO bare_journal (reference, posted_at) VALUES (p_reference, clock_timestamp())
        RETURNING journal_id INTO v_journal;
        UPDATE bare_account SET balance = balance - p_amount WHERE account_id = p_from
        RETURNING balance INTO v_from;
        UPDATE bare_account SET balance = balance + p_amount WHERE account_id = p_to
        RETURNING balance INTO v_to;
        INSERT INTO bare_posting (journal_id, line, account_id, amount, balance_after)
        VALUES (v_journal, 1, p_from, -p_amount, v_from), (v_journal, 2, p_to, p_amount, v_to);
        RETURN v_journal;
    END $$
"""
# What a ledger needs to be read, and to post a reference once.
INDEXES: Final = """
    CREATE UNIQUE INDEX bare_reference ON bare_journal (reference);
    CREATE INDEX bare_posting_account ON bare_posting (account_id, journal_id)
"""
NO_INDEXES: Final = "DROP INDEX IF EXISTS bare_reference, bare_posting_account"
NO_JOURNALS: Final = "TRUNCATE bare_journal, bare_posting"
BARE_SCRIPT: Final = f"""
\\set source random(1, {BARE_ACCOUNTS})
\\set target 1 + (:source + random(0, {BARE_ACCOUNTS - 2})) % {BARE_ACCOUNTS}
\\set reference random(1, 1000000000000000000)
SELECT bare_post(:source, :target, 1, (:reference)::text);
"""
Work = Callable[[Connection, int], Awaitable[object]]
Owners = Sequence[tuple[PartnerId, CustomerId]]


class Rate(Struct, frozen=True, kw_only=True):
    """How many a second, and how long one of them took."""

    per_second: float
    p50_ms: float
    p99_ms: float


class LedgerFigures(Struct, frozen=True, kw_only=True):
    """What was measured of the ledger."""

    bare_per_second: float
    indexed_per_second: float
    """A bare double entry with the two indexes that the ledger has beside its keys."""
    spread: Rate
    """Journals over many partners."""
    one_partner: Rate
    """The same, all of them in the book of one, against one account of the house."""
    few_postings: int
    read_of_few: Rate
    many_postings: int
    read_of_many: Rate


class BooksNotSound(Exception):
    """What was measured left books that do not verify."""


class Round(Struct, frozen=True, kw_only=True):
    """What is compared, measured one after the other, so that all meet the same machine."""

    bare_per_second: float
    indexed_per_second: float
    spread: Rate
    one_partner: Rate


def measure_ledger(
    postgres: EmbeddedPostgres, *, effort: Effort, quick: bool, say: Callable[[str], None]
) -> LedgerFigures:
    """Measures journals, then reads with few and with many postings. Raises `BooksNotSound`."""
    books = make_books(postgres)
    few_postings = add_postings(books, until=FEW)
    few = copy_of(postgres, books)
    asyncio.run(execute(books.url, BARE.format(accounts=BARE_ACCOUNTS)))
    rounds = [_round(postgres, books, effort, say=say) for _ in range(effort.runs)]
    say("loading postings")
    many_postings = add_postings(books, until=MANY_WHEN_QUICK if quick else MANY)
    reads = [_reads(few, books, effort, say=say) for _ in range(effort.runs)]
    say("verifying")
    broken = uvloop.run(check(books))
    if broken:
        raise BooksNotSound(broken)
    return LedgerFigures(
        bare_per_second=median(each.bare_per_second for each in rounds),
        indexed_per_second=median(each.indexed_per_second for each in rounds),
        spread=_middle([each.spread for each in rounds]),
        one_partner=_middle([each.one_partner for each in rounds]),
        few_postings=few_postings,
        read_of_few=_middle([of_few for of_few, _ in reads]),
        many_postings=many_postings,
        read_of_many=_middle([of_many for _, of_many in reads]),
    )


def _round(
    postgres: EmbeddedPostgres, books: Books, effort: Effort, *, say: Callable[[str], None]
) -> Round:
    asyncio.run(execute(books.url, f"{NO_INDEXES}; {NO_JOURNALS}"))
    bare = _run_bare(postgres, seconds=effort.seconds)
    asyncio.run(execute(books.url, f"{NO_JOURNALS}; {INDEXES}"))
    indexed = _run_bare(postgres, seconds=effort.seconds)
    say(f"bare double entry: {bare:,.0f}/s; with the ledger's indexes: {indexed:,.0f}/s")
    spread = uvloop.run(_run(books, _post(books.owners), effort))
    one_partner = uvloop.run(_run(books, _post(books.of_one_partner()), effort))
    say(f"journals: {spread.per_second:,.0f}/s; of one partner: {one_partner.per_second:,.0f}/s")
    uvloop.run(settle(books))
    return Round(
        bare_per_second=bare,
        indexed_per_second=indexed,
        spread=spread,
        one_partner=one_partner,
    )


def _reads(
    few: Books, many: Books, effort: Effort, *, say: Callable[[str], None]
) -> tuple[Rate, Rate]:
    of_few = uvloop.run(_run(few, _read(few.owners), effort))
    of_many = uvloop.run(_run(many, _read(many.owners), effort))
    say(f"reads: {of_few.per_second:,.0f}/s of few, {of_many.per_second:,.0f}/s of many")
    return of_few, of_many


def _post(owners: Owners) -> Work:
    """Posts a purchase of some customer: the house gives it gold."""
    numbers, run = count(), time.time_ns()
    clock, chance = SystemClock(), random.Random(SEED)
    amount = Amount(100, Asset.GAU)

    async def post(connection: Connection, _place: int) -> None:
        partner_id, customer_id = chance.choice(owners)
        journal = Journal(
            partner_id=partner_id,
            kind=JournalKind.BUY,
            reference=Reference(ReferenceKind.ORDER, f"{run}-{next(numbers)}"),
            moves=(Move(amount, HOUSE, customer(customer_id)),),
        )
        await ledger.post(connection, journal, now=clock.now())

    return post


def _read(owners: Owners) -> Work:
    """Reads in turn what a customer has, and what the house of its partner has."""
    clock, chance = SystemClock(), random.Random(SEED)

    async def read(connection: Connection, place: int) -> None:
        partner_id, customer_id = chance.choice(owners)
        owner = HOUSE if place % 2 else customer(customer_id)
        found = await ledger.balances_of(connection, partner_id, owner, now=clock.now())
        assert found, "every owner has an account"

    return read


async def _run(books: Books, work: Work, effort: Effort) -> Rate:
    """Does the work over and over on each connection, and counts after the warm-up."""
    db = await Database.connect(books.url, PoolLimits(connections=CONNECTIONS))
    counted_from = time.monotonic() + effort.warm_up_s
    ends_at = counted_from + effort.seconds
    taken: list[float] = []

    async def keep_on(place: int) -> None:
        async with db.reading() as connection:
            for number in count(place):
                began = time.monotonic()
                if began >= ends_at:
                    break
                await work(connection, number)
                if began >= counted_from:
                    taken.append(time.monotonic() - began)

    try:
        async with asyncio.TaskGroup() as group:
            for place in range(CONNECTIONS):
                group.create_task(keep_on(place))
    finally:
        await db.close()
    ordered = sorted(taken)
    return Rate(
        per_second=len(ordered) / effort.seconds,
        p50_ms=percentile(ordered, 0.50) * 1000,
        p99_ms=percentile(ordered, 0.99) * 1000,
    )


def _middle(rates: Sequence[Rate]) -> Rate:
    return Rate(
        per_second=median(rate.per_second for rate in rates),
        p50_ms=median(rate.p50_ms for rate in rates),
        p99_ms=median(rate.p99_ms for rate in rates),
    )


def _run_bare(postgres: EmbeddedPostgres, *, seconds: int) -> float:
    with TemporaryDirectory(prefix="bezant-bench-") as home:
        script = Path(home) / "bare.sql"
        script.write_text(BARE_SCRIPT, encoding="utf-8")
        said = subprocess.run(
            [
                str(postgres.bin_dir / "pgbench"),
                f"--client={CONNECTIONS}",
                f"--jobs={THREADS}",
                "--protocol=prepared",
                "--no-vacuum",
                f"--time={seconds}",
                f"--file={script}",
                DATABASE,
            ],
            env=pgbench_environment(postgres),
            capture_output=True,
            text=True,
            timeout=seconds + TIMEOUT_S,
            check=True,
        ).stdout
    return figure_said(said, r"tps = ([\d.]+)")
