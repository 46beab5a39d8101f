"""An admission waits for no disk."""

from bezant.migrations.script import run_script

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0024_admission_without_waiting.sql")
