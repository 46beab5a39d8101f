"""One try to deliver: a POST over HTTPS, and what came of it.

Invariants: nothing is raised for what a receiver does or fails to do; a try ends within
`TRY_LIMIT`; no redirect is followed, no cookie kept, no proxy of the environment used; the
address that a connection is made to is checked as the connection is made.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractCookieJar
from aiohttp.connector import AddrInfoType

from bezant import __version__
from bezant.webhooks.addresses import is_public
from bezant.webhooks.model import Answer

TRY_LIMIT: Final = timedelta(seconds=15)
CONNECTIONS: Final = 256
MAX_ANSWER_BYTES: Final = 1024
"""How much of an answer is read, for the operator to see why it was refused."""
MAX_RETRY_AFTER: Final = timedelta(days=1)
_SHOWN_ANSWER: Final = 200


class AddressRefused(OSError):
    """The name leads to an address that is not public."""


class Poster:
    """Sends webhooks over connections of its own, until it is closed."""

    def __init__(self, *, allows_private: bool, limit: timedelta = TRY_LIMIT) -> None:
        self._allows_private = allows_private
        self._limit = limit
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, socket_factory=self._socket),
            timeout=aiohttp.ClientTimeout(total=limit.total_seconds()),
            cookie_jar=_no_cookies(),
            headers={"User-Agent": f"Bezant/{__version__}", "Accept": "*/*"},
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], now: datetime
    ) -> Answer:
        """Sends `body` once. `now` is what a `Retry-After` that is a date is counted from."""
        told = {**headers, "Content-Type": "application/json"}
        try:
            async with self._session.post(
                url, data=body, headers=told, allow_redirects=False
            ) as response:
                return await _answer(response, now=now)
        except TimeoutError:
            return Answer(status=None, error=f"no answer within {self._limit.seconds} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(status=None, error=_said(error))

    def _socket(self, address: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, target = address
        if not self._allows_private and not is_public(str(target[0])):
            raise AddressRefused(errno.EACCES, f"{target[0]} is not a public address")
        return socket.socket(family=family, type=kind, proto=protocol)


async def _answer(response: aiohttp.ClientResponse, *, now: datetime) -> Answer:
    answer = Answer(status=response.status)
    if answer.is_success:
        # Whatever becomes of the rest of it, the receiver has said that it has the event.
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            await response.content.read(MAX_ANSWER_BYTES)
        return answer
    return Answer(
        status=response.status,
        error=_printable(await response.content.read(MAX_ANSWER_BYTES)),
        retry_after=_retry_after(response.headers.get("Retry-After", ""), now),
    )


def _no_cookies() -> AbstractCookieJar:
    return aiohttp.DummyCookieJar(loop=asyncio.get_running_loop())


def _printable(answer: bytes) -> str:
    text = answer[:_SHOWN_ANSWER].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """How long a receiver asks us to wait, in seconds or until a date; None if it does not."""
    try:
        if value.isascii() and value.isdigit():
            wait = timedelta(seconds=int(value[:9]))
        else:
            wait = parsedate_to_datetime(value) - now
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)
