"""The texts for people: every key that the house uses is in every catalogue, and fits.

A key is used where a literal says so: `text = "…"` in an error's class, `Text("…")`,
`Invalid.field("path", "…")`. A key put together (`Text(f"price_part.{number}")`) must begin
like some key. Facts given beside a literal key must fill all places of its sentence.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from string import Formatter

from babel.messages.pofile import read_po

from tests.architecture.sources import Source

Catalogue = Mapping[str, str]

_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_DUPLICATE = re.compile(rb'^msgid "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class _Literal:
    value: str
    is_whole: bool = True


@dataclass(frozen=True)
class Use:
    """A key, or the beginning of one, in a source; `facts` is None where they are not known."""

    place: str
    key: str
    is_whole: bool
    facts: frozenset[str] | None = None


def read_catalogue(content: bytes) -> dict[str, str]:
    """Key to sentence. Raises `ValueError` for a key that is there twice."""
    keys = _DUPLICATE.findall(content)
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"there twice: {twice}")
    return {str(one.id): str(one.string) for one in read_po(BytesIO(content)) if one.id}


def places(sentence: str) -> frozenset[str]:
    """The names of a sentence's places: `{left} of {limit}` has two."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def catalogue_findings(catalogues: Mapping[str, Catalogue]) -> list[str]:
    """Every key that a catalogue lacks, leaves empty, or gives other places."""
    keys = sorted({key for catalogue in catalogues.values() for key in catalogue})
    return [finding for key in keys for finding in _entry_findings(key, catalogues)]


def use_findings(uses: Iterable[Use], catalogue: Catalogue) -> list[str]:
    """Every use of a key that is not there, or whose places its facts leave open."""
    return [f"{use.place}: {fact}" for use in uses if (fact := _misfit(use, catalogue))]


def uses_of(sources: Iterable[Source]) -> list[Use]:
    """All uses of keys in these sources."""
    sources = list(sources)
    texts = {name: key for source in sources for name, key in _errors(source.tree)}
    return [use for source in sources for use in _uses(source, texts)]


def _entry_findings(key: str, catalogues: Mapping[str, Catalogue]) -> Iterator[str]:
    for language, catalogue in catalogues.items():
        if not catalogue.get(key):
            yield f"{key} has no text in {language}"
    if len({places(catalogue.get(key, "")) for catalogue in catalogues.values()}) > 1:
        yield f"{key} has other places in another language"


def _misfit(use: Use, catalogue: Catalogue) -> str | None:
    if not use.is_whole:
        if any(key.startswith(use.key) for key in catalogue):
            return None
        return f"no text begins with {use.key}"
    if use.key not in catalogue:
        return f"no text {use.key}"
    if use.facts is not None and (left := places(catalogue[use.key]) - use.facts):
        return f"{use.key} is not given {', '.join(sorted(left))}"
    return None


def _errors(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Error classes that have a text and take any facts, with their key."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not _has_own_init(node):
            yield from ((node.name, literal.value) for literal in _class_texts(node))


def _has_own_init(node: ast.ClassDef) -> bool:
    return any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body)


def _class_texts(node: ast.ClassDef) -> Iterator[_Literal]:
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="text")], value=value)
                | ast.AnnAssign(target=ast.Name(id="text"), value=value)
            ) if literal := _literal(value):
                yield literal


def _uses(source: Source, texts: Mapping[str, str]) -> Iterator[Use]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for literal in _class_texts(node):
                yield _use(source, node.lineno, literal, None)
        elif isinstance(node, ast.Call):
            yield from _uses_in_call(source, node, texts)


def _uses_in_call(source: Source, call: ast.Call, texts: Mapping[str, str]) -> Iterator[Use]:
    match call:
        case ast.Call(func=ast.Name(id="Text"), args=[key, *rest]) if literal := _literal(key):
            yield _use(source, call.lineno, literal, _facts_of_text(rest, call.keywords))
        case ast.Call(func=ast.Attribute(attr="field"), args=[_, key]) if literal := _literal(key):
            yield _use(source, call.lineno, literal, _keywords(call.keywords))
        case ast.Call(func=ast.Name(id=name)) if name in texts:
            yield _use(source, call.lineno, _Literal(texts[name]), _keywords(call.keywords))
        case _:
            return


def _use(source: Source, line: int, literal: _Literal, facts: frozenset[str] | None) -> Use:
    return Use(f"{source.path}:{line}", literal.value, literal.is_whole, facts)


def _literal(node: ast.expr | None) -> _Literal | None:
    match node:
        case ast.Constant(value=str(value)) if _KEY.fullmatch(value):
            return _Literal(value)
        case ast.JoinedStr(values=[ast.Constant(value=str(value)), *_]):
            return _Literal(value, is_whole=False)
        case _:
            return None


def _facts_of_text(rest: list[ast.expr], keywords: list[ast.keyword]) -> frozenset[str] | None:
    """The facts of `Text(key)` or `Text(key, {"limit": 5})`, where they can be read."""
    given = [*rest, *(one.value for one in keywords)]
    match given:
        case []:
            return frozenset()
        case [ast.Dict(keys=keys)]:
            names = [one.value if isinstance(one, ast.Constant) else None for one in keys]
            return None if None in names else frozenset(map(str, names))
        case _:
            return None


def _keywords(keywords: list[ast.keyword]) -> frozenset[str] | None:
    """The names of the keywords, or None where `**facts` hides some."""
    names = [one.arg for one in keywords]
    return None if None in names else frozenset(map(str, names))
