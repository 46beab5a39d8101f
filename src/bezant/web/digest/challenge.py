"""What a refused request is told: two `WWW-Authenticate` values, one for each algorithm.

SHA-256 stands first because curl, httpx and aiohttp answer the first that they meet; MD5
stands last because requests answers the last. Only `auth` is offered: of a list, aiohttp
takes auth-int, which requests cannot do. Source: RFC 7616 section 3.3.
"""

from hashlib import sha256
from typing import Final

from bezant.web.digest.algorithms import Algorithm

OFFERED: Final = (Algorithm.SHA256, Algorithm.MD5)


def challenges(realm: str, *, nonce: str, opaque: str, stale: bool) -> tuple[str, str]:
    """The values of two `WWW-Authenticate` lines, in the order in which they are sent.

    `stale` says that only the nonce was too old, so that the client tries again by itself.
    """
    strong, old = (
        f'Digest realm={_quoted(realm)}, qop="auth", algorithm={algorithm}, '
        f"nonce={_quoted(nonce)}, opaque={_quoted(opaque)}, charset=UTF-8"
        f"{', stale=true' if stale else ''}"
        for algorithm in OFFERED
    )
    return strong, old


def opaque_for(realm: str) -> str:
    """The `opaque` of a realm: 32 hexadecimal digits that never change and hide nothing."""
    return sha256(realm.encode()).hexdigest()[:32]


def _quoted(text: str) -> str:
    """A quoted string. What cannot stand in one as it is would break the header's line."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"a challenge is written in printable ASCII, not {text!a}")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
