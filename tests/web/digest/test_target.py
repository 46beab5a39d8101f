"""The target: byte for byte what was asked for, but for a bare question mark."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bezant.web.digest.target import target_matches


def matches(uri: str, *, path: bytes = b"/x", query: bytes = b"", prefix: str = "") -> bool:
    return target_matches(uri, raw_path=path, query=query, path_prefix=prefix)


@pytest.mark.parametrize("uri", ["/x", "/x?"])
def test_a_bare_question_mark_makes_no_difference_when_there_is_no_query(uri: str) -> None:
    assert matches(uri)


@pytest.mark.parametrize(
    "uri", ["/x??", "/x?a", "/x/", "/X", "x", "", "?", "/", "/y", "//x", " /x", "/x "]
)
def test_another_target_does_not_match(uri: str) -> None:
    assert not matches(uri)


def test_the_query_is_part_of_the_target() -> None:
    assert matches("/x?page=1&total=10", query=b"page=1&total=10")
    assert matches("/x??", query=b"?")
    for other in [
        "/x",
        "/x?",
        "/x?page=1",
        "/x?total=10&page=1",
        "/x?page=1&total=10&",
        "/x?page=1&total=1",
    ]:
        assert not matches(other, query=b"page=1&total=10")


@pytest.mark.parametrize(
    "uri", ["/%C5%9f", "/%c5%9f", "/ş", "/s", "/%25C5%259F", "http://host/%C5%9F"]
)
def test_another_spelling_of_the_same_path_is_another_target(uri: str) -> None:
    assert matches("/%C5%9F", path=b"/%C5%9F")
    assert not matches(uri, path=b"/%C5%9F")


def test_a_path_sent_in_raw_utf8_matches_itself() -> None:
    assert matches("/ş?ğ", path="/ş".encode(), query="ğ".encode())


def test_a_target_that_is_no_path_matches_itself() -> None:
    assert matches("*", path=b"*")
    assert matches("http://host/x?a", path=b"http://host/x", query=b"a")


def test_a_prefix_that_the_proxy_strips_is_part_of_what_the_client_asked_for() -> None:
    assert matches("/api/x", prefix="/api")
    assert matches("/api/x?", prefix="/api")
    assert matches("/api/x?a=1", query=b"a=1", prefix="/api")
    assert not matches("/x", prefix="/api")
    assert not matches("/api/x")


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"), min_size=1))
def test_only_the_whole_target_matches(path: str, query: str) -> None:
    target = f"{path}?{query}"
    assert matches(target, path=path.encode(), query=query.encode())
    for end in range(len(target)):
        assert not matches(target[:end], path=path.encode(), query=query.encode())


@given(st.binary(), st.binary(), st.text(st.characters(codec="utf-8")))
def test_a_target_that_is_not_the_bytes_asked_for_never_matches(
    path: bytes, query: bytes, uri: str
) -> None:
    sent = path + b"?" + query
    assume(uri.encode() not in (sent, sent.removesuffix(b"?")))
    assert not matches(uri, path=path, query=query)
