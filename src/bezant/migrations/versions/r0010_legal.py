"""The tables of legal documents and invoices, and the first version of each document."""

from bezant.migrations.script import run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0010_legal.sql")
    run_script("0010_legal_texts.sql")
