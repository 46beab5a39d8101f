"""Laravel's length-aware paginator, as it goes over the wire.

Invariants: the keys and their order are the contract's; page URLs are `/?page=N` and carry
no other parameter; `current_page` is what was asked, also past the end, where `data` is
empty and `from` and `to` are null. Which page numbers are shown is the rule of Laravel's
`UrlWindow` with three pages on each side.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, Generic, TypeVar

from msgspec import Struct, field

from bezant.kernel.paging import Page

Row = TypeVar("Row")
Source = TypeVar("Source")

PATH: Final = "/"
PREVIOUS_LABEL: Final = "pagination.previous"
NEXT_LABEL: Final = "pagination.next"
GAP_LABEL: Final = "..."


class PageLink(Struct, frozen=True, gc=False):
    """One entry of the row of links: a page, an arrow, or a gap (which leads nowhere)."""

    url: str | None
    label: str
    active: bool


class Paginator(Struct, Generic[Row], frozen=True):
    """One page of rows and the way to the others. `total` counts the rows of all pages."""

    current_page: int
    data: list[Row]
    first_page_url: str
    from_: int | None = field(name="from")
    last_page: int
    last_page_url: str
    links: tuple[PageLink, ...]
    next_page_url: str | None
    path: str
    per_page: int
    prev_page_url: str | None
    to: int | None
    total: int


def paginate(page: Page[Source], row: Callable[[Source], Row]) -> Paginator[Row]:
    """The wire's paginator of `page`, each of its rows rendered by `row`."""
    request = page.request
    current, per_page, total = request.number, request.rows, page.total
    data = [row(source) for source in page.rows]
    last = max(-(-total // per_page), 1)
    links = _links(current, last)
    return Paginator(
        current_page=current,
        data=data,
        first_page_url=_FIRST_PAGE_URL,
        from_=request.offset + 1 if data else None,
        last_page=last,
        last_page_url=_url(last),
        links=links,
        next_page_url=links[-1].url,
        path=PATH,
        per_page=per_page,
        prev_page_url=links[0].url,
        to=request.offset + len(data) if data else None,
        total=total,
    )


def paginate_rendered(page: Page[Row]) -> Paginator[Row]:
    """The wire's paginator of a page whose rows are in their wire shape already."""
    return paginate(page, _as_it_is)


def _as_it_is(row: Row) -> Row:
    return row


# Almost every request asks for one of the first pages of a short list, and the links
# depend on two numbers only. The limit bounds what a caller who walks far can fill.
@lru_cache(maxsize=4_096)
def _links(current: int, last: int) -> tuple[PageLink, ...]:
    previous_url = _url(current - 1) if current > 1 else None
    next_url = _url(current + 1) if current < last else None
    return (
        PageLink(previous_url, PREVIOUS_LABEL, active=False),
        *_page_links(current, last),
        PageLink(next_url, NEXT_LABEL, active=False),
    )


def _page_links(current: int, last: int) -> Iterable[PageLink]:
    for number, run in enumerate(_runs(current, last)):
        if number:
            yield PageLink(None, GAP_LABEL, active=False)
        for page in run:
            yield PageLink(_url(page), str(page), active=page == current)


_ON_EACH_SIDE: Final = 3
_CAP: Final = 2
# Laravel slides only where the window, both caps and both gaps have room.
_ROOM_TO_SLIDE: Final = _ON_EACH_SIDE * 2 + 8
_NEAR: Final = _ON_EACH_SIDE + 4
_LONG_RUN: Final = _NEAR + _ON_EACH_SIDE


def _runs(current: int, last: int) -> tuple[range, ...]:
    """The runs of page numbers that are shown; between two runs there is a gap."""
    if last < _ROOM_TO_SLIDE:
        return (range(1, last + 1),)
    start, finish = range(1, _CAP + 1), range(last - _CAP + 1, last + 1)
    if current <= _NEAR:
        return range(1, _LONG_RUN + 1), finish
    if current > last - _NEAR:
        return start, range(last - _LONG_RUN + 1, last + 1)
    return start, range(current - _ON_EACH_SIDE, current + _ON_EACH_SIDE + 1), finish


def _url(page: int) -> str:
    return f"{PATH}?page={page}"


_FIRST_PAGE_URL: Final = _url(1)
