"""Where the repository's parts come from: pinned by hash, and never from a named index.

A deployment chooses its own package index; a host written here would override that choice, or
be a place to fetch from that nobody watches.
"""

import re
from collections.abc import Iterator
from typing import Final

# Each host is put together so that this file does not name it.
_HOSTS: Final = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
        ("maven", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
)
_HOST: Final = re.compile(
    rf"(?<![\w-])(?:[\w-]+\.)*(?:{'|'.join(map(re.escape, _HOSTS))})(?![\w-])", re.IGNORECASE
)
_INDEX_SETTING: Final = re.compile(
    r"^\s*(?:--(?:extra-)?index-url|-i\s|--find-links|-f\s|--trusted-host"
    r"|(?:extra-)?index-url\s*=|\[\[?tool\.\w+\.(?:index|source)\]?\])"
)
_PINNED: Final = re.compile(
    r"[A-Za-z0-9][\w.-]*(?:\[[\w,.-]+\])?==[\w.!+]+"
    r"(?:\s*;[^\\]*)?"
    r"(?:\s+--hash=sha256:[0-9a-f]{64})+"
)
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*")


def host_findings(path: str, text: str) -> list[str]:
    """Every line of a file that names a package index's host or sets an index."""
    return [
        f"{path}:{number}: {fact}"
        for number, line in enumerate(text.splitlines(), start=1)
        if (fact := _index_in(line))
    ]


def pin_findings(path: str, text: str) -> list[str]:
    """Every requirement of a file that is not one version with its hashes."""
    return [
        f"{path}: {requirement.split()[0]} is not pinned with hashes"
        for requirement in _requirements(text)
        if not _PINNED.fullmatch(requirement)
    ]


def unlocked(dependencies: list[str], requirements: str) -> list[str]:
    """The dependencies whose name no requirement has: the lock is older than they are."""
    locked = {_name_of(requirement) for requirement in _requirements(requirements)}
    return [one for one in dependencies if _name_of(one) not in locked]


def _index_in(line: str) -> str | None:
    if host := _HOST.search(line):
        return f"names {host.group()}"
    return "sets an index" if _INDEX_SETTING.match(line) else None


def _requirements(text: str) -> Iterator[str]:
    """The logical lines of a requirements file, without comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            yield " ".join(line.split())


def _name_of(requirement: str) -> str:
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found.group() if found else "").lower()
