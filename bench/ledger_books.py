"""The books that the ledger is measured on: partners, customers, and millions of postings.

They are made by SQL, past the triggers, and as the ledger itself would have left them; at the
end of a measurement the ledger verifies them.
"""

import asyncio
from typing import Final

import asyncpg
from msgspec import Struct

from bench.stock import execute
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.ledger import following
from bezant.ledger.verifying import Finding, verify
from bezant.migrations import migrate

DATABASE: Final = "bench_ledger"
PARTNERS: Final = 100
CUSTOMERS_EACH: Final = 50
PLENTY: Final = 10**15

MAKE_PARTNERS: Final = """
    INSERT INTO partner (code, name, currency, created_at)
    SELECT 'bench-' || n, 'Bench', 'TRY', $2 FROM generate_series(1, $1::integer) n
"""
MAKE_CUSTOMERS: Final = """
    INSERT INTO customer (partner_id, external_id, account_type, channel, created_at, updated_at)
    SELECT p.partner_id, n::text, 'person', 'bench', $2, $2
      FROM partner p, generate_series(1, $1::integer) n WHERE p.code LIKE 'bench-%'
"""
# Each customer has gold, and each book a house and a settlement.
OPEN: Final = """
    SELECT ledger_open(partner_id,
                       array_agg(kind ORDER BY kind, holder),
                       array_agg(holder ORDER BY kind, holder),
                       array_agg('GAU'::text), $1)
      FROM (SELECT partner_id, 'customer' AS kind, customer_id AS holder FROM customer
             UNION ALL
            SELECT partner_id, k, 0 FROM partner, unnest('{house,settlement}'::text[]) k) w
     GROUP BY partner_id
"""
OWNERS: Final = """
    SELECT partner_id, customer_id FROM customer ORDER BY partner_id, customer_id
"""
# As many journals in each book: the house gives, customers in turn receive.
LOAD_JOURNALS: Final = """
    INSERT INTO ledger_journal (partner_id, kind, reference_kind, reference, description, lines,
                                stamp, posted_at)
    SELECT p.partner_id, 'buy', 'order', $1 || '-' || n, '', 2,
           pg_current_xact_id()::text::bigint, $3
      FROM generate_series(1, $2::integer) n, partner p WHERE p.code LIKE 'bench-%'
     ORDER BY n, p.partner_id
"""
LOAD_POSTINGS: Final = """
    WITH account AS (
        SELECT partner_id, account_id,
               row_number() OVER (PARTITION BY partner_id ORDER BY account_id) - 1 AS place
          FROM ledger_account WHERE kind = 'customer'
    ), journal AS (
        SELECT partner_id, journal_id, stamp,
               row_number() OVER (PARTITION BY partner_id ORDER BY journal_id) - 1 AS place
          FROM ledger_journal WHERE stamp = pg_current_xact_id()::text::bigint
    ), had AS (
        SELECT partner_id, account_id, balance FROM ledger_account WHERE kind = 'customer'
    )
    INSERT INTO ledger_posting
        (partner_id, journal_id, line, account_id, amount, balance_after, stamp)
    SELECT j.partner_id, j.journal_id, 1, a.account_id, $1,
           h.balance + $1 * (j.place / $2 + 1), j.stamp
      FROM journal j
      JOIN account a ON a.partner_id = j.partner_id AND a.place = j.place % $2
      JOIN had h ON h.partner_id = a.partner_id AND h.account_id = a.account_id
     UNION ALL
    SELECT j.partner_id, j.journal_id, 2, h.account_id, -$1, NULL, j.stamp
      FROM journal j
      JOIN ledger_account h ON h.partner_id = j.partner_id AND h.kind = 'house'
"""
LOAD_BALANCES: Final = """
    UPDATE ledger_account a SET balance = a.balance + p.amount
      FROM (SELECT partner_id, account_id, sum(amount)::bigint AS amount FROM ledger_posting
             WHERE stamp = pg_current_xact_id()::text::bigint GROUP BY 1, 2) p
     WHERE a.partner_id = p.partner_id AND a.account_id = p.account_id AND a.floor IS NOT NULL
"""
PAST_THE_TRIGGERS: Final = "SET LOCAL session_replication_role = 'replica'"
COUNT: Final = "SELECT count(*) FROM ledger_posting"


class Books(Struct, frozen=True):
    """A database with books in it: of each customer, whose it is."""

    url: str
    owners: list[tuple[PartnerId, CustomerId]]

    def of_one_partner(self) -> list[tuple[PartnerId, CustomerId]]:
        """The customers of the first partner alone."""
        return [each for each in self.owners if each[0] == self.owners[0][0]]


def make_books(postgres: EmbeddedPostgres) -> Books:
    """New books, in which each customer has plenty."""
    server, url = postgres.database_url("postgres"), postgres.database_url(DATABASE)
    asyncio.run(execute(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
    asyncio.run(execute(server, f"CREATE DATABASE {DATABASE}"))
    migrate(url)
    return asyncio.run(_make(url))


def copy_of(postgres: EmbeddedPostgres, books: Books) -> Books:
    """The same books as they are now, in a database of their own."""
    server, name = postgres.database_url("postgres"), f"{DATABASE}_few"
    asyncio.run(execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    asyncio.run(execute(server, f"CREATE DATABASE {name} TEMPLATE {DATABASE}"))
    return Books(postgres.database_url(name), books.owners)


def add_postings(books: Books, *, until: int) -> int:
    """Adds journals of two postings until there are so many; how many there are."""
    return asyncio.run(_add(books, until=until))


async def settle(books: Books) -> None:
    """Folds and chains all that was posted, as a worker that keeps up has done."""
    db = await Database.connect(books.url)
    try:
        while await following.fold_snapshots(db, now=SystemClock().now()):
            pass
    finally:
        await db.close()


async def check(books: Books) -> list[Finding]:
    """What is not as it has to be."""
    db = await Database.connect(books.url)
    try:
        return [each for each in await verify(db) if each.breaks]
    finally:
        await db.close()


async def _make(url: str) -> Books:
    now = SystemClock().now()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(MAKE_PARTNERS, PARTNERS, now)
        await connection.execute(MAKE_CUSTOMERS, CUSTOMERS_EACH, now)
        await connection.execute(OPEN, now)
        owners = [tuple(row) for row in await connection.fetch(OWNERS)]
    finally:
        await connection.close()
    books = Books(url, [(PartnerId(one), CustomerId(two)) for one, two in owners])
    # One journal for each customer, so that everybody can pay.
    await _load(books, each=CUSTOMERS_EACH, amount=PLENTY)
    return books


async def _add(books: Books, *, until: int) -> int:
    connection = await asyncpg.connect(books.url)
    try:
        there: int = await connection.fetchval(COUNT)
    finally:
        await connection.close()
    each = (until - there) // (2 * PARTNERS)
    if each > 0:
        await _load(books, each=each, amount=100)
    return there + max(each, 0) * 2 * PARTNERS


async def _load(books: Books, *, each: int, amount: int) -> None:
    now = SystemClock().now()
    connection = await asyncpg.connect(books.url)
    try:
        async with connection.transaction():
            await connection.execute(PAST_THE_TRIGGERS)
            await connection.execute(LOAD_JOURNALS, f"load-{now.timestamp():.6f}", each, now)
            await connection.execute(LOAD_POSTINGS, amount, CUSTOMERS_EACH)
            await connection.execute(LOAD_BALANCES)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    await settle(books)
