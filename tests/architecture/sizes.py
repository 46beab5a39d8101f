"""Hard limits of the house style: lengths, depth, names, and a docstring on every module.

The soft limits are for the reader to weigh; these are not.
"""

import ast
from collections.abc import Iterator
from typing import Final

from tests.architecture.sources import Source

LINE_CHARACTERS: Final = 100
FUNCTION_LINES: Final = 70
MODULE_LINES: Final = 500
TEST_MODULE_LINES: Final = 800
NESTED_BLOCKS: Final = 3
# Names under which anything can be put, so that in time everything is.
NAMELESS: Final = frozenset(
    {"base", "common", "handler", "handlers", "helper", "helpers"}
    | {"manager", "managers", "misc", "util", "utils"}
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS: Final = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def size_findings(source: Source) -> list[str]:
    """Everything in which this source is past a hard limit."""
    return [
        *_long_lines(source),
        *_long_module(source),
        *_functions(source),
        *_name(source),
        *_docstring(source),
    ]


def _long_lines(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if len(line) > LINE_CHARACTERS:
            yield source.finding(number, f"a line of {len(line)} characters")


def _long_module(source: Source) -> Iterator[str]:
    limit = TEST_MODULE_LINES if source.path.startswith("tests/") else MODULE_LINES
    lines = len(source.text.splitlines())
    if lines > limit:
        yield source.finding(limit, f"a module of {lines} lines")


def _functions(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if not isinstance(node, _Function):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES:
            yield source.finding(node.lineno, f"{node.name} has {lines} lines")
        if (depth := _depth(node.body)) > NESTED_BLOCKS:
            yield source.finding(node.lineno, f"{node.name} nests {depth} blocks")


def _depth(statements: list[ast.stmt]) -> int:
    """How many blocks stand inside one another; an `elif` is no deeper than its `if`."""
    return max((_depth_of(statement) for statement in statements), default=0)


def _depth_of(statement: ast.stmt) -> int:
    if not isinstance(statement, _BLOCKS):
        return 0
    if isinstance(statement, ast.Match):
        return 1 + max(_depth(case.body) for case in statement.cases)
    inside = _depth(statement.body)
    if isinstance(statement, ast.Try | ast.TryStar):
        inside = max(inside, _depth(statement.finalbody))
        inside = max(inside, *(_depth(one.body) for one in statement.handlers), 0)
    rest: list[ast.stmt] = getattr(statement, "orelse", [])
    if isinstance(statement, ast.If) and len(rest) == 1 and isinstance(rest[0], ast.If):
        return max(1 + inside, _depth_of(rest[0]))
    return 1 + max(inside, _depth(rest))


def _name(source: Source) -> Iterator[str]:
    for part in source.path.removesuffix(".py").split("/"):
        words = set(part.lower().split("_"))
        if taken := words & NAMELESS:
            yield source.finding(1, f"a module named {taken.pop()} says nothing")


def _docstring(source: Source) -> Iterator[str]:
    # A test package's marker file has nothing to say of itself.
    empty_marker = source.path.endswith("__init__.py") and not source.text.strip()
    if empty_marker and not source.path.startswith("src/"):
        return
    if not ast.get_docstring(source.tree):
        yield source.finding(1, "a module without a docstring")
