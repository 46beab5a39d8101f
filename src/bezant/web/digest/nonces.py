"""Nonces that carry their own proof: issuing one stores nothing.

A nonce is 36 bytes in URL-safe base64: when it was made (8 bytes, microseconds since 1970),
8 random bytes, and 20 bytes of an HMAC-SHA256 over the realm, the epoch and those 16. The
length divides by three, so there is no padding and no spare bit: one nonce, one spelling.

The epoch is a random value that lives and dies with the used nonces: both are in unlogged
tables, a crash of the database empties both, and every nonce of before is then foreign. So
what was used once cannot be used again after its use is forgotten.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

MIN_KEY_BYTES: Final = 32
MAX_SKEW: Final = timedelta(seconds=10)
"""How far the clocks of two nodes may differ. Uses are kept that long past expiry."""


class NonceFault(Enum):
    """Why a nonce cannot be used."""

    EXPIRED = "expired"
    """It is ours and too old: the client is told `stale=true` and tries again."""
    FOREIGN = "foreign"
    """It is not ours: another key, realm or epoch, or altered, or from the future."""


@dataclass(frozen=True, slots=True)
class FreshNonce:
    """A nonce of ours that can be used now."""

    key: bytes
    """16 bytes, unlike every other nonce's: under this its uses are remembered."""
    expires_at: datetime
    """From this moment on it is `NonceFault.EXPIRED`."""


class NonceMint:
    """Makes and reads the nonces of one realm under one key."""

    def __init__(self, key: bytes, *, realm: str, life_s: int) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"a nonce key has at least {MIN_KEY_BYTES} bytes, not {len(key)}")
        if life_s <= 0:
            raise ValueError(f"a nonce lives for some seconds, not {life_s}")
        self._key = key
        # The realm's length goes first and the body's is fixed, so that no other realm and
        # epoch make the same message.
        self._realm = len(realm.encode()).to_bytes(4, "big") + realm.encode()
        self._life = timedelta(seconds=life_s)

    def issue(self, *, now: datetime, epoch: bytes) -> str:
        """A new nonce: 48 characters of [A-Za-z0-9_-]."""
        body = nonce_time_key(now) + secrets.token_bytes(_RANDOM_BYTES)
        return urlsafe_b64encode(body + self._tag(body, epoch)).decode()

    def read(self, nonce: str, *, now: datetime, epoch: bytes) -> FreshNonce | NonceFault:
        """What `nonce` is worth at `now`. Any text is an answer; nothing is raised."""
        if not _SPELLING.fullmatch(nonce):
            return NonceFault.FOREIGN
        raw = urlsafe_b64decode(nonce)
        body, tag = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
        if not hmac.compare_digest(tag, self._tag(body, epoch)):
            return NonceFault.FOREIGN
        made_at = _UNIX_EPOCH + int.from_bytes(body[:_TIME_BYTES], "big") * _MICROSECOND
        expires_at = made_at + self._life
        if made_at > now + MAX_SKEW:
            return NonceFault.FOREIGN
        if now >= expires_at:
            return NonceFault.EXPIRED
        return FreshNonce(body, expires_at)

    def _tag(self, body: bytes, epoch: bytes) -> bytes:
        return hmac.digest(self._key, self._realm + epoch + body, "sha256")[:_TAG_BYTES]


_TIME_BYTES: Final = 8
_RANDOM_BYTES: Final = 8
_BODY_BYTES: Final = _TIME_BYTES + _RANDOM_BYTES
_TAG_BYTES: Final = 20
_SPELLING: Final = re.compile(r"[A-Za-z0-9_-]{48}")
_UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def nonce_time_key(at: datetime) -> bytes:
    """What the keys of nonces made before `at` sort below."""
    return ((at - _UNIX_EPOCH) // _MICROSECOND).to_bytes(_TIME_BYTES, "big")
