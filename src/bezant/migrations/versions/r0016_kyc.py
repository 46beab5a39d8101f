"""What is known of who a customer is, the limits of that, and what was counted against them."""

from bezant.migrations.script import run_script

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0016_kyc.sql")
