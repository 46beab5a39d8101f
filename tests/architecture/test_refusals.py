"""Nothing catches everything but the two boundaries, and no float comes near money or metal."""

import pytest

from tests.architecture.refusals import catch_findings, float_findings
from tests.architecture.sources import Source, listed, read_sources


def test_only_the_boundaries_catch_everything() -> None:
    findings = [found for source in read_sources("src") for found in catch_findings(source)]

    assert not findings, listed(findings)


def test_no_float_comes_near_money_or_metal() -> None:
    sources = read_sources("src")
    assert any(source.module == "bezant.kernel.money" for source in sources)

    findings = [found for source in sources for found in float_findings(source)]

    assert not findings, listed(findings)


@pytest.mark.parametrize(
    "clause",
    [
        "except:",
        "except Exception:",
        "except BaseException as error:",
        "except (ValueError, Exception):",
        "except builtins.Exception:",
        "except* Exception:",
    ],
)
def test_a_clause_that_catches_everything_is_found(clause: str) -> None:
    text = f"try:\n    work()\n{clause}\n    pass\n"

    (finding,) = catch_findings(Source("src/bezant/made/up.py", text))

    assert finding == "src/bezant/made/up.py:3: catches everything"
    for boundary in ("src/bezant/web/door.py", "src/bezant/worker.py"):
        assert catch_findings(Source(boundary, text)) == []


def test_a_clause_that_cleans_up_and_raises_again_is_let_be() -> None:
    text = "try:\n    work()\nexcept BaseException:\n    undo()\n    raise\n"

    assert catch_findings(Source("src/bezant/made/up.py", text)) == []


@pytest.mark.parametrize(
    "body", ["raise Other", "if done:\n        return\n    raise", "if done:\n        raise"]
)
def test_a_clause_that_may_not_raise_the_same_again_is_found(body: str) -> None:
    text = f"try:\n    work()\nexcept Exception:\n    {body}\n"

    assert len(catch_findings(Source("src/bezant/made/up.py", text))) == 1


def test_a_suppression_of_everything_is_found() -> None:
    text = "with contextlib.suppress(KeyError, Exception):\n    work()\n"

    assert len(catch_findings(Source("src/bezant/made/up.py", text))) == 1


def test_a_clause_that_names_what_it_catches_is_let_be() -> None:
    text = "try:\n    work()\nexcept (ValueError, LookupError):\n    suppress(KeyError)\n"

    assert catch_findings(Source("src/bezant/made/up.py", text)) == []


INEXACT = ["x = 0.1", "x = float(y)", "x: float", "x = round(y)", "x = y / 2", "x /= 2"]


@pytest.mark.parametrize("text", INEXACT)
@pytest.mark.parametrize("path", ["kernel/money.py", "pricing/quotes.py", "baskets/__init__.py"])
def test_what_is_not_exact_is_found_where_money_is_counted(path: str, text: str) -> None:
    (finding,) = float_findings(Source(f"src/bezant/{path}", text))

    assert finding.startswith(f"src/bezant/{path}:1: ")


@pytest.mark.parametrize("text", INEXACT)
def test_what_is_not_exact_is_let_be_elsewhere(text: str) -> None:
    assert float_findings(Source("src/bezant/kernel/paging.py", text)) == []


@pytest.mark.parametrize("text", ["x = 1 // 2", "x = Decimal(1)", "x = rounded(1)", "x = '0.1'"])
def test_what_is_exact_is_let_be(text: str) -> None:
    assert float_findings(Source("src/bezant/pricing/quotes.py", text)) == []
