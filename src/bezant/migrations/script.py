"""Runs a revision's SQL file as one script, or prints it when Alembic is offline."""

from importlib.resources import files

from alembic import context, op
from sqlalchemy import text


def run_script(name: str) -> None:
    """Runs `versions/<name>` in the revision's transaction."""
    sql = files("bezant.migrations").joinpath("versions", name).read_text(encoding="utf-8")
    if context.is_offline_mode():
        op.execute(text(sql.replace(":", r"\:")))
        return
    # A driver's prepared statement holds one command; the simple protocol takes a script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    connection.run_async(lambda driver: driver.execute(sql))
