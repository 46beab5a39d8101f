"""A sheet: a document as headings, paragraphs and tables, before it is HTML or PDF.

Everything in it is text to be shown and nothing is markup; who prints it escapes it.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bezant.kernel.texts import Language


class Span(msgspec.Struct, frozen=True):
    """A piece of running text."""

    text: str
    strong: bool = False


Spans = Sequence[Span]


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading below the title."""

    text: str


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """A paragraph."""

    spans: Spans


class Bullets(msgspec.Struct, frozen=True, tag="bullets"):
    """A list of points."""

    items: Sequence[Spans]


class Column(msgspec.Struct, frozen=True):
    """A column of a table; figures stand to the right and are not broken."""

    title: str
    is_figure: bool = False


class Grid(msgspec.Struct, frozen=True, tag="grid"):
    """A table with a heading for each column. A cell may have several lines."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    """A table of names and values; `sums` are figures, the last of them the one that counts."""

    caption: str
    rows: Sequence[tuple[str, str]]
    sums: bool = False


Block = Heading | Paragraph | Bullets | Grid | Facts


class Sheet(msgspec.Struct, frozen=True):
    """A whole document. `foot` stands under every page; `at` is the document's own time."""

    language: Language
    title: str
    blocks: Sequence[Block]
    foot: str
    page_of: str
    at: datetime
