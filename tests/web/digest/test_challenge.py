"""The challenges, byte for byte: clients are particular about their order and their quotes."""

import pytest

from bezant.web.digest.challenge import challenges, opaque_for


def test_the_strong_algorithm_is_offered_first_and_the_old_one_last() -> None:
    assert challenges("gold", nonce="N", opaque="o", stale=False) == (
        'Digest realm="gold", qop="auth", algorithm=SHA-256, nonce="N", opaque="o", charset=UTF-8',
        'Digest realm="gold", qop="auth", algorithm=MD5, nonce="N", opaque="o", charset=UTF-8',
    )


def test_stale_is_said_without_quotes_and_only_when_it_is_so() -> None:
    stale = challenges("bezant", nonce="n", opaque="o", stale=True)
    plain = challenges("bezant", nonce="n", opaque="o", stale=False)
    assert stale == tuple(f"{challenge}, stale=true" for challenge in plain)


def test_a_realm_is_escaped() -> None:
    first, _ = challenges('Bedesten "A\\B"', nonce="n", opaque="o", stale=False)
    assert first.startswith(r'Digest realm="Bedesten \"A\\B\"", qop="auth"')


@pytest.mark.parametrize("realm", ["a\r\nSet-Cookie: x=y", "a\x00", "a\tb", "Kapalıçarşı"])
def test_a_realm_that_would_break_the_header_is_refused(realm: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        challenges(realm, nonce="n", opaque="o", stale=False)


def test_the_opaque_of_a_realm_is_always_the_same_and_its_own() -> None:
    assert opaque_for("bezant") == "73ad07a09292ca5297f9eab9ed1d36d9"
    assert opaque_for("bezant") != opaque_for("other")
