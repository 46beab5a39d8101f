"""The ledger: books, accounts, journals, postings, holds, snapshots and the chain."""

from bezant.migrations.script import run_script

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0015_ledger.sql")
