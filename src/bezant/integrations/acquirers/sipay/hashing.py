"""Sipay's `hash_key`: a few fields, locked with the shop's application secret.

A key reads `iv:salt:text`. The text is AES-256-CBC over the fields joined by `|`, in base64
with `/` written `__`; `iv` and AES key are used as the ASCII characters that they are. It is
no signature: blocks of two true keys can be put together into a third that opens. So a key
that opens only says which charge is to be asked about, never what became of it.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from bezant.payments.card import Secret

_IV_CHARACTERS: Final = 16
_SALT_CHARACTERS: Final = 4
_AES_KEY_CHARACTERS: Final = 32
_BLOCK_BITS: Final = 128
# A key of ours has about 200 characters; nobody makes us open a book.
_LONGEST: Final = 2_000
_FORM: Final = re.compile(r"([0-9A-Za-z]{16}):([0-9A-Za-z]{1,16}):([0-9A-Za-z+/]+={0,2})")


def make_key(fields: Sequence[str], *, secret: Secret) -> str:
    """A new key over these fields; no two are alike."""
    iv = secrets.token_hex(_IV_CHARACTERS // 2)
    salt = secrets.token_hex(_SALT_CHARACTERS // 2)
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update("|".join(fields).encode()) + padder.finalize()
    encryptor = _cipher(iv, salt, secret).encryptor()
    locked = base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
    return f"{iv}:{salt}:{locked}".replace("/", "__")


def open_key(key: str, *, secret: Secret) -> tuple[str, ...] | None:
    """The fields in a key; None for one that was not made with this secret."""
    if len(key) > _LONGEST:
        return None
    # A plus sign has become a space where a query was put together without escaping it.
    found = _FORM.fullmatch(key.replace("__", "/").replace(" ", "+"))
    locked = _bytes_of(found[3]) if found else None
    if found is None or locked is None:
        return None
    decryptor = _cipher(found[1], found[2], secret).decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        padded = decryptor.update(locked) + decryptor.finalize()
        text = (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:
        return None
    return tuple(text.split("|"))


def _bytes_of(text: str) -> bytes | None:
    """What base64 stands for, if it is written the one way in which it is written."""
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return found if base64.b64encode(found).decode() == text else None


def _cipher(iv: str, salt: str, secret: Secret) -> Cipher[CBC]:
    # The two digests are the interface's, not a choice: the secret's own strength carries it.
    inner = hashlib.sha1(secret.reveal().encode(), usedforsecurity=False).hexdigest()
    outer = hashlib.sha256(f"{inner}{salt}".encode()).hexdigest()
    return Cipher(AES256(outer[:_AES_KEY_CHARACTERS].encode()), CBC(iv.encode()))
