"""One request for a payment page: what it asks for, from where, in which language."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from litestar import Request
from litestar.datastructures import State

from bezant.kernel.ids import PaymentToken
from bezant.kernel.texts import Language
from bezant.payments.views import NoSuchPayment
from bezant.web.bodies import read_at_most
from bezant.web.headers import RequestHeaders, read_headers
from bezant.web.pay.desk import Front
from bezant.web.refusals import NotSupportedMediaType, RequestMalformed

Incoming = Request[None, None, State]
Fields = dict[str, str]
"""What a form or a query brought, by name; the last of a name counts."""

FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 100
LANGUAGE_FIELD: Final = "lang"
_CHOSEN: Final = re.compile(rb"(?:^|&)lang=(tr|en)(?:&|$)")
_TOKEN: Final = re.compile(r"[A-Za-z0-9]{16,128}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, and who answers it."""

    front: Front
    request: Incoming
    headers: RequestHeaders
    home: str
    """What stands before the token in the path: payments and cards have their own."""

    @classmethod
    def of(cls, front: Front, request: Incoming, home: str) -> "Visit":
        """The visit that a request is."""
        return cls(front, request, read_headers(request.scope["headers"]), home)

    @property
    def is_post(self) -> bool:
        """Whether it is a form that was sent."""
        return self.request.method == "POST"

    @property
    def token(self) -> PaymentToken:
        """Which payment the path names. Raises `NoSuchPayment` for what can be no token."""
        token = self.place("token")
        if not _TOKEN.fullmatch(token):
            raise NoSuchPayment
        return PaymentToken(token)

    def place(self, name: str) -> str:
        """What stands in a place of the path."""
        return str(self.request.path_params[name])

    @property
    def page(self) -> str:
        """The payment's, or the card's, own page."""
        return f"{self.root}{self.home}/{self.token}"

    @property
    def here(self) -> str:
        """This page as a link can ask for it again: what was posted to is left."""
        path = str(self.request.scope["path"])
        return f"{self.root}{path}".removesuffix("/return").removesuffix("/cancel")

    def link(self, below: str = "", /, **query: str) -> str:
        """Its own page, or one below that, in the language that was chosen."""
        language = self.chosen_language
        asked = urlencode(query | ({LANGUAGE_FIELD: language} if language else {}), quote_via=quote)
        return f"{self.page}{below}" + (f"?{asked}" if asked else "")

    @property
    def root(self) -> str:
        """What stands before every path where a proxy serves us below one."""
        return urlsplit(self.front.base_url).path.rstrip("/")

    @property
    def chosen_language(self) -> Language | None:
        """The language that the customer chose by a link."""
        found = _CHOSEN.search(self.request.scope["query_string"])
        return Language(found[1].decode()) if found else None

    @property
    def address(self) -> str:
        """Where the customer is, as far as the proxies that we trust say."""
        client = self.request.scope["client"]
        return self.front.address_of(client[0] if client else "", self.headers.forwarded_for)

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether a form that was sent stood on somebody else's page.

        A browser without `Sec-Fetch-Site` says `null` of our own pages, because they send
        no referrer; there is nothing to steal with a form that knows the token, so that passes.
        """
        site = self.request.headers.get("sec-fetch-site")
        if site is not None:
            return site != "same-origin"
        origin = self.request.headers.get("origin", "null")
        ours = {_host(self.front.base_url), self.request.headers.get("host", "")}
        return origin != "null" and _host(origin) not in ours

    def query(self) -> Fields:
        """The query's fields. Raises `RequestMalformed`."""
        return _fields(self.request.scope["query_string"])

    async def form(self, *, limit_bytes: int) -> Fields:
        """The fields that were posted.

        Raises `NotSupportedMediaType`, `BodyTooLarge`, `RequestMalformed`.
        """
        body = await read_at_most(self.request.receive, self.headers, limit_bytes=limit_bytes)
        if body and self.headers.content_type.partition(";")[0].strip().lower() != FORM:
            raise NotSupportedMediaType
        return _fields(body)


def _fields(encoded: bytes) -> Fields:
    try:
        text = encoded.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        # Not raised from it: what was sent is in its message.
        raise RequestMalformed from None


def _host(address: str) -> str:
    return urlsplit(address).netloc
