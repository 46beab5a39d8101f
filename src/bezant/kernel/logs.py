"""Structured logs: one JSON object a line, on the standard error stream.

Invariant: what must never be in a log is taken out on the last step, wherever it came
from: values under a telling name, card numbers, and answers to a challenge.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Final

import structlog

_TELLING: Final = re.compile(
    r"secret|password|authorization|cookie|ha1|card|cvv|pan\b|identity|phone|email|name$|address",
    re.IGNORECASE,
)
# Names that end alike but say nothing of a person.
_HARMLESS: Final = frozenset({"operation_name", "logger_name"})
_CARD_NUMBER: Final = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_DIGEST: Final = re.compile(r"\bDigest\s+\w+=.*", re.IGNORECASE)
HIDDEN: Final = "[hidden]"


def configure_logs(level: str) -> None:
    """Sets up logging of this process: ours, and that of the libraries."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=level.upper(), stream=sys.stderr, format="%(message)s", force=True)


def hide_secrets(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """The last step of every line: takes out what must not be in a log."""
    for name, value in event.items():
        if name not in _HARMLESS and _TELLING.search(name) and value is not None:
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = _DIGEST.sub(HIDDEN, _CARD_NUMBER.sub(HIDDEN, value))
    return event
