"""The tables of baskets."""

from bezant.migrations.script import run_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0005_baskets.sql")
