"""Speaks to Sipay: one session, one token, and `AcquirerAway` for whatever is no answer.

A request is sent again in one case only: Sipay refused its token and so did nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
import structlog

from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.answers import Answer, Code, read_answer
from bezant.integrations.acquirers.sipay.tokens import Tokens
from bezant.kernel.clock import Clock
from bezant.payments.acquirer import AcquirerAway
from bezant.payments.card import Secret

_log: Final = structlog.get_logger("bezant.sipay")
LARGEST_ANSWER_BYTES: Final = 1_048_576
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_ANY: Final = "text/html, application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever it is."""

    status: int
    body: bytes = field(repr=False)
    location: str = field(repr=False, default="")

    @property
    def answer(self) -> Answer | None:
        """The answer in it, if it is one."""
        return read_answer(self.body)

    @property
    def text(self) -> str:
        """The page in it; a letter that is none of its alphabet is of no account here."""
        return self.body.decode(errors="replace")


def away(path: str, why: str) -> AcquirerAway:
    """The refusal, and a line for whoever runs this: what was asked, never with what."""
    _log.warning("sipay_away", path=path, why=why)
    return AcquirerAway()


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    body: bytes | Mapping[str, str] = field(repr=False)
    accepts: str = _JSON
    limit_s: float | None = None


class SipayClient:
    """Sends requests to one shop's Sipay. `limit_s` is the longest that any one may take."""

    def __init__(self, access: SipayAccess, *, clock: Clock, limit_s: float) -> None:
        self._access = access
        self._limit_s = limit_s
        self._tokens = Tokens(self._fetch_token, clock=clock)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, path: str, body: Mapping[str, object], *, limit_s: float | None = None
    ) -> Answer:
        """Sends JSON and reads the answer. Raises `AcquirerAway`.

        `limit_s` is for one of several steps, where the next needs time too.
        """
        request = _Request(path, msgspec.json.encode(body), limit_s=limit_s)
        reply = await self._send(request)
        answer = reply.answer
        if answer is None:
            raise away(path, f"no answer in a {reply.status}")
        return answer

    async def page(self, path: str, form: Mapping[str, str]) -> Reply:
        """Sends a form and returns what came, page or answer. Raises `AcquirerAway`."""
        return await self._send(_Request(path, form, _ANY))

    async def close(self) -> None:
        """Ends the session."""
        await self._tokens.close()
        if self._session is not None:
            await self._session.close()

    async def _send(self, request: _Request) -> Reply:
        token = await self._tokens.current()
        reply = await self._post(request, token=token)
        if _is_token_refused(reply):
            token = await self._tokens.current(refused=token)
            reply = await self._post(request, token=token)
        if _is_token_refused(reply):
            raise away(request.path, "the credentials are refused")
        answer = reply.answer
        code = None if answer is None else answer.code
        _log.info("sipay_answered", path=request.path, status=reply.status, code=code)
        return reply

    async def _fetch_token(self) -> Secret:
        body = {"app_id": self._access.app_id, "app_secret": self._access.app_secret.reveal()}
        request = _Request("api/token", msgspec.json.encode(body))
        reply = await self._post(request, token=None)
        answer = reply.answer
        if answer is None or answer.code != Code.DONE or not answer.text("token"):
            raise away(request.path, "no token")
        return Secret(answer.text("token"))

    async def _post(self, request: _Request, *, token: Secret | None) -> Reply:
        headers = {"Accept": request.accepts}
        headers["Content-Type"] = _JSON if isinstance(request.body, bytes) else _FORM
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        try:
            async with self._opened().post(
                self._access.url(request.path),
                data=request.body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=request.limit_s or self._limit_s),
                # Following one would repeat the request elsewhere.
                allow_redirects=False,
            ) as response:
                body = await _read(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise away(request.path, type(error).__name__) from error
        if body is None or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise away(request.path, f"a {response.status} that says nothing")
        return Reply(response.status, body, response.headers.get("Location", ""))

    def _opened(self) -> aiohttp.ClientSession:
        """The session; it is made inside the loop in which it is used."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The whole body; None for one that is too large to be an answer."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > LARGEST_ANSWER_BYTES:
            return None
    return bytes(body)


def _is_token_refused(reply: Reply) -> bool:
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return True
    answer = reply.answer
    return answer is not None and answer.code == Code.NO_SUCH_TOKEN
