"""A customer's open baskets, read as one value."""

from bezant.migrations.script import run_script

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0018_page.sql")
