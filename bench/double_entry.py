"""The floor of a ledger: a bare double entry, called by pgbench.

It locks two accounts, enters a journal and two postings, and updates both balances, and nothing
that a ledger has to keep beside that.
"""

import asyncio
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.load import CONNECTIONS
from bench.pgbench import THREADS, TIMEOUT_S, figure_said, pgbench_environment
from bench.stock import execute
from bezant.integrations.embedded_postgres import EmbeddedPostgres

BARE_ACCOUNTS: Final = 10_000

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


def make_bare(url: str) -> None:
    """Makes its tables and its function in a database."""
    asyncio.run(execute(url, BARE.format(accounts=BARE_ACCOUNTS)))


def run_bare(
    postgres: EmbeddedPostgres, url: str, *, database: str, seconds: int, has_indexes: bool = False
) -> float:
    """How many of them a second, from as many connections as every load has."""
    asyncio.run(execute(url, f"{NO_INDEXES}; {NO_JOURNALS}"))
    if has_indexes:
        asyncio.run(execute(url, INDEXES))
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
                database,
            ],
            env=pgbench_environment(postgres),
            capture_output=True,
            text=True,
            timeout=seconds + TIMEOUT_S,
            check=True,
        ).stdout
    return figure_said(said, r"tps = ([\d.]+)")
