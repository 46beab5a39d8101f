"""The last step of every log line hides what must not be in one, and nothing else."""

from collections.abc import Mapping

import pytest

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
