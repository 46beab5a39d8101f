"""The hashes by published values, and HA1 in every spelling of a name."""

import unicodedata

import pytest

from bezant.web.digest.algorithms import Algorithm
from tests.web.digest.door import ha1


@pytest.mark.parametrize(
    ("algorithm", "hash_of_abc"),
    [
        (Algorithm.MD5, "900150983cd24fb0d6963f7d28e17f72"),
        (
            Algorithm.SHA256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ],
)
def test_the_hashes_are_those_of_their_standards(algorithm: Algorithm, hash_of_abc: str) -> None:
    assert algorithm.hexdigest(b"abc") == hash_of_abc
    assert algorithm.digest(b"abc").hex() == hash_of_abc
    assert algorithm.hex_digits == len(hash_of_abc)


@pytest.mark.parametrize(
    ("session", "plain"),
    [(Algorithm.MD5_SESS, Algorithm.MD5), (Algorithm.SHA256_SESS, Algorithm.SHA256)],
)
def test_a_session_form_has_the_hash_of_its_plain_form(
    session: Algorithm, plain: Algorithm
) -> None:
    assert session.is_session
    assert not plain.is_session
    assert session.plain is plain
    assert plain.plain is plain
    assert session.hexdigest(b"abc") == plain.hexdigest(b"abc")
    assert session.hex_digits == plain.hex_digits


def test_the_names_are_those_of_the_wire() -> None:
    assert [str(algorithm) for algorithm in Algorithm] == [
        "SHA-256",
        "SHA-256-sess",
        "MD5",
        "MD5-sess",
    ]


def test_ha1_is_the_published_one() -> None:
    # RFC 2617 section 3.5 prints the inputs; their hash is in every text about it.
    stored = ha1(
        "Mufasa", realm="testrealm@host.com", secret="Circle Of Life", algorithm=Algorithm.MD5
    )
    assert stored.hex() == "939e7578ed9e3c518a452acee763bce9"


def test_a_name_typed_in_parts_has_the_ha1_of_the_same_name_typed_whole() -> None:
    whole, parts = (unicodedata.normalize(form, "çeyrek-altın-ğüş") for form in ("NFC", "NFD"))
    assert whole != parts
    assert ha1(whole, realm="bezant", secret=parts, algorithm=Algorithm.SHA256) == ha1(
        parts, realm="bezant", secret=whole, algorithm=Algorithm.SHA256
    )
