"""The line to the sandbox: signed requests over one pool of connections.

Invariant: whatever goes wrong on the way, an answer that is none, or a broken one, is
`AcquirerAway`; nothing is sent twice.
"""

from typing import Final, TypeVar

import aiohttp
import msgspec
import structlog
from yarl import URL

from bezant.integrations.acquirers.sandbox.access import (
    KEY_HEADER,
    SIGNATURE_HEADER,
    Purpose,
    SandboxAccess,
    sign,
)
from bezant.payments.acquirer import AcquirerAway

Told = TypeVar("Told")

CONNECTIONS: Final = 100
# Less than the server's, so that no request goes out on a connection that it is closing.
KEEPALIVE_S: Final = 10
_OK: Final = 200

_log: Final = structlog.get_logger("bezant.sandbox")


class Line:
    """Asks the sandbox. The session is made with the first request."""

    def __init__(self, access: SandboxAccess) -> None:
        self.access = access
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, shape: type[Told], path: str, sent: msgspec.Struct | None = None) -> Told:
        """What the sandbox says to a GET, or to a POST of `sent`. Raises `AcquirerAway`."""
        if sent is None:
            answer = await self.answer("GET", path)
        else:
            answer = await self.answer("POST", path, msgspec.json.encode(sent))
        try:
            return msgspec.json.decode(answer, type=shape)
        except msgspec.DecodeError:
            _log.error("sandbox_garbled", path=path)
            raise AcquirerAway from None

    async def answer(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The body of a good answer. Raises `AcquirerAway`."""
        signature = sign(
            self.access.signing_key, Purpose.REQUEST, method.encode(), path.encode(), body
        )
        headers = {
            KEY_HEADER: self.access.api_key,
            SIGNATURE_HEADER: signature,
            "content-type": "application/json",
        }
        url = URL(self.access.url + path, encoded=True)
        try:
            async with self._opened().request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as answered:
                read = await answered.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("sandbox_away", path=path, reason=type(error).__name__)
            raise AcquirerAway from None
        if answered.status != _OK:
            _log.error("sandbox_refused", path=path, status=answered.status)
            raise AcquirerAway
        return read

    async def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEPALIVE_S),
                timeout=aiohttp.ClientTimeout(total=self.access.timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session
