"""Trading of digital metal: spreads, price fixes, orders."""

from bezant.migrations.script import run_script

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0017_trading.sql")
