"""Structured logs: one JSON object a line, on the standard error stream.

Invariant: what must never be in a log is taken out on the last step, wherever it came
from (our own lines, a library's, a traceback): values under a telling name, card numbers,
answers to a challenge, and rows that an error of the database's tells of.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

_TELLING: Final = re.compile(
    r"secret|password|authorization|cookie|ha1|card|cvv|pan\b|identity|phone|email|name$|address",
    re.IGNORECASE,
)
# Names that end alike but say nothing of a person.
_HARMLESS: Final = frozenset({"operation_name", "logger_name"})
# Thirteen digits or more, a space or dash between any two. What is part of a decimal number
# is none, nor what is glued to letters, as digits of an id in hexadecimal are; a full stop
# behind the last digit ends a sentence, and the letter of an escape is no letter.
_CARD_NUMBER: Final = re.compile(
    r"(?:(?<![0-9A-Za-z])|(?<=\\[nrt]))(?<!\d\.)\d(?:[ -]?\d){12,}(?![0-9A-Za-z])(?!\.\d)"
)
_SMALLEST_CARD_NUMBER: Final = 10**12
_ANSWER: Final = re.compile(
    r"\bDigest[\s,]+[\w*]+\s*=.*|\bauthorization['\"]?\s*[:=,].*", re.IGNORECASE
)
# An error of the database's tells the row or the argument that it is about, which may be a
# person; a row may have lines of its own.
_ROW: Final = re.compile(
    r"\bDETAIL:(?s:.*?)(?=\nHINT:|\n\n|\Z)|\bfor query argument \$\d+:.*|\binput syntax for .*"
)
HIDDEN: Final = "[hidden]"


def configure_logs(level: str) -> None:
    """Sets up logging of this process: ours, and that of the libraries."""
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        hide_secrets,
        structlog.processors.JSONRenderer(serializer=_json),
    ]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    stream = logging.StreamHandler(sys.stderr)
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    stream.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first, processors=[without_meta, *last]
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[stream], force=True)


def hide_secrets(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """The last step of every line: takes out what must not be in a log."""
    for name, value in event.items():
        event[name] = _shown(name, value)
    return event


def _shown(name: str, value: object) -> object:
    """A value as it may stand in a log under this name, down to the depth of nested ones."""
    if value is None:
        return None
    if _is_telling(name):
        return HIDDEN
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _SMALLEST_CARD_NUMBER else HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown("", each) for each in value]
    # What is no JSON would be written as its `repr`, with whatever that tells.
    text = value if isinstance(value, str) else repr(value)
    for telling in (_CARD_NUMBER, _ANSWER, _ROW):
        text = telling.sub(HIDDEN, text)
    return text


# The names in a log are those that the code gives; a library's odd one may push another out.
@lru_cache(maxsize=1_000)
def _is_telling(name: str) -> bool:
    return name not in _HARMLESS and _TELLING.search(name) is not None


def _json(event: object, **_options: object) -> str:
    return msgspec.json.encode(event).decode()
