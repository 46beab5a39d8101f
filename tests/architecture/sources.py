"""The repository's Python sources, as the checkers read them.

A source is text with its place in the repository; a checker never touches the disk, so it can
be shown a made-up offender.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = "bezant"


@dataclass(frozen=True)
class Source:
    """One Python file: `path` as the repository names it, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """The dotted name under which the file is imported."""
        parts = self.path.removeprefix("src/").removesuffix(".py").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def finding(self, line: int, fact: str) -> str:
        """What a checker reports: the place and the fact, as an editor can open it."""
        return f"{self.path}:{line}: {fact}"


def read_sources(*folders: str) -> list[Source]:
    """Every Python file below these folders of the repository, in order of path."""
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]


def module_constants(source: Source) -> Iterator[tuple[str, ast.expr]]:
    """The upper-case names that the module itself assigns, with what they are given."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id.isupper():
                yield target.id, value


def listed(findings: Iterable[str]) -> str:
    """The findings one a line, for the message of an assertion."""
    return "\n" + "\n".join(findings)
