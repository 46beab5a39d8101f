"""The reference as files: for `bezant docs`, and for reading in the repository."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bezant.kernel.texts import Language
from bezant.web.partner.api import OPERATIONS
from bezant.web.reference.chapters import error_rows
from bezant.web.reference.openapi import openapi_document

BASE_URL: Final = "http://127.0.0.1:8080"


def write_reference(directory: Path) -> Sequence[Path]:
    """Writes the reference into `directory`; the files that were written."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in reference_files().items():
        path = directory / name
        path.write_bytes(content)
        written.append(path)
    return written


def reference_files() -> dict[str, bytes]:
    """The files of the reference by name."""
    return {
        "openapi.json": openapi_document(OPERATIONS, base_url=BASE_URL),
        "errors.md": _errors().encode(),
    }


def _errors() -> str:
    lines = [
        "# Error codes",
        "",
        "Every refusal's `code` is its HTTP status and two digits, and is stable. Words in braces",
        "are filled in. `make docs` writes this page.",
        "",
        "| status | code | name | English | Turkish |",
        "|---|---|---|---|---|",
    ]
    turkish = {row.code: row.text for row in error_rows(Language.TR)}
    lines += [
        f"| {row.status} | {row.code} | `{row.name}` | {row.text} | {turkish[row.code]} |"
        for row in error_rows(Language.EN)
    ]
    return "\n".join(lines) + "\n"
