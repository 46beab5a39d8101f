"""The paginator against Laravel's rules, stated a second time and differently.

Here a link is shown because of where its page stands, one page at a time, and a gap is
simply a jump in the numbers shown; nothing is built from runs.
"""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.paging import Page, PageRequest
from bezant.web.paging import Paginator, paginate_rendered

SHOWN_WITHOUT_SLIDING = 13
NEAR_AN_END = 7
SHOWN_NEAR_AN_END = 10


def is_shown(page: int, *, current: int, last: int) -> bool:
    """Whether `page` has a link of its own when `current` is on screen."""
    from_the_end = last - page + 1
    if last <= SHOWN_WITHOUT_SLIDING or min(page, from_the_end) <= 2:
        return True
    if current <= NEAR_AN_END:
        return page <= SHOWN_NEAR_AN_END
    if last - current < NEAR_AN_END:
        return from_the_end <= SHOWN_NEAR_AN_END
    return abs(page - current) <= 3


def expected_links(*, current: int, last: int) -> list[tuple[str | None, str, bool]]:
    shown = [n for n in range(1, last + 1) if is_shown(n, current=current, last=last)]
    previous = f"/?page={current - 1}" if current != 1 else None
    links: list[tuple[str | None, str, bool]] = [(previous, "pagination.previous", False)]
    for before, page in pairwise([0, *shown]):
        if page - before > 1:
            links.append((None, "...", False))
        links.append((f"/?page={page}", str(page), page == current))
    following = f"/?page={current + 1}" if current + 1 <= last else None
    return [*links, (following, "pagination.next", False)]


def paginator_of(*, number: int, rows: int, total: int) -> Paginator[int]:
    data = list(range(total))[(number - 1) * rows : number * rows]
    return paginate_rendered(Page(data, total, PageRequest(number, rows)))


def check(*, number: int, rows: int, total: int) -> None:
    got = paginator_of(number=number, rows=rows, total=total)
    pages = [list(range(total))[start : start + rows] for start in range(0, total, rows)] or [[]]
    last = len(pages)
    data = pages[number - 1] if number <= last else []
    links = [(link.url, link.label, link.active) for link in got.links]
    assert (got.current_page, got.per_page, got.total) == (number, rows, total)
    assert (got.last_page, got.last_page_url) == (last, f"/?page={last}")
    assert (got.first_page_url, got.path) == ("/?page=1", "/")
    assert got.data == data
    assert (got.from_, got.to) == ((data[0] + 1, data[-1] + 1) if data else (None, None))
    assert links == expected_links(current=number, last=last)
    assert (got.prev_page_url, got.next_page_url) == (links[0][0], links[-1][0])


def test_every_page_of_up_to_sixty_pages_has_laravels_links() -> None:
    for total in range(61):
        for number in range(1, total + 5):
            check(number=number, rows=1, total=total)


def test_every_small_list_splits_into_pages_as_laravel_splits_it() -> None:
    for rows in range(1, 8):
        for total in range(4 * rows + 2):
            for number in range(1, 7):
                check(number=number, rows=rows, total=total)


@given(number=st.integers(1, 400), rows=st.integers(1, 120), total=st.integers(0, 3_000))
def test_any_page_of_any_list_follows_laravels_rules(number: int, rows: int, total: int) -> None:
    check(number=number, rows=rows, total=total)


@given(last=st.integers(14, 1_000_000), data=st.data())
def test_a_long_list_always_shows_both_ends_and_the_current_page(
    last: int, data: st.DataObject
) -> None:
    current = data.draw(st.integers(1, last))
    page = Page([current], last, PageRequest(current, 1))
    links = paginate_rendered(page).links[1:-1]
    labels = [link.label for link in links]
    assert labels[:2] == ["1", "2"]
    assert labels[-2:] == [str(last - 1), str(last)]
    assert [link.label for link in links if link.active] == [str(current)]
    assert len(labels) == 13
