"""A quick way for many requests at once: httpx in front, aiohttp's connections behind.

The pool of httpx looks at every connection for every request, which makes a crowd of sixty the
slowest part of a race.
"""

import aiohttp
import httpx
from yarl import URL


class QuickTransport(httpx.AsyncBaseTransport):
    """Sends what httpx has made over aiohttp. A broken connection is `httpx.TransportError`."""

    def __init__(self, *, connections: int, timeout_s: int) -> None:
        self._connections, self._timeout_s = connections, timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole."""
        headers = {name: value for name, value in request.headers.items() if name != "connection"}
        try:
            async with self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),
                data=await request.aread(),
                headers=headers,
                allow_redirects=False,
            ) as answered:
                content = await answered.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise httpx.TransportError(repr(error), request=request) from error
        return httpx.Response(
            answered.status, headers=list(answered.raw_headers), content=content, request=request
        )

    async def aclose(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session
