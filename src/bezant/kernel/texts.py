"""Texts for people, in the languages we speak.

A `Text` is a catalogue key with the facts that fill its places; it becomes a sentence
only at the door, where the reader's language is known. Invariant: every key used in the
house is in every catalogue (a test compares them).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po


class Language(StrEnum):
    """The languages we speak. What we do not speak falls back to Turkish."""

    TR = "tr"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence not yet in any language: a catalogue key and its facts."""

    key: str
    facts: "Mapping[str, Fact]" = field(default_factory=dict)

    def into(self, language: Language) -> str:
        """The sentence in `language`. A key without an entry is a defect: `KeyError`."""
        places = {
            name: fact.into(language) if isinstance(fact, Text) else fact
            for name, fact in self.facts.items()
        }
        return catalogue(language)[self.key].format_map(places)


Fact = str | int | Text
"""What fills a place of a sentence; a `Text` is put into the sentence's language."""


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """The whole catalogue of a language, key to sentence, read once."""
    source = files("bezant.kernel").joinpath("locale", language, "messages.po")
    with source.open("rb") as stream:
        entries = read_po(stream, locale=language)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id}


def preferred_language(accept_language: str) -> Language:
    """The first of our languages in an `Accept-Language` header, by weight; else Turkish.

    Weights follow RFC 9110 section 12.5.4; a part that cannot be read is passed over.
    """
    best, best_weight = Language.TR, 0.0
    for part in accept_language.split(",")[:_MAX_LANGUAGE_PARTS]:
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if primary in _SPOKEN and weight > best_weight:
            best, best_weight = Language(primary), weight
    return best


_MAX_LANGUAGE_PARTS = 20
_SPOKEN = frozenset(Language)


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    return float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0


_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
