"""Reading the header: every form that the grammar allows, and nothing that it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.errors import Kind
from bezant.web.digest.algorithms import Algorithm
from bezant.web.digest.answer import (
    MAX_HEADER_BYTES,
    MAX_VALUE_LENGTH,
    DigestAnswer,
    MalformedAnswer,
    parse_answer,
)
from tests.web.digest.door import quoted

RESPONSE = "0123456789abcdef" * 4


def header_of(*extra: str, without: tuple[str, ...] = (), **changed: str) -> str:
    """A good header's text, with parameters changed, added or left out; raw after the `=`."""
    parameters = {
        "username": '"partner"',
        "realm": '"bezant"',
        "nonce": '"n0nce"',
        "uri": '"/partner/x?page=1"',
        "cnonce": '"c"',
        "nc": "00000001",
        "qop": "auth",
        "response": f'"{RESPONSE}"',
        "algorithm": "SHA-256",
    }
    parameters |= changed
    parts = [f"{name}={value}" for name, value in parameters.items() if name not in without]
    return "Digest " + ", ".join([*parts, *extra])


def read(header: str) -> DigestAnswer:
    """The answer in a header whose text is sent as UTF-8."""
    return parse_answer(header.encode().decode("latin-1"))


def refused(header: str) -> str:
    """The reason why the header is malformed."""
    with pytest.raises(MalformedAnswer) as caught:
        read(header)
    return caught.value.reason


def test_every_parameter_is_read() -> None:
    assert read(header_of()) == DigestAnswer(
        username="partner",
        realm="bezant",
        nonce="n0nce",
        uri="/partner/x?page=1",
        response=RESPONSE,
        algorithm=Algorithm.SHA256,
        nc="00000001",
        cnonce="c",
    )


