"""Keyed hashes of requests."""

from bezant.migrations.script import run_script

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0013_admission.sql")
