"""Texts: every key in every language, and the reader's language from any header at all."""

from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.texts import Language, Text, catalogue, preferred_language

KEYS = sorted(catalogue(Language.TR))


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.TR),
        ("de", Language.TR),
        ("*", Language.TR),
        ("en", Language.EN),
        ("EN-gb", Language.EN),
        ("tr-TR,tr;q=0.9", Language.TR),
        ("de, en;q=0.3", Language.EN),
        ("tr;q=0.4, en;q=0.5", Language.EN),
        ("tr;q=0.5, en;q=0.4", Language.TR),
        ("en, tr", Language.EN),
        ("en;q=0", Language.TR),
        ("en ; Q = 0.8 , tr;q=0.7", Language.EN),
        ("en;q=nan, tr;q=0.1", Language.TR),
        ("en;q=7, tr;q=0.1", Language.TR),
        ("english", Language.TR),
        ("de," * 20 + "en", Language.TR),
        ("de," * 19 + "en", Language.EN),
    ],
)
def test_the_language_is_the_heaviest_that_we_speak(header: str, language: Language) -> None:
    assert preferred_language(header) is language


@pytest.mark.parametrize(
    "weight", ["inf", "nan", "-1", "1e9", "2", "1.001", "0.1234", "1_0", "٠.٥", "", "x"]
)
def test_a_weight_that_is_none_of_the_rfcs_counts_as_none(weight: str) -> None:
    assert preferred_language(f"tr;q=0.001, en;q={weight}") is Language.TR


@given(st.text() | st.text(alphabet="entr,;=q.*01- \t"))
def test_no_header_is_too_odd_to_have_a_language(header: str) -> None:
    assert preferred_language(header) in Language


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_of_two_weights_the_larger_wins(turkish: int, english: int) -> None:
    header = f"tr;q={turkish / 1_000:.3f},en;q={english / 1_000:.3f}"
    heavier = Language.EN if english > turkish else Language.TR
    assert preferred_language(header) is heavier


def test_the_catalogues_have_the_same_keys() -> None:
    assert sorted(catalogue(Language.EN)) == KEYS


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", KEYS)
def test_every_sentence_can_be_said(key: str, language: Language) -> None:
    facts = {name: f"<{name}>" for name in places(catalogue(Language.TR)[key])}
    said = Text(key, facts).into(language)
    assert said.strip()
    assert all(fact in said for fact in facts.values())


def test_a_text_within_a_text_is_put_into_the_same_language() -> None:
    text = Text("price.stale", {"metal": Text("metal.gold")})
    for language in Language:
        assert catalogue(language)["metal.gold"] in text.into(language)
    assert text.into(Language.TR) != text.into(Language.EN)


def test_what_a_caller_sent_is_never_taken_for_a_place() -> None:
    text = Text("error.address_not_allowed", {"address": "{secret} %s {0}"})
    assert "{secret} %s {0}" in text.into(Language.EN)


def test_a_key_without_an_entry_is_a_defect() -> None:
    with pytest.raises(KeyError):
        Text("nobody.wrote_this").into(Language.EN)


def test_a_place_without_a_fact_is_a_defect() -> None:
    with pytest.raises(KeyError):
        Text("price.stale").into(Language.EN)
