"""The tables of partners."""

from bezant.migrations.script import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0001_partners.sql")
