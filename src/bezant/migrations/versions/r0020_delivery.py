"""Digital metal delivered as a product: shipments, and orders of the kind."""

from bezant.migrations.script import run_script

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Runs the SQL that stands beside this file."""
    run_script("0020_delivery.sql")
