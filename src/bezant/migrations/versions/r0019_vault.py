"""Bars in the vault, and how much of each metal nobody owns."""

from bezant.migrations.script import run_script

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0019_vault.sql")