@pytest.mark.parametrize("scheme", ["Digest", "digest", "DIGEST", "dIgEsT"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert read(scheme + header_of().removeprefix("Digest")) == read(header_of())


@pytest.mark.parametrize(
    "header", ["", "Digest", "Basic YTpi", "Digestive x=y", "Bearer Digest a=b"]
)
def test_another_scheme_is_refused(header: str) -> None:
    assert refused(header) == "the scheme is not Digest"


@pytest.mark.parametrize(
    "same",
    [
        header_of(qop='"auth"', nc='"00000001"', algorithm='"SHA-256"'),
        header_of(username="partner", response=RESPONSE),
        header_of(response=f'"{RESPONSE.upper()}"', algorithm="sha-256"),
        header_of().replace("username=", "UserName=").replace("qop=", "QOP="),
        header_of(uri=' \t"/partner/x?page=1"')
        .replace("nonce=", "nonce\t =  ")
        .replace(", ", "\t,"),
        header_of().replace(", ", ","),
        header_of().replace("Digest ", "Digest  \t , ,, ").replace(", nc", ",, , nc") + " ,\t, ",
        header_of('opaque="any"', "charset=UTF-8", "userhash=false", "x*=y", 'auth-param=""'),
        header_of(username=r'"p\artn\er"'),
    ],
)
def test_other_spellings_of_one_answer_are_the_same_answer(same: str) -> None:
    assert read(same) == read(header_of())


def test_the_uri_may_hold_what_divides_parameters() -> None:
    assert read(header_of(uri='"/x?a=1,nc=2, b"')).uri == "/x?a=1,nc=2, b"


def test_quotes_and_backslashes_are_taken_out_of_their_escapes() -> None:
    assert read(header_of(username=r'"ali \"altın\" c:\\d"')).username == r'ali "altın" c:\d'


@pytest.mark.parametrize(
    "missing", ["username", "realm", "nonce", "uri", "response", "nc", "cnonce"]
)
@pytest.mark.parametrize("how", ["left out", "empty"])
def test_what_must_be_there_must_be_there_and_not_empty(missing: str, how: str) -> None:
    header = header_of(*([f'{missing}=""'] if how == "empty" else []), without=(missing,))
    assert refused(header) == f"{missing} is missing or empty"


@pytest.mark.parametrize(
    "twice", ["username=other", 'URI="/y"', "nc=00000002", "qop=auth", "algorithm=MD5"]
)
def test_a_parameter_that_is_there_twice_is_refused(twice: str) -> None:
    assert refused(header_of(twice)) == "a parameter is there twice"


def test_even_an_unknown_parameter_may_not_be_there_twice() -> None:
    assert refused(header_of("x=1", "X=1")) == "a parameter is there twice"


@pytest.mark.parametrize(
    "header",
    [
        "Digest YWJj==",
        header_of().replace(", nc", " nc"),
        header_of().replace(", nc", "; nc"),
        header_of("stray"),
        header_of("=value"),
        header_of("x="),
        header_of('x="open'),
        header_of('x="open\\"'),
        header_of('x="a"b'),
        header_of('x=b"a"'),
        header_of("x=a b"),
        header_of("x=a@b"),
        header_of('x="a\x00b"'),
        header_of('x="a\\\x00b"'),
        header_of('x="a\r\nb"'),
        header_of('x="a\x7fb"'),
        header_of("x\x00=b"),
        header_of("ü=b"),
        header_of("x=ü"),
        header_of() + "\n",
        header_of() + "\x00",
        header_of(uri="/partner/x"),
    ],
)
def test_what_is_no_list_of_parameters_is_refused(header: str) -> None:
    assert refused(header) == "the parameters are not a list of name=value"


@pytest.mark.parametrize(
    "nc",
    ["1", "0000001", "000000001", "0000000g", "-0000001", "+0000001", '"0x000001"', '" 0000001"',
     '"0000_001"', '"0000000\uff11"', '"\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661"'],
)  # fmt: skip
def test_nc_is_eight_hexadecimal_digits(nc: str) -> None:
    assert refused(header_of(nc=nc)) == "nc is not eight hexadecimal digits"


@pytest.mark.parametrize(
    ("nc", "count"), [("00000001", 1), ("0000000A", 10), ("0000000a", 10), ("ffffffff", 2**32 - 1)]
)
def test_the_count_is_the_number_that_nc_writes(nc: str, count: int) -> None:
    answer = read(header_of(nc=nc))
    assert (answer.nc, answer.count) == (nc, count)


@pytest.mark.parametrize("qop", ["auth-int", '"auth,auth-int"', '""', "AUTH", '"auth "'])
def test_a_qop_other_than_auth_is_refused(qop: str) -> None:
    assert refused(header_of(qop=qop)) == "qop is not auth"


def test_an_answer_without_qop_says_that_it_is_of_rfc2069_and_uses_its_nonce_once() -> None:
    answer = read(header_of(without=("qop", "nc", "cnonce")))
    assert answer.is_rfc2069
    assert (answer.nc, answer.cnonce, answer.count) == ("", "", 0)
    assert not read(header_of()).is_rfc2069


@pytest.mark.parametrize("without", [("qop",), ("qop", "nc"), ("qop", "cnonce")])
def test_an_answer_that_has_lost_its_qop_is_refused(without: tuple[str, ...]) -> None:
    assert refused(header_of(without=without)) == "qop is missing"


def test_a_session_algorithm_needs_a_qop() -> None:
    header = header_of(without=("qop", "nc", "cnonce"), algorithm="SHA-256-sess")
    assert refused(header) == "qop is missing"


def test_an_answer_that_names_no_algorithm_is_of_md5() -> None:
    header = header_of(without=("algorithm",), response=f'"{RESPONSE[:32]}"')
    assert read(header).algorithm is Algorithm.MD5


@pytest.mark.parametrize("algorithm", ["SHA-512-256", "SHA", "SHA-512", '""', "MD5-", "SHA256"])
def test_an_algorithm_that_is_not_ours_is_refused(algorithm: str) -> None:
    assert refused(header_of(algorithm=algorithm)) == "the algorithm is not one of ours"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("SHA-256", RESPONSE[:32]),
        ("MD5", RESPONSE),
        ("MD5", RESPONSE[:31]),
        ("MD5-sess", RESPONSE[:30] + "\uff11\uff11"),
        ("SHA-256-sess", RESPONSE[:63] + "g"),
        ("SHA-256", RESPONSE[:63] + "é"),
    ],
)
def test_a_response_of_another_form_than_its_algorithm_gives_is_refused(
    algorithm: str, response: str
) -> None:
    header = header_of(algorithm=algorithm, response=f'"{response}"')
    assert refused(header) == "the response is not a hash of its algorithm"


def test_a_turkish_name_is_read_from_utf8() -> None:
    assert read(header_of(username='"Şükrü Işıklı ğüçö İ"')).username == "Şükrü Işıklı ğüçö İ"


def test_a_name_in_another_encoding_is_refused() -> None:
    with pytest.raises(MalformedAnswer, match="not UTF-8"):
        parse_answer(header_of(username='"gümüş"').encode("iso-8859-9").decode("latin-1"))


def test_text_that_was_decoded_already_is_refused_and_not_guessed_at() -> None:
    with pytest.raises(MalformedAnswer, match="not UTF-8"):
        parse_answer(header_of(username='"gümüş"'))


@pytest.mark.parametrize(
    ("extended", "name"),
    [
        ("UTF-8''J%C3%A4s%C3%B8n%20Doe", "Jäsøn Doe"),
        ("utf-8'tr'%C5%9e%c3%bckr%C3%BC", "Şükrü"),
        ("UTF-8''partner", "partner"),
        ("\"UTF-8''partner\"", "partner"),
    ],
)
def test_an_extended_name_is_decoded(extended: str, name: str) -> None:
    assert read(header_of(f"username*={extended}", without=("username",))).username == name


