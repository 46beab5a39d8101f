"""Keys over a few fields."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bezant.integrations.acquirers.sipay.hashing import make_key, open_key
from bezant.payments.card import Secret
from tests.integrations.acquirers.sipay.fake import APP_SECRET, lock, opened

SECRET = Secret(APP_SECRET)
# Made on a command line, with the text on the standard input:
#   openssl enc -aes-256-cbc -base64 -A -K <32 characters in hex> -iv <16 characters in hex>
# where the 32 are the first of sha256(sha1(secret) + "9f3a") and the 16 are the ones below.
RETURNED = (
    "0123456789abcdef:9f3a:"
    "NVshhWF07EeMnHGXIiOMPyaQlxhOUGHeOKy7c2wIRaKBhDDjw9fa4kq6TToFnhFNFAxwR0X+bRKjVjJ7yLCRnA=="
)
WITH_A_SLASH = (
    "0123456789abcdef:9f3a:"
    "EmhcxfZoygaoj9HgzTDNbn7V__29f433Z2y6WN4Q22CT25qOoK9FvS7yqJ6Sn+jVPMVa1cfOy7TsQioHhW441KA=="
)
REFERENCE = "A1B2C3D4E5F6G7H8J9K0M1N2"
letters = st.characters(codec="utf-8", exclude_characters="|")
fields = st.lists(st.text(letters, max_size=40), min_size=1, max_size=7)


def test_a_key_that_openssl_made_opens() -> None:
    expected = ("1", "1249.90", REFERENCE, "16118277721618", "TRY")
    assert open_key(RETURNED, secret=SECRET) == expected


def test_two_underscores_in_a_key_are_a_slash() -> None:
    expected = ("44.44", "1", "TRY", "merchant-key", REFERENCE)
    assert open_key(WITH_A_SLASH, secret=SECRET) == expected


def test_a_plus_sign_that_became_a_space_is_a_plus_sign() -> None:
    assert open_key(RETURNED.replace("+", " "), secret=SECRET) == open_key(RETURNED, secret=SECRET)


@given(fields)
def test_what_is_locked_opens_again(parts: list[str]) -> None:
    key = make_key(parts, secret=SECRET)
    assert "/" not in key
    assert open_key(key, secret=SECRET) == tuple(parts)


@given(st.lists(st.text("ABC012.", min_size=1), min_size=1, max_size=6))
def test_ours_and_theirs_open_one_another(parts: list[str]) -> None:
    assert opened(make_key(parts, secret=SECRET)) == parts
    assert open_key(lock(parts), secret=SECRET) == tuple(parts)


@given(fields, st.integers(0, 10_000), st.sampled_from("0aA+=:/_z"))
def test_a_key_with_one_character_changed_never_says_the_same(
    parts: list[str], place: int, other: str
) -> None:
    key = make_key(parts, secret=SECRET)
    place %= len(key)
    changed = f"{key[:place]}{other}{key[place + 1 :]}"
    # Spelled otherwise it is the same key.
    assume(changed.replace("__", "/") != key.replace("__", "/"))
    assert open_key(changed, secret=SECRET) != tuple(parts)


@given(fields)
def test_another_secret_opens_nothing_that_was_locked(parts: list[str]) -> None:
    key = make_key(parts, secret=SECRET)
    assert open_key(key, secret=Secret("another")) != tuple(parts)


@pytest.mark.parametrize(
    "key",
    ["", "a:b:c", "::", RETURNED[:-1], RETURNED + "=", "x" * 10_000, RETURNED.replace(":", "")],
)
def test_what_is_no_key_opens_nothing(key: str) -> None:
    assert open_key(key, secret=SECRET) is None


def test_two_keys_over_the_same_are_not_alike() -> None:
    assert make_key(["1"], secret=SECRET) != make_key(["1"], secret=SECRET)


def test_a_key_as_long_as_a_book_is_not_opened() -> None:
    assert open_key(make_key(["x" * 5_000], secret=SECRET), secret=SECRET) is None
