"""Digital metal is paid for by card."""

from bezant.migrations.script import run_script

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0021_digital_cards.sql")
