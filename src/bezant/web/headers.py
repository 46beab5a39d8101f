"""What a request says about itself in its headers, read with the contract's tolerance.

A header that is sent twice, or twice in one line, or empty, is normal: published samples do
so. The last value that is not empty wins.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language, Text, preferred_language

DEFAULT_CHANNEL: Final = "web"
MAX_CHANNEL_LENGTH: Final = 64


class ApiVersion(IntEnum):
    """The versions of the API that a caller may ask for."""

    ONE = 1
    TWO = 2
    THREE = 3


LATEST_VERSION: Final = ApiVersion.THREE


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """The headers that the door reads, as they were sent; an empty text means absent."""

    client_id: str
    api_version: str
    language: Language
    authorization: str
    content_type: str
    content_length: str
    idempotency_key: str
    forwarded_for: str

    def channel(self) -> str:
        """Through what the partner's customer came. Raises `Invalid`."""
        channel = self.client_id or DEFAULT_CHANNEL
        if len(channel) > MAX_CHANNEL_LENGTH or not channel.isprintable():
            raise Invalid.field("x-client-id", "field.length", min=1, max=MAX_CHANNEL_LENGTH)
        return channel

    def version(self) -> ApiVersion:
        """The version asked for. Raises `Invalid`."""
        if not self.api_version:
            return LATEST_VERSION
        version = _VERSIONS.get(self.api_version)
        if version is None:
            raise Invalid({"api-version": [Text("field.choice", {"choices": "1, 2, 3"})]})
        return version

    def announced_bytes(self) -> int:
        """How long the body is said to be; 0 where nothing sensible is said."""
        return int(self.content_length) if _LENGTH.fullmatch(self.content_length) else 0

    def key_for_repetition(self) -> str | None:
        """The `Idempotency-Key`, if one was sent. Raises `Invalid`."""
        if not self.idempotency_key:
            return None
        if not _KEY.fullmatch(self.idempotency_key):
            raise Invalid.field("idempotency-key", "field.length", min=1, max=255)
        return self.idempotency_key


_VERSIONS: Final = {str(int(version)): version for version in ApiVersion}
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_FORWARDED_FOR: Final = b"x-forwarded-for"
_KEY: Final = re.compile(r"[\x21-\x7E]{1,255}")
# Of these only the last element of a comma list counts, as when the header came twice.
_SINGLE_VALUED: Final = frozenset({b"x-client-id", b"api-version"})
_READ: Final = frozenset(
    {
        b"x-client-id",
        b"api-version",
        b"accept-language",
        b"authorization",
        b"content-type",
        b"content-length",
        b"idempotency-key",
        _FORWARDED_FOR,
    }
)


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> RequestHeaders:
    """Reads ASGI's list of headers, whose names are lower-case."""
    found: dict[bytes, str] = {}
    for name, value in raw:
        if name in _READ:
            text = value.decode("latin-1").strip()
            if name == _FORWARDED_FOR and name in found:
                # Each proxy may write a line of its own; only together do they tell the way.
                text = f"{found[name]}, {text}"
            if name in _SINGLE_VALUED and "," in text:
                text = next((part for part in map(str.strip, text.split(",")[::-1]) if part), "")
            if text:
                found[name] = text
    return RequestHeaders(
        client_id=found.get(b"x-client-id", ""),
        api_version=found.get(b"api-version", ""),
        language=preferred_language(found.get(b"accept-language", "")),
        authorization=found.get(b"authorization", ""),
        content_type=found.get(b"content-type", ""),
        content_length=found.get(b"content-length", ""),
        idempotency_key=found.get(b"idempotency-key", ""),
        forwarded_for=found.get(_FORWARDED_FOR, ""),
    )
