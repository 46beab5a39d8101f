"""Texts for these tests, and what a printed document says."""

import re
from datetime import UTC, datetime
from html import unescape

from bezant.kernel.texts import Language
from bezant.legal.model import Document, DocumentInForce, DocumentType, Draft

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TITLE = "# Başlık\n\n"


def make_document(body: str = f"{TITLE}Metin.", *, language: Language = Language.TR) -> Document:
    """A published text with this body."""
    listed = DocumentInForce(
        type=DocumentType.DISTANCE_SALES,
        language=language,
        version=3,
        name="Sözleşme",
        is_required=True,
        valid_from=LONG_AGO,
        sha256="0" * 64,
    )
    return Document(listed, body)


def make_draft(
    *,
    at: datetime,
    type_: DocumentType = DocumentType.PRIVACY,
    body: str = f"{TITLE}Yeni metin.",
    is_required: bool = False,
) -> Draft:
    """A text to be published, in force from `at` on."""
    return Draft(
        type=type_,
        language=Language.TR,
        name="Yeni",
        body=body,
        is_required=is_required,
        valid_from=at,
    )


def shown(page: bytes) -> str:
    """What a reader sees of an HTML page's body, in one line."""
    body = page.decode().partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
