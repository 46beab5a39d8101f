"""The markup of published texts: very little, so that nothing in it can go wrong later.

    # Title                    the first line, once
    ## Heading
    - a point of a list
    **strong**                 inside a paragraph or a point
    {buyer}                    a place that the deal fills
    @items                     a line of its own: a table of the deal

Everything else is a paragraph; a blank line ends one. A text is read when it is published, and
one that cannot be filled is refused then, never when a customer is waiting for it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Fact


class Place(StrEnum):
    """What a deal fills in running text."""

    SELLER = "seller"
    OPERATOR = "operator"
    OPERATOR_ADDRESS = "operator_address"
    OPERATOR_CONTACT = "operator_contact"
    NUMBER = "number"
    AT = "at"
    DAY = "day"
    BUYER = "buyer"
    BUYER_EMAIL = "buyer_email"
    BUYER_PHONE = "buyer_phone"
    BUYER_IDENTITY_NUMBER = "buyer_identity_number"
    SHIPPING_ADDRESS = "shipping_address"
    BILLING_ADDRESS = "billing_address"
    TOTAL = "total"
    PAID_TOTAL = "paid_total"
    HOW_PAID = "how_paid"


class Insert(StrEnum):
    """The tables of a deal."""

    PARTIES = "parties"
    ITEMS = "items"
    TOTALS = "totals"
    ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, or a place that is to be filled."""

    what: str | Place
    strong: bool


Pieces = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class HeadingText:
    """A heading with its places."""

    pieces: Pieces


@dataclass(frozen=True, slots=True)
class ParagraphText:
    """A paragraph with its places."""

    pieces: Pieces


@dataclass(frozen=True, slots=True)
class ListText:
    """A list with the places of each point."""

    items: Sequence[Pieces]


TextBlock = HeadingText | ParagraphText | ListText | Insert


@dataclass(frozen=True, slots=True)
class Template:
    """A text as it was read."""

    title: str
    blocks: Sequence[TextBlock]


# A deployment has a handful of texts, and every document begins with reading one.
@lru_cache(maxsize=64)
def read_template(body: str) -> Template:
    """Reads a text. Raises `Invalid` on `body`, naming the line that cannot be read."""
    first, _, rest = body.partition("\n")
    title = first.removeprefix("# ").strip()
    if not first.startswith("# ") or not title or _SPECIAL.search(title):
        raise _refused("legal.no_title", line=1)
    return Template(title, tuple(_block(lines) for lines in _paragraphs(rest)))


_Lines = Sequence[tuple[int, str]]


def _paragraphs(text: str) -> Iterator[_Lines]:
    """The groups of lines that stand together, each line with its number."""
    group: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=2):
        stripped = line.strip()
        if not stripped or stripped.startswith(("## ", "@")):
            if group:
                yield group
            group = []
        if stripped.startswith(("## ", "@")):
            yield [(number, stripped)]
        elif stripped:
            group.append((number, stripped))
    if group:
        yield group


def _block(lines: _Lines) -> TextBlock:
    number, first = lines[0]
    if first.startswith("@"):
        if first[1:] not in set(Insert):
            raise _refused("legal.no_such_insert", line=number, name=first)
        return Insert(first[1:])
    if first.startswith("## "):
        return HeadingText(_pieces(number, first.removeprefix("## ")))
    if first.startswith("#"):
        raise _refused("legal.no_such_heading", line=number)
    if first.startswith("- "):
        return ListText(tuple(_pieces(at, point) for at, point in _points(lines)))
    return ParagraphText(_pieces(number, " ".join(line for _, line in lines)))


def _points(lines: _Lines) -> list[tuple[int, str]]:
    """The points of a list; a line without a dash goes on with the point before it."""
    points: list[tuple[int, str]] = []
    for number, line in lines:
        if line.startswith("- "):
            points.append((number, line.removeprefix("- ")))
        else:
            at, point = points[-1]
            points[-1] = (at, f"{point} {line}")
    return points


def _pieces(line: int, text: str) -> Pieces:
    pieces: list[Piece] = []
    strong = False
    for part in _SPECIAL.split(text):
        if part == "**":
            strong = not strong
        elif part.startswith("{") and part[1:-1] in set(Place):
            pieces.append(Piece(Place(part[1:-1]), strong))
        elif "{" in part or "}" in part:
            raise _refused("legal.no_such_place", line=line, name=part)
        elif part:
            pieces.append(Piece(part, strong))
    if strong:
        raise _refused("legal.strong_without_end", line=line)
    return tuple(pieces)


_SPECIAL: Final = re.compile(r"(\*\*|\{[^{}]*\}|[{}])")


def _refused(key: str, **facts: Fact) -> Invalid:
    return Invalid.field("body", key, **facts)
