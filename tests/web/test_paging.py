"""The paginator's wire form: the published example, and pages at the edges."""

import msgspec
import pytest

from bezant.kernel.paging import Page, PageRequest
from bezant.web.paging import Paginator, paginate, paginate_rendered


def page_of(*, number: int, rows: int = 10, total: int) -> Paginator[str]:
    request = PageRequest(number, rows)
    numbers = range(request.offset + 1, min(request.offset + rows, total) + 1)
    return paginate(Page(numbers, total, request), str)


def labels(paginator: Paginator[str]) -> str:
    return " ".join(link.label for link in paginator.links[1:-1])


def test_the_single_page_of_the_published_example_comes_out_byte_for_byte() -> None:
    rendered = paginate_rendered(Page(["basket"], 1, PageRequest(1, 10)))
    assert msgspec.json.encode(rendered).decode() == (
        '{"current_page":1,"data":["basket"],"first_page_url":"/?page=1","from":1,'
        '"last_page":1,"last_page_url":"/?page=1","links":['
        '{"url":null,"label":"pagination.previous","active":false},'
        '{"url":"/?page=1","label":"1","active":true},'
        '{"url":null,"label":"pagination.next","active":false}],'
        '"next_page_url":null,"path":"/","per_page":10,"prev_page_url":null,"to":1,"total":1}'
    )


def test_rows_are_rendered_in_their_order() -> None:
    assert page_of(number=2, rows=3, total=8).data == ["4", "5", "6"]


def test_an_empty_result_is_page_one_of_one_without_from_and_to() -> None:
    empty = page_of(number=1, total=0)
    assert (empty.current_page, empty.last_page, empty.total) == (1, 1, 0)
    assert (empty.from_, empty.to, empty.data) == (None, None, [])
    assert labels(empty) == "1"


def test_a_page_past_the_end_keeps_its_number_and_is_empty() -> None:
    past = page_of(number=9, total=25)
    assert (past.current_page, past.last_page, past.data) == (9, 3, [])
    assert (past.from_, past.to) == (None, None)
    assert (past.prev_page_url, past.next_page_url) == ("/?page=8", None)
    assert labels(past) == "1 2 3"
    assert not any(link.active for link in past.links)


def test_a_middle_page_leads_both_ways() -> None:
    middle = page_of(number=2, total=25)
    assert (middle.prev_page_url, middle.next_page_url) == ("/?page=1", "/?page=3")
    assert middle.links[0].url == "/?page=1"
    assert middle.links[-1].url == "/?page=3"
    assert (middle.from_, middle.to, middle.last_page_url) == (11, 20, "/?page=3")


def test_the_last_page_may_be_short() -> None:
    last = page_of(number=3, total=25)
    assert (last.from_, last.to, last.next_page_url) == (21, 25, None)


@pytest.mark.parametrize(
    ("number", "last", "shown"),
    [
        (7, 13, "1 2 3 4 5 6 7 8 9 10 11 12 13"),
        (7, 14, "1 2 3 4 5 6 7 8 9 10 ... 13 14"),
        (8, 14, "1 2 ... 5 6 7 8 9 10 11 12 13 14"),
        (8, 15, "1 2 ... 5 6 7 8 9 10 11 ... 14 15"),
        (1, 60, "1 2 3 4 5 6 7 8 9 10 ... 59 60"),
        (30, 60, "1 2 ... 27 28 29 30 31 32 33 ... 59 60"),
        (53, 60, "1 2 ... 50 51 52 53 54 55 56 ... 59 60"),
        (54, 60, "1 2 ... 51 52 53 54 55 56 57 58 59 60"),
        (99, 60, "1 2 ... 51 52 53 54 55 56 57 58 59 60"),
    ],
)
def test_the_window_slides_as_laravels_does(number: int, last: int, shown: str) -> None:
    assert labels(page_of(number=number, rows=1, total=last)) == shown


def test_a_gap_leads_nowhere_and_is_never_active() -> None:
    gaps = [link for link in page_of(number=30, total=600).links if link.label == "..."]
    assert [(gap.url, gap.active) for gap in gaps] == [(None, False)] * 2
