"""The tables of webhooks: endpoints, the outbox, and the queue that wakes a delivery."""

from bezant.migrations.script import run_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0011_webhooks.sql")
