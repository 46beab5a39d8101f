"""The proof itself: the published examples, and that nothing in an answer can be changed."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bezant.web.digest.algorithms import Algorithm
from bezant.web.digest.answer import DigestAnswer, MalformedAnswer, parse_answer
from bezant.web.digest.response import answer_matches, expected_response
from tests.web.digest.door import Door, ha1, signed, written

DOOR = Door()


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            Algorithm.SHA256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_the_examples_of_rfc_7616_section_3_9_1_come_out(
    algorithm: Algorithm, response: str
) -> None:
    answer = parse_answer(
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
        f"algorithm={algorithm}, "
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
        f'response="{response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    stored = ha1("Mufasa", realm=answer.realm, secret="Circle of Life", algorithm=algorithm)
    assert expected_response(answer, ha1=stored, method="GET") == response
    assert answer_matches(answer, ha1=stored, realm="http-auth@example.org", method="GET")


def test_the_example_of_rfc_2617_section_3_5_comes_out() -> None:
    answer = parse_answer(
        'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", qop=auth, nc=00000001, '
        'cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    stored = ha1("Mufasa", realm=answer.realm, secret="Circle Of Life", algorithm=answer.algorithm)
    assert answer_matches(answer, ha1=stored, realm="testrealm@host.com", method="GET")


def test_the_form_of_rfc_2069_comes_out() -> None:
    # The inputs of RFC 2617 without its qop; the hash is the one that others publish for them.
    answer = parse_answer(
        'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'response="670fd8c2df070c60b045671b8b24ff02"'
    )
    stored = ha1("Mufasa", realm=answer.realm, secret="Circle Of Life", algorithm=answer.algorithm)
    assert answer.is_rfc2069
    assert answer_matches(answer, ha1=stored, realm="testrealm@host.com", method="GET")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.MD5_SESS, "e783283f46242139c486a698fec7211d"),
        (
            Algorithm.SHA256_SESS,
            "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7",
        ),
    ],
)
def test_the_session_forms_hash_ha1_once_more(algorithm: Algorithm, response: str) -> None:
    answer = DigestAnswer(
        username="Mufasa",
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        uri="/dir/index.html",
        response=response,
        algorithm=algorithm,
        nc="00000001",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    stored = ha1("Mufasa", realm=answer.realm, secret="Circle of Life", algorithm=algorithm.plain)
    assert expected_response(answer, ha1=stored, method="GET") == response


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_who_knows_the_secret_is_let_in_with_every_algorithm(algorithm: Algorithm) -> None:
    assert DOOR.admits_header(written(DOOR.right_answer(algorithm)))


def test_the_response_may_be_written_in_upper_case() -> None:
    answer = DOOR.right_answer()
    upper = written(replace(answer, response=answer.response.upper()))
    assert upper != written(answer)
    assert DOOR.admits_header(upper)


@pytest.mark.parametrize("name", ["Şükrü Işıklı", 'ali "altın"', "a\\b", "İĞÜÇÖ, x=y"])
def test_a_partner_with_an_unusual_name_is_let_in(name: str) -> None:
    door = Door(username=name)
    assert door.admits_header(written(door.right_answer()))


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_another_secret_is_refused(algorithm: Algorithm) -> None:
    stranger = Door(secret="Kapalı-çarşi")
    assert not DOOR.admits(stranger.right_answer(algorithm))


@pytest.mark.parametrize("method", ["POST", "get", "HEAD", ""])
def test_an_answer_for_another_method_is_refused(method: str) -> None:
    assert not DOOR.admits(Door(method=method).right_answer())


def test_an_answer_for_another_realm_is_refused_even_when_the_hash_is_right() -> None:
    # HA1 holds our realm whatever the answer says, so the hash alone would not tell.
    assert not DOOR.admits(signed(replace(DOOR.right_answer(), realm="other"), DOOR))


def test_an_answer_without_qop_cannot_be_made_of_one_with_qop() -> None:
    # `nonce:nc:cnonce:auth` in the place of the nonce gives the very same hash.
    answer = DOOR.right_answer()
    folded = f"{answer.nonce}:{answer.nc}:{answer.cnonce}:auth"
    downgraded = replace(answer, nonce=folded, nc="", cnonce="")
    assert answer_matches(downgraded, ha1=DOOR.ha1(answer.algorithm), realm="bezant", method="GET")
    assert not DOOR.admits(downgraded)


FIELDS = ["username", "realm", "nonce", "uri", "response", "nc", "cnonce"]


@given(st.sampled_from(FIELDS), st.sampled_from(list(Algorithm)), st.data())
def test_a_change_of_any_character_of_any_field_is_refused(
    name: str, algorithm: Algorithm, data: st.DataObject
) -> None:
    answer = DOOR.right_answer(algorithm)
    value = getattr(answer, name)
    position = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(st.characters(codec="utf-8").filter(lambda c: c != value[position]))
    changed = value[:position] + character + value[position + 1 :]
    assert not DOOR.admits(replace(answer, **{name: changed}))


@given(st.sampled_from(list(Algorithm)), st.sampled_from(list(Algorithm)))
def test_a_change_of_algorithm_is_refused(right: Algorithm, other: Algorithm) -> None:
    answer = DOOR.right_answer(right)
    assert DOOR.admits(replace(answer, algorithm=other)) is (right is other)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_flip_of_any_bit_of_the_header_is_refused_or_changes_nothing(
    algorithm: Algorithm,
) -> None:
    answer = DOOR.right_answer(algorithm)
    header = written(answer)
    harmless = 0
    for position in range(len(header)):
        for bit in range(8):
            flipped = bytearray(header)
            flipped[position] ^= 1 << bit
            if DOOR.admits_header(bytes(flipped)):
                # The case of a name or a hexadecimal digit, or "MD5" where none means MD5.
                assert parse_answer(flipped.decode("latin-1")) == answer
                harmless += 1
    assert harmless < len(header) / 2


@given(st.binary(min_size=32, max_size=32))
@example(DOOR.ha1(Algorithm.MD5) * 2)
def test_an_answer_fits_no_other_ha1(other: bytes) -> None:
    assert not answer_matches(DOOR.right_answer(), ha1=other, realm="bezant", method="GET")


def test_the_parts_of_a_header_cannot_be_moved_to_another_request() -> None:
    header = written(DOOR.right_answer())
    assert DOOR.admits_header(header)
    for other in (
        Door(raw_path=b"/partner/basket/complete"),
        Door(query=b"page=1&total=100"),
        Door(query=b""),
        Door(method="POST"),
    ):
        assert not other.admits_header(header)


def test_a_malformed_header_is_not_let_in() -> None:
    header = written(DOOR.right_answer())
    with pytest.raises(MalformedAnswer):
        parse_answer(header[:-1].decode() + "\x00")
    assert not DOOR.admits_header(header[:-1] + b"\x00")
