"""Nothing in the repository is past a hard limit of the house style."""

import pytest

from tests.architecture.sizes import size_findings
from tests.architecture.sources import Source, listed, read_sources


def test_nothing_is_past_a_hard_limit() -> None:
    sources = read_sources("src", "tests", "bench", "tools")
    assert sources, "no sources were found"

    findings = [finding for source in sources for finding in size_findings(source)]

    assert not findings, listed(findings)


def _source(
    text: str, *, path: str = "src/bezant/made/up.py", docstring: str = '"""Up."""\n'
) -> Source:
    return Source(path, docstring + text)


NESTED_FOUR_DEEP = """
def work():
    for one in many:
        with one:
            try:
                if one:
                    pass
            finally:
                pass
"""

NESTED_IN_A_HANDLER = """
async def work():
    async for one in many:
        async with one:
            try:
                pass
            except ValueError:
                while one:
                    pass
"""

NESTED_IN_A_MATCH = """
def work():
    if one:
        pass
    else:
        match one:
            case 1:
                for two in one:
                    if two:
                        pass
"""


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        (_source("#" * 101), "a line of 101 characters"),
        (_source("\n" * 500), "a module of 501 lines"),
        (_source("\n" * 800, path="tests/made/test_up.py"), "a module of 801 lines"),
        (_source("def work():\n" + "    pass\n" * 70), "work has 71 lines"),
        (_source(NESTED_FOUR_DEEP), "work nests 4 blocks"),
        (_source(NESTED_IN_A_HANDLER), "work nests 4 blocks"),
        (_source(NESTED_IN_A_MATCH), "work nests 4 blocks"),
        (_source("", path="src/bezant/made/utils.py"), "a module named utils says nothing"),
        (_source("", path="src/bezant/base_store/up.py"), "a module named base says nothing"),
        (_source("", docstring=""), "a module without a docstring"),
        (
            _source("", path="src/bezant/made/__init__.py", docstring=""),
            "a module without a docstring",
        ),
    ],
)
def test_what_is_past_a_limit_is_found(source: Source, fact: str) -> None:
    (finding,) = size_findings(source)

    assert finding.endswith(fact)


NESTED_THREE_DEEP = """
def work():
    for one in many:
        with one:
            if one:
                def inner():
                    for two in one:
                        pass
            elif two:
                pass
            elif three:
                pass
"""


@pytest.mark.parametrize(
    "source",
    [
        _source("#" * 100),
        _source("\n" * 499),
        _source("\n" * 799, path="tests/made/test_up.py"),
        _source("def work():\n" + "    pass\n" * 69),
        _source(NESTED_THREE_DEEP),
        _source("", path="src/bezant/kernel/database.py"),
        _source("", path="tests/made/__init__.py", docstring=""),
    ],
)
def test_what_is_at_a_limit_is_let_be(source: Source) -> None:
    assert size_findings(source) == []
