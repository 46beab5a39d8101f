"""The last step of every log line hides what must not be in one, and nothing else."""

import json
import re
import string
import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.logs import HIDDEN, hide_secrets

CARD = "4543600299100712"


def shown(value: object, *, name: str = "event") -> object:
    return hide_secrets(None, "info", {name: value})[name]


@pytest.mark.parametrize(
    "written",
    [
        CARD,
        "4543 6002 9910 0712",
        "4543-6002-9910-0712",
        "4543600299107",
        f"card={CARD};",
        f"paid with {CARD}.",
        f"{CARD}, then 2b",
        f'{{"pan":"{CARD}"}}',
        f"\\n{CARD}",
        f"{CARD}\\n",
    ],
)
def test_a_card_number_is_hidden_however_it_is_written(written: str) -> None:
    said = str(shown(f"before {written} after"))
    digits = "".join(filter(str.isdigit, written))[:13]
    assert digits not in said.replace(" ", "").replace("-", "")
    assert HIDDEN in said
    assert said.startswith("before ")
    assert said.endswith(" after")


@pytest.mark.parametrize(
    "harmless",
    [
        "a1234567890123b4567890cd",
        "66b3666fcc19b0487e691695",
        "b12345678901234567890123",
        "12345678901234567890123b",
        "123456789012",
        "0.12345678901234567",
        "1234567890123456.25",
        "2026-06-01T09:00:00Z",
        "MC_6840C9A0ABCDE",
    ],
)
def test_ids_and_decimal_numbers_are_no_card_numbers(harmless: str) -> None:
    assert shown(f"request {harmless} done") == f"request {harmless} done"


def test_a_number_as_long_as_a_cards_is_hidden() -> None:
    assert shown(int(CARD)) == HIDDEN
    assert shown(-int(CARD)) == HIDDEN
    assert shown(123_456_789_012) == 123_456_789_012
    assert shown(0.12345678901234567) == 0.12345678901234567
    assert shown(True) is True  # noqa: FBT003  # A value of the log, not a switch.


@pytest.mark.parametrize(
    "line",
    [
        'Authorization: Digest username="u", response="0123456789abcdef"',
        "{'authorization': 'Bearer tell-nobody-0123456789abcdef'}",
        'sent Digest username="u", response="0123456789abcdef"',
        "authorization=Basic 0123456789abcdef",
    ],
)
def test_an_answer_to_a_challenge_is_hidden(line: str) -> None:
    said = str(shown(line))
    assert HIDDEN in said
    assert "0123456789abcdef" not in said


@pytest.mark.parametrize(
    "name",
    [
        "secret_key",
        "password",
        "Authorization",
        "set_cookie",
        "ha1",
        "card_holder",
        "cvv",
        "pan",
        "identity_number",
        "phone",
        "Email",
        "lastname",
        "billing_address",
    ],
)
def test_a_value_under_a_telling_name_is_hidden_at_any_depth(name: str) -> None:
    assert shown("plain", name=name) == HIDDEN
    assert shown({"deep": [{name: "plain"}]}) == {"deep": [{name: HIDDEN}]}
    assert shown(None, name=name) is None


def test_harmless_names_keep_their_values() -> None:
    event: dict[str, object] = {"operation_name": "add", "logger_name": "x", "status": 200}
    assert hide_secrets(None, "info", dict(event)) == event


def test_what_is_no_json_is_searched_as_it_would_be_written() -> None:
    class Odd:
        def __repr__(self) -> str:
            return f"Odd({CARD})"

    assert shown(Odd()) == f"Odd({HIDDEN})"
    nested = shown({"list": (Odd(), CARD, 7)})
    assert isinstance(nested, Mapping)
    assert nested["list"] == [f"Odd({HIDDEN})", HIDDEN, 7]


def separated(digits: str, separators: list[str]) -> str:
    """The digits with one of the separators after each but the last."""
    parts = zip(digits, [*separators, ""], strict=True)
    return "".join(digit + separator for digit, separator in parts)


card_numbers = st.integers(min_value=13, max_value=19).flatmap(
    lambda length: st.builds(
        separated,
        st.text(alphabet=string.digits, min_size=length, max_size=length),
        st.lists(st.sampled_from(["", " ", "-"]), min_size=length - 1, max_size=length - 1),
    )
)
# What stands around a number in a log; a letter, a digit or the point of a decimal number
# would make it another thing.
around = st.text(alphabet=" \t\n'\"=:;,()[]{}<>/|-_çığ", max_size=8)


