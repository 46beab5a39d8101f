"""The tables of cards that are kept: the cards, their entry, and what is to be forgotten."""

from bezant.migrations.script import run_script

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0012_cards.sql")
