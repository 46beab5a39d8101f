"""Reading what was sent: the shape, or all that is wrong with it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language
from bezant.web.partner.api import OPERATIONS
from bezant.web.reading import (
    MAX_QUERY_BYTES,
    MAX_QUERY_FIELDS,
    parse_body,
    parse_query,
    read_body,
    read_fields,
    read_query,
)
from bezant.web.refusals import BodyNotJson, RequestMalformed

QUERIES = [each.query for each in OPERATIONS if each.query is not None]
BODIES = [each.body for each in OPERATIONS if each.body is not None]
PATHS = [each.path_shape for each in OPERATIONS if each.path_shape is not None]


class Finish(StrEnum):
    """A choice; no choice is an empty text."""

    NONE = ""
    MATT = "matt"
    PROOF = "proof"


class Engraving(Struct, frozen=True):
    """A nested shape."""

    text: Annotated[str, Meta(min_length=2, max_length=5)]
    lines: Annotated[int, Meta(ge=1, le=3)] | None = None


class Strike(Struct, frozen=True, kw_only=True):
    """A shape with a field of every kind."""

    name: Annotated[str, Meta(min_length=2, max_length=5)]
    mark: Annotated[str, Meta(min_length=4, max_length=4)] | None = None
    code: Annotated[str, Meta(pattern="^[a-z]{3}$")] | None = None
    pieces: Annotated[int, Meta(ge=1, le=9)] | None = None
    serial: Annotated[int, Meta(ge=7)] | None = None
    finish: Finish | None = None
    day: date | None = None
    boxed: bool | None = None
    sizes: Annotated[list[int], Meta(max_length=2)] | None = None
    engraving: Engraving | None = None
    engravings: Annotated[list[Engraving], Meta(max_length=2)] | None = None


class Whose(Struct, frozen=True):
    """A shape that names a customer, by one of the two spellings."""

    external_customer_id: str


class WhoseElse(Struct, frozen=True):
    """The other spelling."""

    customer_external_id: str | None = None


def faults(**fields: object) -> dict[str, list[str]]:
    """What is wrong with a body, by path, as catalogue keys."""
    with pytest.raises(Invalid) as refused:
        read_body(Strike, msgspec.json.encode(fields))
    return keys(refused.value)


def keys(refused: Invalid) -> dict[str, list[str]]:
    return {path: [text.key for text in texts] for path, texts in refused.fields.items()}


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("name", None, "field.required"),
        ("name", "", "field.required"),
        ("name", "n", "field.length"),
        ("name", "n" * 6, "field.length"),
        ("name", 12, "field.text"),
        ("name", ["ab"], "field.text"),
        ("name", "a\x00b", "field.unholdable"),
        ("mark", "abc", "field.exact_length"),
        ("code", "ABC", "field.pattern"),
        ("code", "abc\n", "field.pattern"),
        ("pieces", 0, "field.range"),
        ("pieces", 10, "field.range"),
        ("pieces", 1.5, "field.integer"),
        ("pieces", "3", "field.range"),
        ("pieces", True, "field.integer"),
        ("serial", 6, "field.at_least"),
        ("serial", {}, "field.integer"),
        ("finish", "shiny", "field.choice"),
        ("finish", 1, "field.choice"),
        ("day", "2026-02-30", "field.date"),
        ("day", 20260230, "field.date"),
        ("boxed", "yes", "field.boolean"),
        ("boxed", 1, "field.boolean"),
        ("sizes", [1, 2, 3], "field.list_length"),
        ("sizes", {"0": 1}, "field.list"),
        ("sizes", ["a"], "field.list"),
        ("engraving", "text", "field.object"),
        ("engraving", [], "field.object"),
        ("engravings", {}, "field.list"),
        ("engravings", [{}, {}, {}], "field.list_length"),
    ],
)
def test_each_kind_of_fault_has_its_text(field: str, value: object, key: str) -> None:
    assert faults(**{"name": "Ay", field: value}) == {field: [key]}


def test_a_text_names_the_bounds_and_the_choices() -> None:
    with pytest.raises(Invalid) as refused:
        read_body(Strike, b'{"name": "n", "mark": "m", "pieces": 0, "serial": 1, "finish": "x"}')

    said = {path: texts[0].into(Language.EN) for path, texts in refused.value.fields.items()}
    facts = {path: texts[0].facts for path, texts in refused.value.fields.items()}
    assert facts == {
        "name": {"min": 2, "max": 5},
        "mark": {"length": 4},
        "pieces": {"min": 1, "max": 9},
        "serial": {"min": 7},
        "finish": {"choices": "matt, proof"},
    }
    assert "matt, proof" in said["finish"]


def test_all_that_is_wrong_is_said_at_once_by_its_path() -> None:
    said = faults(
        code="ABC",
        engraving={"text": "x", "lines": 4},
        engravings=[{"text": "fine"}, {"lines": 0}],
        pieces=0,
    )

    assert said == {
        "name": ["field.required"],
        "code": ["field.pattern"],
        "pieces": ["field.range"],
        "engraving.text": ["field.length"],
        "engraving.lines": ["field.range"],
        "engravings.1.text": ["field.required"],
        "engravings.1.lines": ["field.range"],
    }


def test_a_fault_within_a_list_names_the_element_itself() -> None:
    assert faults(name="Ay", engravings=[{"text": "fine"}, 5]) == {"engravings.1": ["field.object"]}


def test_a_body_is_read_into_its_shape() -> None:
    read = read_body(
        Strike,
        b'{"name": "Ay", "pieces": 3, "finish": "matt", "day": "2026-02-28", "boxed": false,'
        b'"sizes": [1], "engraving": {"text": "ab"}, "engravings": [{"text": "cd", "lines": 2}]}',
    )

    assert read == Strike(
        name="Ay",
        pieces=3,
        finish=Finish.MATT,
        day=date(2026, 2, 28),
        boxed=False,
        sizes=[1],
        engraving=Engraving("ab"),
        engravings=[Engraving("cd", 2)],
    )


def test_a_querys_numbers_dates_and_truths_are_texts() -> None:
    read = read_query(Strike, b"name=Ay&pieces=3&day=2026-02-28&boxed=true&code=a%62c")

    assert read == Strike(name="Ay", pieces=3, day=date(2026, 2, 28), boxed=True, code="abc")


@pytest.mark.parametrize("text", ["3.5", "three", "1e3", "0x1", "9" * 5_000])
def test_a_querys_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_query(Strike, f"name=Ay&pieces={text}".encode())

    assert list(refused.value.fields) == ["pieces"]


def test_of_a_query_field_that_comes_twice_the_last_counts() -> None:
    assert parse_query(b"name=Ay&name=Su&flag&empty=") == {"name": "Su", "flag": "", "empty": ""}


def test_a_querys_plus_is_a_space_and_its_percents_are_utf8() -> None:
    assert parse_query(b"na%6De=%C3%A7ar%C5%9F%C4%B1+%2B") == {"name": "çarşı +"}


@pytest.mark.parametrize("raw", [b"name=%FF", b"name=\xff", b"%C3=1", b"n=%ED%A0%80"])
def test_a_query_that_is_not_utf8_is_malformed(raw: bytes) -> None:
    with pytest.raises(RequestMalformed):
        read_query(Strike, raw)


def test_a_query_has_bounds() -> None:
    most = b"&".join(b"a=1" for _ in range(MAX_QUERY_FIELDS))
    longest = b"a=" + b"b" * (MAX_QUERY_BYTES - 2)
    assert (parse_query(most), len(parse_query(longest))) == ({"a": "1"}, 1)

    for over in (most + b"&a=1", longest + b"b"):
        with pytest.raises(RequestMalformed):
            parse_query(over)


def test_an_empty_text_null_and_nothing_are_the_same() -> None:
    alone = read_body(Strike, b'{"name": "Ay"}')

    assert alone == read_body(Strike, b'{"name": "Ay", "code": "", "pieces": null, "finish": ""}')
    assert alone == read_query(Strike, b"name=Ay&code=&pieces=&finish=&boxed")
    assert read_body(WhoseElse, b"") == WhoseElse()


def test_what_is_not_known_is_ignored() -> None:
    assert read_body(Strike, b'{"name": "Ay", "colour": {"a": [1]}}') == Strike(name="Ay")
    assert read_query(Strike, b"name=Ay&colour=red") == Strike(name="Ay")


@pytest.mark.parametrize("spelling", ["external_customer_id", "customer_external_id"])
def test_both_spellings_of_the_customers_id_are_understood(spelling: str) -> None:
    body, query = f'{{"{spelling}": "c1"}}'.encode(), f"{spelling}=c1".encode()

    assert read_body(Whose, body) == read_query(Whose, query) == Whose("c1")
    assert read_body(WhoseElse, body) == read_query(WhoseElse, query) == WhoseElse("c1")


def test_the_spelling_that_is_asked_for_wins_unless_it_is_empty() -> None:
    both = b"external_customer_id=own&customer_external_id=other"

    assert read_query(Whose, both) == Whose("own")
    assert read_query(WhoseElse, both) == WhoseElse("other")
    assert read_query(Whose, b"external_customer_id=&customer_external_id=c1") == Whose("c1")
    with pytest.raises(Invalid) as refused:
        read_query(Whose, b"customer_external_id=")
    assert keys(refused.value) == {"external_customer_id": ["field.required"]}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b" ",
        b"{}{}",
        b"\xff",
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b"{'name': 1}",
        b'{"a": NaN}',
        b'{"a":' * 10_000,
        b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
)
def test_what_is_no_json_object_is_refused_as_that(raw: bytes) -> None:
    with pytest.raises(BodyNotJson):
        parse_body(raw)


@pytest.mark.parametrize("number", ["1e400", "1" * 300, "-1", "1e-400", "99999999999999999999"])
def test_a_number_beyond_all_bounds_is_a_fault_of_its_field(number: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(Strike, f'{{"name": "Ay", "pieces": {number}}}'.encode())

    assert list(refused.value.fields) == ["pieces"]


def tries(shapes: list[type[Struct]]) -> st.SearchStrategy[tuple[type[Struct], dict[str, object]]]:
    """A shape, and an object that has some of its fields with whatever in them."""
    scalar = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    )
    anything = st.recursive(
        scalar,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
        ),
        max_leaves=5,
    )
    return st.sampled_from(shapes).flatmap(
        lambda shape: st.tuples(
            st.just(shape),
            st.dictionaries(
                st.sampled_from(shape.__struct_encode_fields__) | st.text(max_size=5),
                anything,
                max_size=8,
            ),
        )
    )


def faults_said(read: Callable[[], Struct], shape: type[Struct]) -> list[str]:
    """What is wrong with each field, in both languages: a text that is missing would raise."""
    try:
        assert isinstance(read(), shape)
    except Invalid as refused:
        texts = [text for each in refused.fields.values() for text in each]
        return [text.into(language) for text in texts for language in Language] or [""]
    except (BodyNotJson, RequestMalformed):
        pass
    return []


@given(st.sampled_from(QUERIES), st.binary(max_size=60))
def test_any_bytes_are_a_query_or_are_refused(shape: type[Struct], raw: bytes) -> None:
    assert all(faults_said(lambda: read_query(shape, raw), shape))


@given(st.sampled_from(BODIES), st.binary(max_size=60))
def test_any_bytes_are_a_body_or_are_refused(shape: type[Struct], raw: bytes) -> None:
    assert all(faults_said(lambda: read_body(shape, raw), shape))


@given(tries(BODIES))
def test_any_object_is_a_body_or_its_faults_are_named(
    tried: tuple[type[Struct], dict[str, object]],
) -> None:
    shape, fields = tried

    assert all(faults_said(lambda: read_body(shape, msgspec.json.encode(fields)), shape))


@given(st.sampled_from([*QUERIES, *PATHS]), st.data())
def test_any_texts_are_fields_or_their_faults_are_named(
    shape: type[Struct], data: st.DataObject
) -> None:
    fields = data.draw(
        st.dictionaries(st.sampled_from(shape.__struct_encode_fields__), st.text(max_size=40))
    )

    assert all(faults_said(lambda: read_fields(shape, fields), shape))


class Sum(Struct, frozen=True, kw_only=True):
    """A shape with a number that need not be whole."""

    total: Decimal


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1e9999999999999999999"])
def test_what_no_number_compares_with_is_no_number(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_query(Sum, f"total={text}".encode())

    assert list(refused.value.fields) == ["total"]


def test_a_number_is_a_text_in_a_query_alone() -> None:
    assert read_query(Sum, b"total=12.50").total == Decimal("12.50")
    assert read_body(Sum, b'{"total": 12.50}').total == Decimal("12.50")
    with pytest.raises(Invalid):
        read_body(Sum, b'{"total": "12.50"}')
