"""The ledger: books, accounts, journals, postings, holds, snapshots and the chain."""

from bezant.migrations.script import run_script

revision = "0014"
down_revision = "0013a"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0014_ledger.sql")
