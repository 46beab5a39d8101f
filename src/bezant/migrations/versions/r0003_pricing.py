"""The tables of pricing."""

from bezant.migrations.script import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0003_pricing.sql")
