"""Invoices for digital metal."""

from bezant.migrations.script import run_script

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0022_digital_invoices.sql")
