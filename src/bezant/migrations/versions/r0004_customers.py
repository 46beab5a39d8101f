"""The tables of customers."""

from bezant.migrations.script import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0004_customers.sql")
