"""The documents, where they can be wrong without anybody noticing: links, tables, lengths.

A document is its path in the repository and its text.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Final

DECISION_LINES: Final = range(40, 71)
DECISION_PARTS: Final = ("Context", "Decision", "Measurement", "Consequences")
FRAGMENT_KINDS: Final = frozenset(
    {"added", "changed", "deprecated", "removed", "fixed", "security"}
)

_FENCE: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_FRAGMENT: Final = re.compile(r"changes/[a-z0-9-]+\.([a-z]+)\.md")


def link_findings(documents: Mapping[str, str], files: Collection[str]) -> list[str]:
    """Every link inside the repository that leads nowhere; `files` are all paths there are."""
    return [
        f"{path}: {link} leads nowhere"
        for path, text in documents.items()
        for link in _LINK.findall(_FENCE.sub("", text))
        if "://" not in link and not _leads_somewhere(path, link, documents, files)
    ]


def decision_findings(path: str, text: str, index: str) -> Iterator[str]:
    """What a decision lacks: a part, a sensible length, a place in the index."""
    for part in DECISION_PARTS:
        if f"\n## {part}\n" not in text:
            yield f"{path} has no part {part}"
    if (lines := len(text.splitlines())) not in DECISION_LINES:
        yield f"{path} has {lines} lines"
    if PurePosixPath(path).name not in index:
        yield f"{path} is not in the index"


def setting_findings(defaults: Mapping[str, object], table: str) -> list[str]:
    """Settings that the table does not list, or lists with another default; and unknown ones."""
    rows = dict(re.findall(r"^\| `BEZANT_([A-Z_]+)` \| ([^|]+?) \|", table, re.MULTILINE))
    expected = {name.upper(): _as_listed(default) for name, default in defaults.items()}
    wrong = [
        f"BEZANT_{name} is {default} and not {rows.get(name)}"
        for name, default in expected.items()
        if rows.get(name) != default
    ]
    return wrong + [f"BEZANT_{name} is no setting" for name in rows if name not in expected]


def fragment_findings(path: str, text: str) -> list[str]:
    """What is wrong with a change fragment: its name, or that it says nothing."""
    match = _FRAGMENT.fullmatch(path)
    if match is None or match.group(1) not in FRAGMENT_KINDS:
        return [f"{path} is not named changes/<words>.<kind>.md"]
    return [] if text.strip().endswith(".") else [f"{path} is no sentence"]


def _as_listed(default: object) -> str:
    match default:
        case None | ():
            return "none"
        case "":
            return "empty"
        case bool():
            return str(default).lower()
        case int():
            return str(default)
        case _:
            return f"`{default}`"


def _leads_somewhere(
    path: str, link: str, documents: Mapping[str, str], files: Collection[str]
) -> bool:
    target, _, anchor = link.partition("#")
    at = normpath(str(PurePosixPath(path).parent / target)) if target else path
    if at not in files and not any(file.startswith(f"{at}/") for file in files):
        return False
    return not anchor or anchor in _anchors(documents.get(at, ""))


def _anchors(text: str) -> set[str]:
    """The anchors that a forge makes of a document's headings."""
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(_FENCE.sub("", text))
    }
