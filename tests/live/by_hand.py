"""Digest answers written by hand, from the RFC alone: nothing here is the server's code."""

import hashlib
import re
from dataclasses import dataclass

import httpx

from tests.factories.servers import LiveServer
from tests.factories.shop import SignIn

TARGET = "/partner/ecom/categories"


@dataclass(frozen=True)
class Pen:
    """Writes the answers of one credential to one nonce."""

    sign_in: SignIn
    nonce: str
    algorithm: str = "SHA-256"

    def answer(self, *, nc: int = 1, target: str = TARGET, method: str = "GET") -> str:
        """The value of `Authorization` for the nonce's use number `nc`."""
        username, cnonce = self.sign_in.credential.username, "0a4f113b"
        first = self._hash(f"{username}:bezant:{self.sign_in.secret}")
        if self.algorithm.endswith("-sess"):
            first = self._hash(f"{first}:{self.nonce}:{cnonce}")
        second = self._hash(f"{method}:{target}")
        response = self._hash(f"{first}:{self.nonce}:{nc:08x}:{cnonce}:auth:{second}")
        return (
            f'Digest username="{username}", realm="bezant", nonce="{self.nonce}", '
            f'uri="{target}", algorithm={self.algorithm}, qop=auth, nc={nc:08x}, '
            f'cnonce="{cnonce}", response="{response}"'
        )

    def _hash(self, text: str) -> str:
        kind = hashlib.md5 if self.algorithm.startswith("MD5") else hashlib.sha256
        return kind(text.encode()).hexdigest()


def nonce_in(answer: httpx.Response) -> str:
    """The nonce that a refusal offers."""
    found = re.search(r'nonce="([^"]+)"', answer.headers["www-authenticate"])
    assert found, answer.headers
    return found[1]


def fresh_nonce(server: LiveServer) -> str:
    """A nonce of the server's own."""
    answer = httpx.get(server.base_url + TARGET)
    assert answer.status_code == 401
    return nonce_in(answer)


def is_stale(answer: httpx.Response) -> bool:
    """Whether a refusal says that only the nonce was too old."""
    assert answer.status_code == 401, answer.text
    offered = answer.headers.get_list("www-authenticate")
    assert len(offered) == 2
    stale = {"stale=true" in each for each in offered}
    assert len(stale) == 1, offered
    return stale.pop()
