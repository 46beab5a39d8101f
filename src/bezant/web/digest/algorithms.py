"""The hashes of Digest authentication.

We offer SHA-256 and MD5; their session forms are accepted in answers. MD5 is there for the
clients that know nothing else. Its collisions do not help to forge a response, and our
secrets are generated, so none can be guessed from a recorded answer.
"""

import hashlib
from enum import StrEnum
from typing import Final


class Algorithm(StrEnum):
    """An algorithm of RFC 7616 that we accept, by its name on the wire."""

    SHA256 = "SHA-256"
    SHA256_SESS = "SHA-256-sess"
    MD5 = "MD5"
    MD5_SESS = "MD5-sess"

    @property
    def is_session(self) -> bool:
        """Whether HA1 is hashed once more with the nonce and the client's nonce."""
        return self in _PLAIN_OF_SESSION

    @property
    def plain(self) -> "Algorithm":
        """The algorithm without `-sess`: the one whose HA1 is stored."""
        return _PLAIN_OF_SESSION.get(self, self)

    @property
    def hex_digits(self) -> int:
        """How long a response of this algorithm is."""
        return 32 if self.plain is Algorithm.MD5 else 64

    def digest(self, data: bytes) -> bytes:
        """The hash of `data`: 16 or 32 bytes."""
        if self in _MD5_FAMILY:
            return hashlib.md5(data, usedforsecurity=False).digest()
        return hashlib.sha256(data).digest()

    def hexdigest(self, data: bytes) -> str:
        """The RFC's `H(data)`: the hash in lower-case hexadecimal."""
        return self.digest(data).hex()


_MD5_FAMILY: Final = frozenset({Algorithm.MD5, Algorithm.MD5_SESS})
_PLAIN_OF_SESSION: Final = {
    Algorithm.SHA256_SESS: Algorithm.SHA256,
    Algorithm.MD5_SESS: Algorithm.MD5,
}
