"""The data that is measured on: the demo shop with so many incomplete baskets.

Each number of baskets has a database of its own on the embedded server of the benchmarks'
data directory; it is made once and used again. Invariant: its customers' external ids are
consecutive numbers, because pgbench can draw a number and nothing else.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import asyncpg
from msgspec import Struct

from bench.requests import SignIn
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.migrations import migrate
from bezant.partners.model import Allowance, NewCredential, Scope
from bezant.partners.service import accounts, admission
from bezant.settings import Settings
from bezant.wiring import safe_of

FIRST_CUSTOMER: Final = 1_000_000_000_000_001
UNLIMITED: Final = 10_000_000
_MADE: Final = "made by bench"

IS_MADE: Final = """
    SELECT count(*) FROM pg_database d
     WHERE datname = $1 AND shobj_description(d.oid, 'pg_database') = $2
"""
LARGEST_PARTNER: Final = """
    SELECT p.partner_id, p.code, count(DISTINCT b.customer_id) AS customers,
           count(*) AS baskets
      FROM basket b JOIN partner p USING (partner_id)
     WHERE b.state = 'open'
     GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
"""
NUMBER_CUSTOMERS: Final = """
    UPDATE customer c SET external_id = ($2::bigint + numbered.place)::text
      FROM (SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS place
              FROM customer o
             WHERE partner_id = $1 AND EXISTS (
                SELECT 1 FROM basket b WHERE b.partner_id = $1 AND b.customer_id = o.customer_id
                   AND b.state = 'open')) numbered
     WHERE c.partner_id = $1 AND c.customer_id = numbered.customer_id
"""
FORGET_ADMISSIONS: Final = "TRUNCATE nonce_use, allowance"
SIZE: Final = """
    SELECT (SELECT count(*) FROM basket WHERE state = 'open') AS baskets,
           pg_database_size(current_database()) >> 20 AS mib
"""
COUNT_ADMISSIONS: Final = "SELECT count(*) FROM nonce_use WHERE nonce >= $1"


# A server that has been up for a day has what it reads in memory; one just started has not.
WARM: Final = """
    CREATE EXTENSION IF NOT EXISTS pg_prewarm;
    SELECT sum(pg_prewarm(oid::regclass)) FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
"""


class Stock(Struct, frozen=True, kw_only=True):
    """A database that is ready, and a way in for the partner who has most of its baskets.

    `baskets` counts those of all partners, `customers` those of this one who have any, and
    `baskets_each` is how many one of them has.
    """

    database: str
    url: str
    baskets: int
    customers: int
    baskets_each: float
    size_mib: int
    partner_id: int
    credential_id: int
    credential_version: int
    epoch: bytes
    sign_in: SignIn


def ready_stock(postgres: EmbeddedPostgres, baskets: int, *, data_dir: Path, fresh: bool) -> Stock:
    """The data with so many baskets, made if it is not there or `fresh` is asked for."""
    name = f"bench_{baskets}"
    server, url = postgres.database_url("postgres"), postgres.database_url(name)
    if fresh or not asyncio.run(_value(server, IS_MADE, name, _MADE)):
        asyncio.run(execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        asyncio.run(execute(server, f"CREATE DATABASE {name}"))
        _make_shop(url, baskets, data_dir=data_dir)
        asyncio.run(_settle(url))
        asyncio.run(execute(server, f"COMMENT ON DATABASE {name} IS '{_MADE}'"))
    migrate(url)
    asyncio.run(execute(url, WARM))
    settings = Settings(data_dir=data_dir, database_url=url)
    return asyncio.run(open_stock(settings, name=name))


def forget_admissions(stock: Stock) -> None:
    """Forgets the used nonces and allowances, so that each part starts alike."""
    asyncio.run(execute(stock.url, FORGET_ADMISSIONS))


def admissions_since(stock: Stock, first_nonce: bytes) -> int:
    """How many uses of nonces from `first_nonce` on were admitted."""
    return asyncio.run(_value(stock.url, COUNT_ADMISSIONS, first_nonce))


def _make_shop(url: str, baskets: int, *, data_dir: Path) -> None:
    """The demo shop, by the command that an operator has for it."""
    command = ("-m", "bezant.cli", "demo", "--baskets", str(baskets), "--no-orders", "--no-serve")
    variables = {"BEZANT_DATA_DIR": str(data_dir), "BEZANT_DATABASE_URL": url}
    subprocess.run([sys.executable, *command], env={**os.environ, **variables}, check=True)


async def _settle(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetchrow(LARGEST_PARTNER)
        assert found is not None, "the demo shop has baskets"
        await connection.execute(NUMBER_CUSTOMERS, found["partner_id"], FIRST_CUSTOMER)
        await connection.execute("VACUUM (FULL) customer")
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def open_stock(settings: Settings, *, name: str) -> Stock:
    """The facts of the data, and a new credential without a narrow allowance."""
    assert settings.database_url is not None
    now = SystemClock().now()
    db = await Database.connect(settings.database_url)
    new = NewCredential(name, frozenset(Scope), Allowance(UNLIMITED, UNLIMITED))
    safe = safe_of(settings)
    try:
        async with db.transaction() as tx:
            found = await tx.fetchrow(LARGEST_PARTNER)
            assert found is not None, "the demo shop has baskets"
            partner = await accounts.find_partner(tx, found["code"])
            issued = await accounts.create_credential(tx, new, partner=partner, safe=safe, now=now)
            epoch = await admission.current_epoch(tx)
            size = await tx.fetchrow(SIZE)
            assert size is not None, "a sum is one row"
    finally:
        await db.close()
    credential = issued.credential
    return Stock(
        database=name,
        url=settings.database_url,
        baskets=size["baskets"],
        customers=found["customers"],
        baskets_each=found["baskets"] / found["customers"],
        size_mib=size["mib"],
        partner_id=partner.partner_id,
        credential_id=credential.credential_id,
        credential_version=credential.version,
        epoch=epoch,
        sign_in=SignIn(username=credential.username, secret=issued.secret, realm=settings.realm),
    )


async def execute(url: str, statement: str) -> None:
    """Carries out one statement on a database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _value(url: str, statement: str, *values: object) -> int:
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(statement, *values)
    finally:
        await connection.close()
    return found
