"""The tables of orders."""

from bezant.migrations.script import run_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0008_orders.sql")
