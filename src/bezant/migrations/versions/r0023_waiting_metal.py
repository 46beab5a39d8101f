"""An index of the orders of metal that wait for a card, by their customer."""

from bezant.migrations.script import run_script

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0023_waiting_metal.sql")
