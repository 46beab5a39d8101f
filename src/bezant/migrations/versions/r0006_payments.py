"""The tables of payments."""

from bezant.migrations.script import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0006_payments.sql")
