"""What a client answers: the `Authorization: Digest …` header, read strictly.

Invariants: whatever the text, the result is a complete answer or `MalformedAnswer`; the
work is linear in a bounded length; text is the wire's UTF-8, so encoding a field gives back
the bytes that the client hashed. Parameters that we do not know are passed over, `opaque`
among them: it holds nothing. Sources: RFC 7616 section 3.4, RFC 9110 sections 5.6 and 11.4,
RFC 8187 for `username*`.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bezant.kernel.errors import BezantError, Kind
from bezant.web.digest.algorithms import Algorithm

MAX_HEADER_BYTES: Final = 8 * 1024
MAX_VALUE_LENGTH: Final = 4 * 1024


class MalformedAnswer(BezantError):
    """The header is not a Digest answer that we can check.

    `reason` is for the log: one of a few fixed sentences that hold nothing of the header.
    The client gets the same 401 as for a wrong secret.
    """

    kind = Kind.UNAUTHENTICATED
    text = "error.unauthenticated"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DigestAnswer:
    """An answer whose form is right; nothing in it is proven yet."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    """32 or 64 lower-case hexadecimal digits, as the algorithm has it."""
    algorithm: Algorithm
    nc: str
    """Eight hexadecimal digits as they were sent; empty in the form of RFC 2069."""
    cnonce: str
    """The client's own nonce; empty in the form of RFC 2069."""

    @property
    def is_rfc2069(self) -> bool:
        """Whether there is no qop: the old form, for credentials that allow it only."""
        return not self.nc

    @property
    def count(self) -> int:
        """Which use of its nonce this answer says it is.

        The form of RFC 2069 does not count, so each of its answers is use 0, and its nonce
        serves once.
        """
        return int(self.nc, 16) if self.nc else 0


def parse_answer(header: str) -> DigestAnswer:
    """The answer in a header's value, each character of which is a byte (as ASGI has it).

    Raises `MalformedAnswer`.
    """
    parameters = _parameters(_from_wire(header))
    algorithm = _algorithm(parameters)
    nc, cnonce = _counted(parameters, algorithm)
    return DigestAnswer(
        username=_username(parameters),
        realm=_filled(parameters, "realm"),
        nonce=_filled(parameters, "nonce"),
        uri=_filled(parameters, "uri"),
        response=_response(parameters, algorithm),
        algorithm=algorithm,
        nc=nc,
        cnonce=cnonce,
    )


def _from_wire(header: str) -> str:
    if len(header) > MAX_HEADER_BYTES:
        raise MalformedAnswer("the header is too long")
    if header.isascii():
        return header
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        raise MalformedAnswer("the header is not UTF-8") from None


def _parameters(header: str) -> dict[str, str]:
    """The parameters by their lower-case names, with quotes and escapes taken away."""
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise MalformedAnswer("the scheme is not Digest")
    # The expression finds each parameter where the last one ended, or else takes all that is
    # left as rubbish; so nothing between two parameters goes unseen.
    found = _PARAMETER.findall(header.rstrip(" \t,"), len(_SCHEME))
    parameters: dict[str, str] = {}
    for name, token, quoted, rubbish in found:
        if rubbish:
            raise MalformedAnswer("the parameters are not a list of name=value")
        value = _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else token or quoted
        if len(value) > MAX_VALUE_LENGTH:
            raise MalformedAnswer("a value is too long")
        parameters[name.lower()] = value
    if len(parameters) != len(found):
        raise MalformedAnswer("a parameter is there twice")
    return parameters


_SCHEME: Final = "digest "
# Every repetition is possessive: there is one way to read a header and no going back.
_PARAMETER: Final = re.compile(
    r"""
      [ \t,]*+
      ([!#$%&'*+\-.^_`|~0-9A-Za-z]++)              # the name
      [ \t]*+ = [ \t]*+
      (?: ([!#$%&'*+\-.^_`|~0-9A-Za-z]++)          # a token
        | "( [^"\\\x00-\x08\x0A-\x1F\x7F]*+        # or a quoted string
             (?: \\[^\x00-\x08\x0A-\x1F\x7F]
                 [^"\\\x00-\x08\x0A-\x1F\x7F]*+ )*+ )"
      )
      [ \t]*+ (?: , | \Z )
    | ( (?s: .++ ) )                               # rubbish
    """,
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)")


def _filled(parameters: dict[str, str], name: str) -> str:
    value = parameters.get(name)
    if not value:
        raise MalformedAnswer(f"{name} is missing or empty")
    return value


def _algorithm(parameters: dict[str, str]) -> Algorithm:
    # A client that names none means MD5 (section 3.3).
    algorithm = _ALGORITHMS.get(parameters.get("algorithm", "MD5").lower())
    if algorithm is None:
        raise MalformedAnswer("the algorithm is not one of ours")
    return algorithm


_ALGORITHMS: Final = {algorithm.lower(): algorithm for algorithm in Algorithm}


def _counted(parameters: dict[str, str], algorithm: Algorithm) -> tuple[str, str]:
    """nc and cnonce; both empty when there is no qop."""
    qop = parameters.get("qop")
    if qop is None:
        # RFC 2069 knows none of these; an answer that has one has lost its qop on the way.
        if algorithm.is_session or "nc" in parameters or "cnonce" in parameters:
            raise MalformedAnswer("qop is missing")
        return "", ""
    if qop != "auth":
        raise MalformedAnswer("qop is not auth")
    nc = _filled(parameters, "nc")
    if not _EIGHT_HEX_DIGITS.fullmatch(nc):
        raise MalformedAnswer("nc is not eight hexadecimal digits")
    return nc, _filled(parameters, "cnonce")


_EIGHT_HEX_DIGITS: Final = re.compile(r"[0-9A-Fa-f]{8}")


def _username(parameters: dict[str, str]) -> str:
    # Hashed names are not offered: they would need one more stored hash for each credential.
    if parameters.get("userhash", "false").lower() != "false":
        raise MalformedAnswer("the username is hashed")
    if "username*" in parameters:
        if "username" in parameters:
            raise MalformedAnswer("username and username* are both there")
        username = _extended(parameters["username*"])
    else:
        username = _filled(parameters, "username")
    # A name goes into logs and to the database, which takes no NUL.
    if not username.isprintable():
        raise MalformedAnswer("the username is not printable")
    return username


def _extended(value: str) -> str:
    parts = _EXTENDED_VALUE.fullmatch(value)
    if not parts:
        raise MalformedAnswer("username* is not an extended value in UTF-8")
    try:
        return unquote(parts[1], errors="strict")
    except UnicodeDecodeError:
        raise MalformedAnswer("username* is not UTF-8") from None


_EXTENDED_VALUE: Final = re.compile(
    r"utf-8'[a-z0-9-]*+'((?:[!#$&+\-.^_`|~0-9a-z]|%[0-9a-f]{2})++)", re.ASCII | re.IGNORECASE
)


def _response(parameters: dict[str, str], algorithm: Algorithm) -> str:
    response = _filled(parameters, "response")
    if len(response) != algorithm.hex_digits or not _HEX_DIGITS.fullmatch(response):
        raise MalformedAnswer("the response is not a hash of its algorithm")
    return response.lower()


_HEX_DIGITS: Final = re.compile(r"[0-9A-Fa-f]++")
