"""A door as the real ones are, without its database: one partner, and what the door checks."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bezant.partners.model import HashName
from bezant.partners.service import accounts
from bezant.web.digest.algorithms import Algorithm
from bezant.web.digest.answer import DigestAnswer, MalformedAnswer, parse_answer
from bezant.web.digest.challenge import challenges, opaque_for
from bezant.web.digest.nonces import FreshNonce, NonceMint
from bezant.web.digest.response import answer_matches, expected_response
from bezant.web.digest.target import target_matches

NOW = datetime(2026, 3, 14, 9, 26, 53, 589_793, tzinfo=UTC)
EPOCH = b"an epoch's bytes"
KEY = b"k" * 32

HASH_NAMES = {Algorithm.MD5: HashName.MD5, Algorithm.SHA256: HashName.SHA256}


def ha1(username: str, *, realm: str, secret: str, algorithm: Algorithm) -> bytes:
    """The HA1 that the partners room keeps for a plain algorithm."""
    name = HASH_NAMES[algorithm]
    return accounts.ha1(name, username=username, realm=realm, secret=secret)


@dataclass(frozen=True, kw_only=True)
class Door:
    """Knows one partner's secret and answers whether a request is let in."""

    username: str = "partner"
    secret: str = "Kapalı-çarşı"
    realm: str = "bezant"
    method: str = "GET"
    raw_path: bytes = b"/partner/basket/incomplete"
    query: bytes = b"page=1&total=10"
    nonces: NonceMint = field(default_factory=lambda: NonceMint(KEY, realm="bezant", life_s=300))

    @property
    def uri(self) -> str:
        """The target as a client writes it."""
        return (self.raw_path + (b"?" + self.query if self.query else b"")).decode()

    def nonce(self) -> str:
        """A fresh one."""
        return self.nonces.issue(now=NOW, epoch=EPOCH)

    def challenge(self) -> tuple[str, str]:
        """The two values of `WWW-Authenticate`."""
        return challenges(
            self.realm, nonce=self.nonce(), opaque=opaque_for(self.realm), stale=False
        )

    def ha1(self, algorithm: Algorithm) -> bytes:
        """What is stored for the partner."""
        return ha1(self.username, realm=self.realm, secret=self.secret, algorithm=algorithm.plain)

    def admits(self, answer: DigestAnswer) -> bool:
        """Whether the answer passes every check that needs no database."""
        return (
            answer.username == self.username
            and target_matches(answer.uri, raw_path=self.raw_path, query=self.query, path_prefix="")
            and isinstance(self.nonces.read(answer.nonce, now=NOW, epoch=EPOCH), FreshNonce)
            and answer_matches(
                answer, ha1=self.ha1(answer.algorithm), realm=self.realm, method=self.method
            )
        )

    def admits_header(self, header: bytes) -> bool:
        """The same, from the header's bytes; a malformed one is not let in."""
        try:
            return self.admits(parse_answer(header.decode("latin-1")))
        except MalformedAnswer:
            return False

    def right_answer(self, algorithm: Algorithm = Algorithm.SHA256) -> DigestAnswer:
        """What a client that knows the secret answers."""
        unsigned = DigestAnswer(
            username=self.username,
            realm=self.realm,
            nonce=self.nonce(),
            uri=self.uri,
            response="",
            algorithm=algorithm,
            nc="0000000a",
            cnonce="MDAwMTAyMDMwNDA1",
        )
        return signed(unsigned, self)


def signed(answer: DigestAnswer, door: Door) -> DigestAnswer:
    """`answer` with the response of one who knows the door's secret."""
    response = expected_response(answer, ha1=door.ha1(answer.algorithm), method=door.method)
    return replace(answer, response=response)


def written(answer: DigestAnswer) -> bytes:
    """The header that says `answer`, in the shape that curl gives it."""
    parts = [
        f"username={quoted(answer.username)}",
        f"realm={quoted(answer.realm)}",
        f"nonce={quoted(answer.nonce)}",
        f"uri={quoted(answer.uri)}",
    ]
    if not answer.is_rfc2069:
        parts += [f"cnonce={quoted(answer.cnonce)}", f"nc={answer.nc}", "qop=auth"]
    parts += [f'response="{answer.response}"', f"algorithm={answer.algorithm}"]
    return ("Digest " + ", ".join(parts)).encode()


def quoted(text: str) -> str:
    """A quoted string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
