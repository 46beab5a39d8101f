"""No file names a package index, and every requirement is pinned with its hashes."""

import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, listed
from tests.architecture.supply import host_findings, pin_findings, unlocked

# Made by tools, or the reader's own; never part of the repository.
NOT_OURS = {"__pycache__", "build", "dist", "node_modules"}
HASH = f"--hash=sha256:{'0' * 64}"


def _texts() -> Iterator[tuple[str, str]]:
    """Every text file of the repository, hidden folders but those of the forge left out."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in {".github", ".gitignore"}
            if hidden or path.name in NOT_OURS or path.is_symlink():
                continue
            if path.is_dir():
                folders.append(path)
            elif b"\0" not in (content := path.read_bytes()):
                yield path.relative_to(ROOT).as_posix(), content.decode("utf-8")


def test_no_file_names_a_package_index() -> None:
    texts = dict(_texts())
    assert {"pyproject.toml", "requirements/run.txt"} <= texts.keys()

    findings = [found for path, text in texts.items() for found in host_findings(path, text)]

    assert not findings, listed(findings)


def test_every_requirement_is_pinned_with_its_hashes() -> None:
    files = sorted((ROOT / "requirements").glob("*.txt"))
    assert files

    findings = [
        found
        for path in files
        for found in pin_findings(path.name, path.read_text(encoding="utf-8"))
    ]

    assert not findings, listed(findings)


def test_every_dependency_is_in_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = (ROOT / "requirements/run.txt").read_text(encoding="utf-8")
    develop = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    optional = [one for extra in project["optional-dependencies"].values() for one in extra]

    assert unlocked(project["dependencies"], run) == []
    assert unlocked([*project["dependencies"], *optional], develop) == []


@pytest.mark.parametrize(
    "line",
    [
        "https://" + "pypi" + ".org/sim" + "ple",
        "see files." + "pythonhosted" + ".org.",
        'src="//cdn.' + "jsdelivr" + '.net/npm/x"',
        "FROM " + "ghcr" + ".io/made/up",
        "--index" + "-url https://example.test/sim" + "ple",
        "--extra-index" + "-url=https://example.test/sim" + "ple",
        "-" + "i https://example.test/sim" + "ple",
        "[[tool.uv." + "index]]",
    ],
)
def test_a_named_index_is_found(line: str) -> None:
    (finding,) = host_findings("up.txt", f"first\n{line}\n")

    assert finding.startswith("up.txt:2: ")


@pytest.mark.parametrize("line", ["pip install bezant", "PyPI", "-iterate", "mypypi.organic"])
def test_a_line_that_names_no_index_is_let_be(line: str) -> None:
    assert host_findings("up.txt", line) == []


@pytest.mark.parametrize(
    "requirement",
    [
        "asyncpg",
        "asyncpg==0.31",
        f"asyncpg>=0.31 {HASH}",
        f"asyncpg==0.31 {HASH[:-1]}",
        f"asyncpg==0.31 {HASH} --no-binary",
        f"asyncpg @ https://example.test/asyncpg.whl {HASH}",
        "-r other.txt",
    ],
)
def test_a_requirement_that_could_change_is_found(requirement: str) -> None:
    assert len(pin_findings("run.txt", f"# The driver.\n{requirement}\n")) == 1


@pytest.mark.parametrize(
    "requirement",
    [
        f"asyncpg==0.31 {HASH}",
        f"asyncpg==0.31 \\\n    {HASH} \\\n    {HASH}\n    # via bezant",
        f"granian[uvloop]==2.5.1 {HASH}",
        f'uvloop==0.22 ; sys_platform != "win32" {HASH}',
    ],
)
def test_a_pinned_requirement_is_let_be(requirement: str) -> None:
    assert pin_findings("run.txt", f"{requirement}\n") == []


def test_a_dependency_missing_from_the_requirements_is_found() -> None:
    requirements = f"asyncpg==0.31 {HASH}\nzope-interface==7 {HASH}\n"

    assert unlocked(["asyncpg>=0.3", "zope.interface", "typst>=1"], requirements) == ["typst>=1"]
