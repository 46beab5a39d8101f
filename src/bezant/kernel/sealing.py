"""Sealing of small secrets for storage, and keys derived for one purpose each.

AES-256-GCM with a random 96-bit nonce; the context (whose secret it is) is authenticated
with the ciphertext, so a sealed value moved to another row does not open.
"""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


class SealBroken(ValueError):
    """A sealed value was made with another key or for another context, or was altered."""


def derive_key(master: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose, from the deployment's secret (HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(
        master
    )


class Sealer:
    """Seals and opens values under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, value: bytes, *, context: str) -> bytes:
        """`value` sealed for `context`: a version byte, the nonce, the ciphertext and tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value, context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """The value that was sealed for `context`. Raises `SealBroken`."""
        if sealed[:1] != _VERSION:
            raise SealBroken("unknown version of a sealed value")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, context.encode())
        except (InvalidTag, ValueError):
            # What is cut short within its nonce is not even tried: that is the `ValueError`.
            raise SealBroken("the key or the context does not fit") from None


def read_or_make_secret(path: Path) -> bytes:
    """The secret in a file that only its owner can read, made once and never replaced.

    Any who start at once get the same one: the file appears whole or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # `mkstemp` makes a file of nobody else's, readable by its owner only.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(KEY_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_text(encoding="ascii").strip().encode()
