"""Every text that the house says to a person is there in every language, and fits its facts."""

import pytest

from bezant.kernel.texts import Language
from tests.architecture.sources import ROOT, Source, listed, read_sources
from tests.architecture.texts import (
    Catalogue,
    catalogue_findings,
    read_catalogue,
    use_findings,
    uses_of,
)


def _catalogues() -> dict[str, Catalogue]:
    folder = ROOT / "src/bezant/kernel/locale"
    return {
        language: read_catalogue((folder / language / "messages.po").read_bytes())
        for language in Language
    }


def test_every_catalogue_has_the_same_keys_and_places() -> None:
    findings = catalogue_findings(_catalogues())

    assert not findings, listed(findings)


def test_every_key_in_the_sources_has_a_text_that_its_facts_fill() -> None:
    uses = uses_of(read_sources("src"))
    assert any(use.key == "error.invalid" for use in uses)

    findings = use_findings(uses, _catalogues()[Language.EN])

    assert not findings, listed(findings)


CATALOGUE: Catalogue = {
    "error.gone": "Gone.",
    "error.short": "Only {left} of {limit} are left.",
    "part.1": "Markup",
}


@pytest.mark.parametrize(
    ("turkish", "finding"),
    [
        ({"a.b": "{left} kaldı"}, None),
        ({}, "a.b has no text in tr"),
        ({"a.b": ""}, "a.b has no text in tr"),
        ({"a.b": "{kalan} kaldı"}, "a.b has other places in another language"),
        ({"a.b": "{left} kaldı", "a.c": "Fazla"}, "a.c has no text in en"),
    ],
)
def test_a_difference_between_catalogues_is_found(
    turkish: dict[str, str], finding: str | None
) -> None:
    findings = catalogue_findings({"tr": turkish, "en": {"a.b": "{left} are left"}})

    assert (finding in findings) if finding else findings == []


def test_a_key_that_is_in_a_catalogue_twice_is_found() -> None:
    once = b'msgid ""\nmsgstr ""\n\nmsgid "a.b"\nmsgstr "One"\n'

    assert read_catalogue(once) == {"a.b": "One"}
    with pytest.raises(ValueError, match="there twice"):
        read_catalogue(once + b'\nmsgid "a.b"\nmsgstr "Two"\n')


ERRORS = """
class Short(BezantError):
    kind = Kind.CONFLICT
    text = "error.short"
"""


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("class Lost(BezantError):\n    text = 'error.lost'", "no text error.lost"),
        ("class Lost(BezantError):\n    text: str = 'error.lost'", "no text error.lost"),
        ("Text('error.lost')", "no text error.lost"),
        ("Invalid.field('items', 'error.lost')", "no text error.lost"),
        ("Text(f'error.lost.{kind}')", "no text begins with error.lost."),
        ("Text('error.short')", "error.short is not given left, limit"),
        ("Text('error.short', {'left': 1})", "error.short is not given limit"),
        ("Invalid.field('items', 'error.short', left=1)", "error.short is not given limit"),
        ("raise Short(limit=1)", "error.short is not given left"),
    ],
)
def test_a_use_without_a_text_that_fits_is_found(text: str, fact: str) -> None:
    uses = uses_of([Source("errors.py", ERRORS), Source("up.py", text)])

    assert use_findings(uses, CATALOGUE) == [f"up.py:1: {fact}"]


@pytest.mark.parametrize(
    "text",
    [
        "Text('error.gone')",
        "Text(f'part.{number}')",
        "Text(key, facts)",
        "Text('error.short', facts)",
        "Text('error.short', {'left': 1, **facts})",
        "Invalid.field('items', 'error.short', left=1, limit=2)",
        "Invalid.field('items', 'error.short', **facts)",
        "raise Short(left=1, limit=2, sku='x')",
        "class Own(BezantError):\n    text = 'error.short'\n    def __init__(self): ...\nOwn()",
    ],
)
def test_a_use_with_a_text_that_fits_is_let_be(text: str) -> None:
    uses = uses_of([Source("errors.py", ERRORS), Source("up.py", text)])

    assert use_findings(uses, CATALOGUE) == []
