"""The reference as a page at /docs, which needs nothing from anywhere else.

Rendered once for each language. Strict content security policy: styles and the small script
come from here, and the page reads the same without the script.
"""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from markupsafe import Markup, escape

from bezant import __version__
from bezant.kernel.texts import Language, catalogue, preferred_language
from bezant.web.call import House
from bezant.web.partner.api import OPERATIONS
from bezant.web.reference.chapters import chapters_of, error_rows
from bezant.web.reference.openapi import openapi_document

Incoming = Request[None, None, State]

HTML: Final = "text/html"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ASSETS: Final = {
    "reference.css": "text/css",
    "reference.js": "text/javascript",
    "coin.svg": "image/svg+xml",
}
_HOUR_S: Final = 3_600


@get("/", include_in_schema=False)
async def start() -> ASGIResponse:
    """The way to the reference."""
    return ASGIResponse(status_code=302, headers=[("Location", "/docs")], media_type=HTML)


@get("/docs", include_in_schema=False)
async def reference(request: Incoming) -> ASGIResponse:
    """The reference in the reader's language; `?lang=` chooses another."""
    house: House = request.app.state.house
    language = _language(request)
    headers = [
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Language", language),
        ("Vary", "Accept-Language"),
    ]
    body = _rendered(house.rules.base_url, language)
    return ASGIResponse(body=body, media_type=HTML, headers=headers)


@get("/docs/openapi.json", include_in_schema=False)
async def document(request: Incoming) -> ASGIResponse:
    """The OpenAPI document."""
    house: House = request.app.state.house
    body = _document(house.rules.base_url)
    return ASGIResponse(body=body, headers=[("Access-Control-Allow-Origin", "*")])


@get("/docs/static/{name:str}", include_in_schema=False)
async def asset(request: Incoming, name: FromPath[str]) -> ASGIResponse:
    """The page's styles and script."""
    if name not in _ASSETS:
        return ASGIResponse(body=b"no such file\n", status_code=404, media_type="text/plain")
    body, tag = _asset(name)
    headers = [("Cache-Control", f"public, max-age={_HOUR_S}"), ("ETag", tag)]
    if request.headers.get("if-none-match") == tag:
        return ASGIResponse(status_code=304, headers=headers)
    return ASGIResponse(body=body, media_type=_ASSETS[name], headers=headers)


def _language(request: Incoming) -> Language:
    """What `?lang=` says, or else the browser's own wish."""
    chosen = request.query_params.get("lang")
    if chosen in set(Language):
        return Language(chosen)
    return preferred_language(request.headers.get("accept-language", ""))


@cache
def _rendered(base_url: str, language: Language) -> bytes:
    page = _templates().get_template("reference.html.j2")
    return page.render(
        version=__version__,
        base_url=base_url,
        language=language,
        languages=list(Language),
        say=_sayings(language),
        chapters=chapters_of(OPERATIONS, base_url=base_url, language=language),
        errors=error_rows(language),
    ).encode()


def _sayings(language: Language) -> dict[str, str]:
    """The page's own sentences by their short names."""
    prefix = "reference."
    return {
        key.removeprefix(prefix): sentence
        for key, sentence in catalogue(language).items()
        if key.startswith(prefix)
    }


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("bezant.web.reference", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    return environment


def _prose(text: str) -> Markup:
    """A sentence, what stands between backticks in it set as code."""
    # The text is escaped first; what is put around it afterwards is ours. As a plain string:
    # Markup would escape that, too.
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704


_CODE: Final = re.compile(r"`([^`]+)`")


@cache
def _document(base_url: str) -> bytes:
    return openapi_document(OPERATIONS, base_url=base_url)


@cache
def _asset(name: str) -> tuple[bytes, str]:
    body = files("bezant.web.reference").joinpath("static", name).read_bytes()
    return body, f'"{sha256(body).hexdigest()[:32]}"'


PAGES: Final = (start, reference, document, asset)
"""The pages, for the application."""
