"""Measures the ledger: journals a second beside a bare double entry, and reads of balances.

The journals are posted by this process through `ledger.service`, each of them a transaction of
its own; the bare double entry is a function of the same shape that pgbench calls.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from statistics import median
from typing import Final

import uvloop
from msgspec import Struct

from bench.double_entry import make_bare, run_bare
from bench.latencies import percentile
from bench.ledger_books import DATABASE, Books, add_postings, check, copy_of, make_books, settle
from bench.load import CONNECTIONS
from bench.measure import Effort
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
FEW: Final = 10_000
MANY: Final = 10_000_000
MANY_WHEN_QUICK: Final = 200_000
MORE_THAN_A_FEW: Final = 40_000

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
    postgres: EmbeddedPostgres, *, effort: Effort, postings: int, say: Callable[[str], None]
) -> LedgerFigures:
    """Measures journals, then reads with few and with many postings. Raises `BooksNotSound`."""
    books = make_books(postgres)
    few_postings = add_postings(books, until=FEW)
    few = copy_of(postgres, books)
    make_bare(books.url)
    rounds = [_round(postgres, books, effort, say=say) for _ in range(effort.runs)]
    say("loading postings")
    many_postings = add_postings(books, until=postings)
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
    bare = run_bare(postgres, books.url, database=DATABASE, seconds=effort.seconds)
    indexed = run_bare(
        postgres, books.url, database=DATABASE, seconds=effort.seconds, has_indexes=True
    )
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
