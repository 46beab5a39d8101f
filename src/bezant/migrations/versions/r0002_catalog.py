"""The tables of catalog."""

from bezant.migrations.script import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0002_catalog.sql")
