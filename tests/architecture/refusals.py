"""What the sources refuse: catching everything, and floats near money and metal.

Everything may be caught at two boundaries only, where an unforeseen error becomes a 500 or a
job that is tried again. A clause that cleans up and raises the same again catches nothing.
Where money and metal are counted there are no floats, nothing that makes one, and no rounding
but that of `bezant.kernel.rounding`.
"""

import ast
from collections.abc import Iterator
from typing import Final

from tests.architecture.sources import Source

BOUNDARIES: Final = frozenset({"bezant.web.door", "bezant.worker"})
EXACT: Final = (
    "bezant.kernel.money",
    "bezant.kernel.metal",
    "bezant.kernel.rounding",
    "bezant.pricing",
    "bezant.ledger",
    "bezant.baskets",
    "bezant.payments",
)
_EVERYTHING: Final = frozenset({"BaseException", "Exception"})


def catch_findings(source: Source) -> list[str]:
    """Every place that catches, or suppresses, whatever comes."""
    if source.module in BOUNDARIES:
        return []
    return [
        source.finding(line, "catches everything")
        for line, caught in _caught(source.tree)
        if caught is None or _names_of(caught) & _EVERYTHING
    ]


def float_findings(source: Source) -> list[str]:
    """Every float, or maker of one, in a module that counts money or metal."""
    if not any(source.module == one or source.module.startswith(f"{one}.") for one in EXACT):
        return []
    return [
        source.finding(line, fact)
        for node in ast.walk(source.tree)
        for line, fact in _inexact(node)
    ]


def _caught(tree: ast.Module) -> Iterator[tuple[int, ast.expr | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and not _raises_again(node):
            yield node.lineno, node.type
        elif isinstance(node, ast.Call) and "suppress" in _names_of(node.func):
            yield from ((argument.lineno, argument) for argument in node.args)


def _raises_again(clause: ast.ExceptHandler) -> bool:
    last = clause.body[-1]
    leaves = any(isinstance(one, ast.Return | ast.Break | ast.Continue) for one in ast.walk(clause))
    return isinstance(last, ast.Raise) and last.exc is None and not leaves


def _names_of(node: ast.expr) -> set[str]:
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return names | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def _inexact(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Constant(value=float(value)):
            yield node.lineno, f"the float {value}"
        case ast.Name(id="float"):
            yield node.lineno, "float"
        case ast.Call(func=ast.Name(id="round")):
            yield node.lineno, "round() instead of a named rounding"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield node.lineno, "a division that is not exact"
        case _:
            return
