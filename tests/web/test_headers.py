"""What is read of the headers: twice, empty, or not there at all."""

import pytest

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language
from bezant.web.headers import LATEST_VERSION, ApiVersion, RequestHeaders, read_headers


def read(*headers: tuple[str, str]) -> RequestHeaders:
    return read_headers([(name.encode(), value.encode("latin-1")) for name, value in headers])


def test_a_header_that_is_not_there_has_its_default() -> None:
    headers = read()

    assert (headers.channel(), headers.version(), headers.language) == (
        "web",
        LATEST_VERSION,
        Language.TR,
    )
    assert LATEST_VERSION is ApiVersion.THREE
    assert headers.key_for_repetition() is None
    assert headers.announced_bytes() == 0
    assert (headers.authorization, headers.forwarded_for, headers.content_type) == ("", "", "")


@pytest.mark.parametrize(
    "sent",
    [
        [("api-version", "3"), ("api-version", "2")],
        [("api-version", "3, 2")],
        [("api-version", "3,2,")],
        [("api-version", " 2 ")],
        [("api-version", "2"), ("api-version", "")],
        [("api-version", ""), ("api-version", "2"), ("api-version", " , ")],
    ],
)
def test_the_last_value_that_is_not_empty_wins(sent: list[tuple[str, str]]) -> None:
    assert read(*sent).version() is ApiVersion.TWO


@pytest.mark.parametrize("name", ["api-version", "x-client-id", "idempotency-key"])
@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_header_is_as_one_that_is_not_there(name: str, value: str) -> None:
    assert read((name, value)) == read()


@pytest.mark.parametrize("version", ["4", "0", "3.0", "v3", "03", "-1", "²"])
def test_a_version_that_there_is_not_is_refused(version: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(("api-version", version)).version()

    (text,) = refused.value.fields["api-version"]
    assert (text.key, text.facts) == ("field.choice", {"choices": "1, 2, 3"})


def test_a_channel_is_what_the_client_calls_itself() -> None:
    assert read(("x-client-id", "ios"), ("x-client-id", "mobile")).channel() == "mobile"
    assert read(("x-client-id", "c" * 64)).channel() == "c" * 64


@pytest.mark.parametrize("channel", ["c" * 65, "a\tb", "a\x7fb"])
def test_a_channel_out_of_form_is_refused(channel: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(("x-client-id", channel)).channel()

    assert list(refused.value.fields) == ["x-client-id"]


@pytest.mark.parametrize("key", ["k", "!~" * 127 + "k"])
def test_a_key_for_repetition_is_taken_as_it_is(key: str) -> None:
    assert read(("idempotency-key", key)).key_for_repetition() == key


@pytest.mark.parametrize("key", ["k" * 256, "a b", "a\tb", "çay", "a\x00"])
def test_a_key_for_repetition_out_of_form_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(("idempotency-key", key)).key_for_repetition()

    assert list(refused.value.fields) == ["idempotency-key"]


@pytest.mark.parametrize(
    ("said", "bytes_"), [("17", 17), ("", 0), ("-1", 0), ("1e3", 0), ("²", 0), ("9" * 19, 0)]
)
def test_a_length_that_makes_no_sense_announces_nothing(said: str, bytes_: int) -> None:
    assert read(("content-length", said)).announced_bytes() == bytes_


def test_forwarding_proxies_are_read_in_the_order_of_their_lines() -> None:
    headers = read(("x-forwarded-for", "192.0.2.1, 10.0.0.9"), ("x-forwarded-for", "10.0.0.1"))

    assert headers.forwarded_for == "192.0.2.1, 10.0.0.9, 10.0.0.1"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("en", Language.EN),
        ("en-GB,tr;q=0.5", Language.EN),
        ("tr;q=0.2, en;q=0.9", Language.EN),
        ("de, fr;q=0.9", Language.TR),
        ("de, en;q=0.1", Language.EN),
        ("en;q=0", Language.TR),
        ("en;q=two", Language.TR),
        ("*", Language.TR),
    ],
)
def test_the_language_is_the_best_that_we_speak(asked: str, language: Language) -> None:
    assert read(("accept-language", asked)).language is language
