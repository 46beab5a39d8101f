"""The requests of a run, made as bytes before its clock starts.

Invariant: each is a whole GET with a Digest answer of its own: no (nonce, nc) pair comes
twice, so every one of them passes the server's check of replays.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from http.client import HTTPConnection
from itertools import count
from typing import Final

from msgspec import Struct

PATH: Final = "/partner/ecom/baskets"
CNONCE: Final = "0a4f113b0a4f113b"
TIMEOUT_S: Final = 10.0
_CHALLENGE: Final = re.compile(r'realm="([^"]+)".*algorithm=SHA-256, nonce="([^"]+)"')


class SignIn(Struct, frozen=True, kw_only=True):
    """Whose requests they are."""

    username: str
    secret: str
    realm: str


def target(external_id: str) -> str:
    """The seed's request for the incomplete baskets of a customer, as a request target."""
    return f"{PATH}?customer_external_id={external_id}&page=&total=&startDate&endDate&card_bin"


def signed_requests(
    sign_in: SignIn, *, port: int, nonce: str, customers: Sequence[str]
) -> Iterator[bytes]:
    """One request for each customer in turn, signed with uses 1, 2, 3, … of a nonce."""
    signer = Signer(sign_in, port=port, nonce=nonce)
    for external_id in customers:
        yield signer.sign("GET", target(external_id))


class Signer:
    """Signs requests with uses 1, 2, 3, … of a nonce."""

    def __init__(self, sign_in: SignIn, *, port: int, nonce: str) -> None:
        self._first = _hash(f"{sign_in.username}:{sign_in.realm}:{sign_in.secret}")
        self._uses = count(1)
        self._nonce = nonce
        self._head = (
            f"Host: 127.0.0.1:{port}\r\n"
            "User-Agent: bezant-bench\r\n"
            "Accept: application/json\r\n"
            "Accept-Language: tr\r\n"
            "api-version: 3\r\n"
            "x-client-id: \r\n"
            f'Authorization: Digest username="{sign_in.username}", realm="{sign_in.realm}", '
            f'nonce="{nonce}", algorithm=SHA-256, qop=auth, cnonce="{CNONCE}", '
        )

    def sign(self, method: str, uri: str, body: bytes = b"") -> bytes:
        """A whole request, with its body if it has one."""
        nc = f"{next(self._uses):08x}"
        second = _hash(f"{method}:{uri}")
        response = _hash(f"{self._first}:{self._nonce}:{nc}:{CNONCE}:auth:{second}")
        content = (
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        )
        return (
            f"{method} {uri} HTTP/1.1\r\n{self._head}"
            f'uri="{uri}", nc={nc}, response="{response}"\r\n{content}\r\n'
        ).encode() + body


def fetch_nonces(port: int, *, how_many: int) -> list[str]:
    """Nonces that a server on this machine hands out to whoever is not signed in."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    nonces = []
    try:
        for _ in range(how_many):
            connection.request("GET", target("nobody"))
            answer = connection.getresponse()
            answer.read()
            offered = _CHALLENGE.search(", ".join(answer.headers.get_all("WWW-Authenticate", [])))
            assert offered, f"status {answer.status} and no challenge that we can answer"
            nonces.append(offered[2])
    finally:
        connection.close()
    return nonces


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
