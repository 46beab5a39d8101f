"""The documents lead somewhere, the decisions are whole, and the settings are all listed."""

from collections.abc import Iterator

import msgspec
import pytest

from bezant.settings import Settings
from tests.architecture.documents import (
    DECISION_PARTS,
    decision_findings,
    fragment_findings,
    link_findings,
    setting_findings,
)
from tests.architecture.sources import ROOT, listed

FOLDERS = ("docs", "changes", "src", "tests", "bench", "requirements")


def _files() -> Iterator[str]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()
    yield from (path.name for path in ROOT.iterdir() if path.is_file())


def _documents(files: list[str]) -> dict[str, str]:
    return {
        path: (ROOT / path).read_text(encoding="utf-8") for path in files if path.endswith(".md")
    }


def test_every_link_leads_somewhere() -> None:
    files = list(_files())
    documents = _documents(files)
    assert "README.md" in documents

    findings = link_findings(documents, files)

    assert not findings, listed(findings)


def test_every_decision_is_whole_and_in_the_index() -> None:
    folder = ROOT / "docs/adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("0*.md"))
    assert decisions

    findings = [
        finding
        for path in decisions
        for finding in decision_findings(path.name, path.read_text(encoding="utf-8"), index)
    ]

    assert not findings, listed(findings)


def test_every_setting_is_listed_with_its_default() -> None:
    table = (ROOT / "docs/operations/settings.md").read_text(encoding="utf-8")
    defaults = {field.name: field.default for field in msgspec.structs.fields(Settings)}

    findings = setting_findings(defaults, table)

    assert not findings, listed(findings)


def test_every_change_fragment_has_a_kind_and_a_sentence() -> None:
    findings = [
        finding
        for path in sorted((ROOT / "changes").iterdir())
        for finding in fragment_findings(f"changes/{path.name}", path.read_text(encoding="utf-8"))
    ]

    assert not findings, listed(findings)


FILES = ["README.md", "docs/a.md", "docs/b.md"]


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("a.md", True),
        ("../README.md", True),
        ("../docs", True),
        ("b.md#how-it-is-run", True),
        ("#here", True),
        ("https://example.test/x.md", True),
        ("c.md", False),
        ("README.md", False),
        ("b.md#how-it-ends", False),
        ("#there", False),
    ],
)
def test_a_link_that_leads_nowhere_is_found(*, link: str, leads: bool) -> None:
    documents = {"docs/a.md": f"# Here\n[word]({link})\n", "docs/b.md": "## How it is run?\n"}

    assert (link_findings(documents, FILES) == []) is leads


def test_a_decision_that_is_not_whole_is_found() -> None:
    whole = "# 1: Up\n" + "".join(f"\n## {part}\n" for part in DECISION_PARTS) + "line\n" * 40

    assert list(decision_findings("1.md", whole, "[1](1.md)")) == []
    assert list(decision_findings("1.md", "# 1: Up\n", "")) == [
        *(f"1.md has no part {part}" for part in DECISION_PARTS),
        "1.md has 1 lines",
        "1.md is not in the index",
    ]


def test_a_setting_that_the_table_does_not_say_is_found() -> None:
    table = "| `BEZANT_PORT` | 80 | |\n| `BEZANT_OLD` | none | |\n| `BEZANT_HOST` | `::1` | |\n"

    assert setting_findings({"port": 8080, "host": "::1", "url": None}, table) == [
        "BEZANT_PORT is 8080 and not 80",
        "BEZANT_URL is none and not None",
        "BEZANT_OLD is no setting",
    ]


@pytest.mark.parametrize(
    ("path", "text", "is_right"),
    [
        ("changes/a-thing.added.md", "A thing is there.\n", True),
        ("changes/a-thing.md", "A thing is there.\n", False),
        ("changes/a-thing.new.md", "A thing is there.\n", False),
        ("changes/a-thing.fixed.md", "\n", False),
    ],
)
def test_a_fragment_out_of_form_is_found(*, path: str, text: str, is_right: bool) -> None:
    assert (fragment_findings(path, text) == []) is is_right
