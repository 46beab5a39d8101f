"""Baskets that know their version, and functions by which several rooms write in one statement."""

from bezant.migrations.script import run_script

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0014_at_once.sql")
