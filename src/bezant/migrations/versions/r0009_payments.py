"""The tables of payments, their attempts and refunds."""

from bezant.migrations.script import run_script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0009_payments.sql")
