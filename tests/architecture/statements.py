"""Where SQL stands in the sources, and where it may be sent to the database.

Invariants that these checkers hold: SQL is a constant of a module; only a store, a page's
queries, and the plumbing below and beside them hand it to a connection; and what they hand
over is such a constant, so that no statement is put together while the server runs. A
constant whose name begins with an underscore is a piece of statements and is never sent.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Final

from tests.architecture.sources import Source
from tests.architecture.sql import is_statement
from tests.architecture.storeys import room_of

# What a connection does with a statement. The first four names mean nothing else in the
# house; `fetch` and `execute` might, so outside a store they count only on a connection.
_ONLY_SQL: Final = frozenset({"executemany", "fetchmany", "fetchrow", "fetchval"})
_SQL: Final = _ONLY_SQL | {"cursor", "execute", "fetch", "prepare"}
_CONNECTIONS: Final = frozenset({"connection", "tx"})
_PLUMBING: Final = ("bezant.kernel", "bezant.integrations", "bezant.migrations")


def sql_constants(namespace: Mapping[str, object]) -> dict[str, str]:
    """The statements among a module's upper-case names, and inside its mappings and tuples."""
    found: dict[str, str] = {}
    for name, value in namespace.items():
        if _is_statement_name(name):
            found.update((at, text) for at, text in _texts(name, value) if is_statement(text))
    return found


def house_modules(package: str) -> Iterator[ModuleType]:
    """Every module of the package, imported; the entry `__main__` would run and is left out."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        # Alembic runs its environment and its revisions; they are no modules of ours.
        if not found.name.endswith((".__main__", "migrations.env")):
            yield importlib.import_module(found.name)


def statement_findings(source: Source) -> list[str]:
    """Every statement in this source that is sent from where, or is what, it may not be."""
    if source.module.startswith(_PLUMBING):
        return []
    return list(_calls_of_a_store(source) if room_of(source.module) else _calls_outside(source))


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(f"{name}[{key!r}]", inner)
    elif isinstance(value, tuple | list):
        for index, inner in enumerate(value):
            yield from _texts(f"{name}[{index}]", inner)


def _calls_of_a_store(source: Source) -> Iterator[str]:
    known = _module_names(source.tree)
    for call, method in _method_calls(source.tree):
        if method.attr in _SQL and not (call.args and _is_constant(call.args[0], known)):
            yield source.finding(call.lineno, f".{method.attr} of what is no constant statement")


def _calls_outside(source: Source) -> Iterator[str]:
    for call, method in _method_calls(source.tree):
        on_connection = isinstance(method.value, ast.Name) and method.value.id in _CONNECTIONS
        if method.attr in _ONLY_SQL or (method.attr in _SQL and on_connection):
            yield source.finding(call.lineno, f".{method.attr} outside a store or queries module")


def _method_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def _is_constant(node: ast.expr, known: frozenset[str]) -> bool:
    """`FIND`, `FIND[kind]` or `columns.FIND`, where the first name is the module's own."""
    if isinstance(node, ast.Subscript):
        return _is_constant(node.value, known)
    if isinstance(node, ast.Attribute):
        module = node.value
        return _is_statement_name(node.attr) and isinstance(module, ast.Name) and module.id in known
    return isinstance(node, ast.Name) and _is_statement_name(node.id) and node.id in known


def _is_statement_name(name: str) -> bool:
    return name.isupper() and not name.startswith("_")


def _module_names(tree: ast.Module) -> frozenset[str]:
    """The names that the module assigns or imports at its top."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return frozenset(names)
