"""The tables of stock that is promised."""

from bezant.migrations.script import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0007_stock.sql")
