"""The errors of the house: facts, each of a kind.

    BezantError
    ├── Invalid            what was sent cannot be read as what is asked for
    └── (each room's own)  named as a fact, with `kind` and `text` set on the class

A room raises facts and never speaks HTTP; one table at the door maps a class to its
status and code. `text` is a key of the message catalogues; `facts` fill its places.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from bezant.kernel.texts import Fact, Text


class Kind(StrEnum):
    """What sort of refusal an error is; the door has one status for each."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    GONE = "gone"
    INSUFFICIENT = "insufficient"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class BezantError(Exception):
    """A refusal that the caller can understand and act on."""

    kind: ClassVar[Kind]
    text: ClassVar[str]

    def __init__(self, **facts: Fact) -> None:
        self.facts = facts
        super().__init__(f"{type(self).__name__}({facts})")

    def message(self) -> Text:
        """The sentence for a person, still to be put into a language."""
        return Text(self.text, self.facts)


class Invalid(BezantError):
    """One or more fields cannot be accepted.

    `fields` maps a field's path (`items.0.amount`) to what is wrong with it.
    """

    kind = Kind.INVALID
    text = "error.invalid"

    def __init__(self, fields: dict[str, list[Text]]) -> None:
        super().__init__()
        self.fields = fields

    @classmethod
    def field(cls, path: str, key: str, /, **facts: Fact) -> "Invalid":
        """The common case: one thing wrong with one field."""
        return cls({path: [Text(key, facts)]})

    @classmethod
    def raise_for(cls, wrong: Mapping[str, str]) -> None:
        """Raises unless nothing is wrong. `wrong` maps a field's path to a catalogue key."""
        if wrong:
            raise cls({path: [Text(key)] for path, key in wrong.items()})


class DatabaseAway(BezantError):
    """The database cannot be reached, or did not answer within its limit."""

    kind = Kind.UNAVAILABLE
    text = "error.database_away"