@pytest.mark.parametrize(
    "extended",
    ["partner", "ISO-8859-9''g%FCm%FC%FE", "UTF-8''", "UTF-8'partner", "UTF-8''a%4", "UTF-8''a'b",
     "UTF-8''a%zz", "\"UTF-8''a b\"", "\"UTF-8''ü\"", "\"UTF-8''\u212a\""],
)  # fmt: skip
def test_an_extended_name_that_is_not_in_its_grammar_is_refused(extended: str) -> None:
    header = header_of(f"username*={extended}", without=("username",))
    assert refused(header) == "username* is not an extended value in UTF-8"


@pytest.mark.parametrize("octets", ["%FF", "%C3", "%C0%80", "%ED%A0%80"])
def test_an_extended_name_whose_octets_are_not_utf8_is_refused(octets: str) -> None:
    header = header_of(f"username*=UTF-8''a{octets}", without=("username",))
    assert refused(header) == "username* is not UTF-8"


def test_two_names_are_refused() -> None:
    header = header_of("username*=UTF-8''partner")
    assert refused(header) == "username and username* are both there"


@pytest.mark.parametrize("name", ['"a\tb"', '"a\u0085b"', '"a\u202eb"', '"a\u2028b"'])
def test_a_name_that_cannot_be_shown_in_a_log_is_refused(name: str) -> None:
    assert refused(header_of(username=name)) == "the username is not printable"


@pytest.mark.parametrize("octets", ["%00", "%0A", "%1B%5B0m", "%7F"])
def test_an_extended_name_brings_in_no_control_character(octets: str) -> None:
    header = header_of(f"username*=UTF-8''a{octets}", without=("username",))
    assert refused(header) == "the username is not printable"


@pytest.mark.parametrize("userhash", ["true", "TRUE", '"true"', "1", '""'])
def test_a_hashed_name_is_refused(userhash: str) -> None:
    assert refused(header_of(f"userhash={userhash}")) == "the username is hashed"


def test_a_header_as_long_as_the_limit_is_read_and_one_byte_more_is_not() -> None:
    room = MAX_HEADER_BYTES - len(header_of("a=", "b="))
    first = "x" * MAX_VALUE_LENGTH
    longest = header_of(f"a={first}", f"b={'x' * (room - MAX_VALUE_LENGTH)}")
    assert len(longest) == MAX_HEADER_BYTES
    assert read(longest) == read(header_of())
    assert refused(longest + ",") == "the header is too long"


@pytest.mark.parametrize("value", ["x" * MAX_VALUE_LENGTH, f'"{"x" * MAX_VALUE_LENGTH}"'])
def test_a_value_as_long_as_the_limit_is_read_and_one_character_more_is_not(value: str) -> None:
    assert read(header_of(f"a={value}")) == read(header_of())
    assert refused(header_of(f"a={value.replace('x', 'xx', 1)}")) == "a value is too long"


def test_a_malformed_answer_is_a_missing_authentication_and_repeats_nothing_of_the_header() -> None:
    with pytest.raises(MalformedAnswer) as caught:
        parse_answer("Digest secret-looking rubbish")
    assert caught.value.kind is Kind.UNAUTHENTICATED
    assert "rubbish" not in str(caught.value)


FRAGMENTS = st.sampled_from(
    ["Digest ", "username", "username*", "nonce", "nc", "qop", "auth", "=", ",", '"', "\\", " ",
     "\t", "UTF-8''", "%C3", "%00", "00000001", RESPONSE, "response", "uri", "realm", "cnonce",
     "algorithm", "MD5", "ş", "\x00", "\n", "\ud800"]
)  # fmt: skip


@given(st.text() | st.text().map("Digest ".__add__) | st.lists(FRAGMENTS).map("".join))
def test_any_text_at_all_is_an_answer_or_malformed(text: str) -> None:
    try:
        answer = parse_answer(text)
    except MalformedAnswer:
        return
    assert answer.username
    assert len(answer.response) == answer.algorithm.hex_digits


@given(
    st.sampled_from(["username", "realm", "nonce", "uri", "cnonce", "response", "nc", "x"]),
    st.text() | st.lists(FRAGMENTS).map("".join),
)
def test_any_value_at_all_is_an_answer_or_malformed(name: str, value: str) -> None:
    header = header_of(without=(name,)) + f", {name}={value}"
    try:
        parse_answer(header.encode(errors="surrogatepass").decode("latin-1"))
    except MalformedAnswer:
        return


WIRE_TEXT = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t"), min_size=1
)


@given(WIRE_TEXT, WIRE_TEXT, WIRE_TEXT.filter(str.isprintable))
def test_whatever_is_quoted_by_the_rules_is_read_back(uri: str, cnonce: str, name: str) -> None:
    answer = read(header_of(uri=quoted(uri), cnonce=quoted(cnonce), username=quoted(name)))
    assert (answer.uri, answer.cnonce, answer.username) == (uri, cnonce, name)
