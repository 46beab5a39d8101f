"""Who may import the private parts of a room, the outside systems, and the database's driver.

import-linter holds the storeys (`[tool.importlinter]` in pyproject.toml); these are the rules
that it cannot say. A checker takes pairs of module names, importer and imported.
"""

from collections.abc import Iterable
from typing import Final

Import = tuple[str, str]

PRIVATE_PARTS: Final = ("store", "queries")
INTEGRATIONS: Final = "bezant.integrations"
KNOW_INTEGRATIONS: Final = ("bezant.wiring", "bezant.cli", "bezant.worker")
# The kernel gives out connections, an integration starts a server, a migration is SQL.
KNOW_THE_DRIVER: Final = ("bezant.kernel", "bezant.integrations", "bezant.migrations")
KNOW_ALEMBIC: Final = ("bezant.migrations",)


def import_findings(imports: Iterable[Import]) -> list[str]:
    """Every import that goes where it may not."""
    return [
        f"{importer} imports {imported}: {rule}"
        for importer, imported in sorted(imports)
        if (rule := _broken_rule(importer, imported))
    ]


def room_of(module: str) -> str | None:
    """The room whose private part `module` is, or None for a module that is no such part."""
    parts = module.split(".")
    for index, part in enumerate(parts):
        if part in PRIVATE_PARTS:
            return ".".join(parts[:index])
    return None


def _broken_rule(importer: str, imported: str) -> str | None:
    room = room_of(imported)
    if room is not None and not _inside(importer, room):
        return f"only {room} itself touches its SQL"
    if _inside(imported, INTEGRATIONS) and not _may_know_integration(importer, imported):
        return "only the wiring and the entry points know outside systems"
    if _inside(imported, "asyncpg") and not _may_know_the_driver(importer):
        return "only stores, queries and the kernel know the driver"
    if _inside(imported, "sqlalchemy", "alembic") and not _inside(importer, *KNOW_ALEMBIC):
        return "only the migrations know Alembic and its SQLAlchemy"
    return None


def _may_know_integration(importer: str, imported: str) -> bool:
    if _inside(importer, *KNOW_INTEGRATIONS) or importer == INTEGRATIONS:
        return True
    own = ".".join(importer.split(".")[:3])
    return _inside(importer, INTEGRATIONS) and (_inside(imported, own) or imported == INTEGRATIONS)


def _may_know_the_driver(importer: str) -> bool:
    return _inside(importer, *KNOW_THE_DRIVER) or room_of(importer) is not None


def _inside(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
