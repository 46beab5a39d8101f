"""Where the sandbox is and how each side knows the other: keys of one secret, and signatures.

Invariants: a signature is of one purpose, so that none can be carried from a notice to a
return; its parts are length-prefixed, so that no two lists of parts are signed alike; and
signatures are compared in constant time.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bezant.kernel.sealing import derive_key
from bezant.payments.acquirer import CALL_TIMEOUT_S

KEY_HEADER: Final = "x-sandbox-key"
SIGNATURE_HEADER: Final = "x-sandbox-signature"
RETURN_FIELDS: Final = ("reference", "result", "reason")
"""What the browser brings back, beside `signature`."""
SIGNATURE_FIELD: Final = "signature"
_DIGEST: Final = "sha256"
_LENGTH_BYTES: Final = 4


class Purpose(StrEnum):
    """What is signed."""

    REQUEST = "request"
    RETURN = "return"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class SandboxAccess:
    """How to reach the sandbox. No call may take longer than `timeout_s`."""

    url: str
    api_key: str = field(repr=False)
    signing_key: bytes = field(repr=False)
    timeout_s: int = CALL_TIMEOUT_S

    @classmethod
    def under(cls, url: str, secret: str, *, timeout_s: int = CALL_TIMEOUT_S) -> "SandboxAccess":
        """The access that goes with a sandbox of the same secret."""
        return cls(url.rstrip("/"), api_key_of(secret), signing_key_of(secret), timeout_s)


def api_key_of(secret: str) -> str:
    """What a caller names itself by."""
    return derive_key(secret.encode(), "sandbox acquirer: api key").hex()


def signing_key_of(secret: str) -> bytes:
    """What both sides sign with."""
    return derive_key(secret.encode(), "sandbox acquirer: signatures")


def number_key_of(secret: str) -> bytes:
    """What the numbers of kept cards are hashed with; the server's own."""
    return derive_key(secret.encode(), "sandbox acquirer: card numbers")


def sign(key: bytes, purpose: Purpose, *parts: bytes) -> str:
    """The signature of these parts, in hexadecimal digits."""
    said = b"".join(
        len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in (purpose.encode(), *parts)
    )
    return hmac.digest(key, said, _DIGEST).hex()


def is_signed(signature: str, key: bytes, purpose: Purpose, *parts: bytes) -> bool:
    """Whether this is the signature of these parts."""
    return hmac.compare_digest(signature.encode(), sign(key, purpose, *parts).encode())


def signed_return(key: bytes, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields for the browser to bring back, with their signature."""
    parts = [fields[name].encode() for name in RETURN_FIELDS]
    return {**fields, SIGNATURE_FIELD: sign(key, Purpose.RETURN, *parts)}


def is_return_signed(key: bytes, returned: Mapping[str, str]) -> bool:
    """Whether the browser brought what the sandbox gave it."""
    parts = [returned.get(name, "").encode() for name in RETURN_FIELDS]
    return is_signed(returned.get(SIGNATURE_FIELD, ""), key, Purpose.RETURN, *parts)