@given(card_numbers, around, around)
def test_no_card_number_survives_wherever_it_stands(card: str, before: str, after: str) -> None:
    said = str(shown(f"{before}{card}{after}"))
    assert HIDDEN in said
    assert not set(said.replace(HIDDEN, "")) & set(string.digits)


@given(st.lists(card_numbers, min_size=1, max_size=3), st.lists(around, min_size=3, max_size=3))
def test_no_card_number_survives_deep_in_a_value(cards: list[str], texts: list[str]) -> None:
    nested = {
        "event": [{"said": f"{text} {card}"} for card, text in zip(cards, texts, strict=False)]
    }
    assert not set(str(shown(nested)).replace(HIDDEN, "")) & set(string.digits)


@given(
    st.text(alphabet=string.digits, min_size=1, max_size=12),
    st.text(alphabet="abcdef" + string.digits, min_size=24, max_size=24).filter(
        lambda text: not text.isdigit()
    ),
    around.filter(lambda text: "-" not in text and " " not in text),
)
def test_short_numbers_and_hexadecimal_ids_survive(number: str, hexadecimal: str, by: str) -> None:
    line = f"{by}{number};{by}{hexadecimal};{by}"
    assert shown(line) == line


@given(
    st.sampled_from(
        ["Digest ", "digest  ", "DIGEST , ", "Authorization: Basic ", "authorization="]
    ),
    st.sampled_from(["username=", "username*=", "nonce =", "response="]),
    around,
)
def test_no_answer_to_a_challenge_survives(scheme: str, parameter: str, before: str) -> None:
    said = str(shown(f"{before} {scheme}{parameter}'tell-nobody'"))
    assert "tell-nobody" not in said
    assert HIDDEN in said


def test_a_row_that_an_error_of_the_databases_tells_of_is_hidden() -> None:
    error = (
        'asyncpg.CheckViolationError: new row violates check constraint "c"\n'
        "DETAIL:  Failing row contains (7, John,\nDue, john.due@example.com).\n"
        "HINT:  Look again.\n\nThe above exception"
    )
    assert shown(error) == (
        'asyncpg.CheckViolationError: new row violates check constraint "c"\n'
        f"{HIDDEN}\nHINT:  Look again.\n\nThe above exception"
    )
    argument = "invalid input for query argument $2: 'John Due' (a date is expected)"
    assert shown(argument) == f"invalid input {HIDDEN}"
    assert "Due" not in str(shown('invalid input syntax for type integer: "Due"'))


SPEAKER = """
import logging
import structlog
from bezant.kernel.logs import configure_logs

configure_logs("info")
structlog.get_logger("ours").info("ours", card="4543600299100712", order=123456789012)
structlog.get_logger("ours").debug("too quiet to be heard")
logging.getLogger("library").warning("a library says %s", "4543 6002 9910 0712")
logging.getLogger("library").info("{'authorization': 'Digest username=u'}")
try:
    raise ValueError("paid with 4543600299100712")
except ValueError:
    structlog.get_logger("ours").exception("ours failed")
    logging.getLogger("library").exception("a library failed")
"""


def test_lines_of_ours_and_of_libraries_are_json_and_go_through_the_last_step() -> None:
    spoke = subprocess.run(
        [sys.executable, "-c", SPEAKER], check=True, capture_output=True, text=True
    )
    assert spoke.stdout == ""
    # A moment may have the card's first digits in its microseconds.
    assert "4543" not in re.sub(r'"timestamp":"[^"]*"', "", spoke.stderr)
    assert "username" not in spoke.stderr
    lines = [json.loads(line) for line in spoke.stderr.splitlines()]
    assert [line["event"] for line in lines] == [
        "ours",
        f"a library says {HIDDEN}",
        "{'" + HIDDEN,
        "ours failed",
        "a library failed",
    ]
    assert all(f"ValueError: paid with {HIDDEN}" in line["exception"] for line in lines[3:])
    assert [line["level"] for line in lines] == ["info", "warning", "info", "error", "error"]
    assert (lines[0]["card"], lines[0]["order"]) == (HIDDEN, 123_456_789_012)
