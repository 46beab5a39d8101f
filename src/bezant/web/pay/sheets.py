"""How a payment page is drawn and sent.

Strict content security policy: styles come from here, nothing is a script, and a form goes
to us, or to the bank that its page says. A page is never kept by a browser or a proxy.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from babel.dates import format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar.response.base import ASGIResponse

from bezant.kernel.money import Currency, Money, exact_decimal
from bezant.kernel.texts import Fact, Language, Text
from bezant.web.pay.visit import Visit

HTML: Final = "text/html"
_YEAR_S: Final = 31_536_000
_SVG: Final = "image/svg+xml"
_ASSETS: Final = {"pay.css": "text/css", "bezant.svg": _SVG, "coin.svg": _SVG}
_TAG_LENGTH: Final = 16
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page to be drawn. `form_to` is the origin of the bank that its form goes to, if any."""

    template: str
    language: Language
    status: int = 200
    form_to: str = ""


def sheet_answer(visit: Visit, sheet: Sheet, **facts: object) -> ASGIResponse:
    """A page, drawn with `facts`."""
    body = (
        _templates()
        .get_template(f"{sheet.template}.html.j2")
        .render(
            language=sheet.language,
            languages=[(each, _said(each, "language")) for each in Language],
            chosen=visit.chosen_language,
            here=visit.here,
            asset=partial(_asset_path, visit.root),
            say=partial(_said, sheet.language),
            money=partial(money_text, sheet.language),
            moment=partial(moment_text, sheet.language, visit.front.time_zone),
            **facts,
        )
    )
    headers = [*always(sheet.form_to), ("Content-Language", sheet.language)]
    return ASGIResponse(
        body=body.encode(), status_code=sheet.status, media_type=HTML, headers=headers
    )


def always(form_to: str = "") -> list[tuple[str, str]]:
    """The headers of every answer under `/pay`.

    A bank may send a form on to another bank's host, which browsers count as sending it
    there: so the page whose form goes to a bank allows every host with TLS.
    """
    targets = " ".join(["'self'", *([form_to, "https:"] if form_to else [])])
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )
    return [
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]


def go_to(address: str) -> ASGIResponse:
    """Sends the browser on by GET."""
    return ASGIResponse(
        status_code=303, headers=[*always(), ("Location", address)], media_type=HTML
    )


def origin_of(address: str) -> str:
    """Scheme and host of an address on the web. Anything else is a defect of an adapter's."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    assert _ORIGIN.fullmatch(origin), "a bank is on the web"
    return origin


def money_text(language: Language, money: Money) -> str:
    """An amount as people write it: `₺1.234,50`."""
    amount = exact_decimal(money.minor, places=2)
    return _SIGNS[money.currency] + format_decimal(amount, "#,##0.00", locale=language)


_SIGNS: Final = {Currency.TRY: "₺", Currency.USD: "$", Currency.EUR: "€", Currency.GBP: "£"}


def moment_text(language: Language, zone: tzinfo, at: datetime) -> str:
    """A moment as people write it, on the shop's clock."""
    return format_datetime(at.astimezone(zone), _MOMENT[language], locale=language)


_MOMENT: Final = {Language.TR: "d MMMM HH:mm", Language.EN: "d MMMM, HH:mm"}


def asset_answer(name: str, tag: str) -> ASGIResponse:
    """A file that pages load. Its address has its hash, so it may be kept for ever."""
    if name not in _ASSETS or tag != _asset(name)[1]:
        return ASGIResponse(body=b"no such file\n", status_code=404, media_type="text/plain")
    headers = [
        ("Cache-Control", f"public, max-age={_YEAR_S}, immutable"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return ASGIResponse(body=_asset(name)[0], media_type=_ASSETS[name], headers=headers)


def _said(language: Language, key: str, **facts: Fact) -> str:
    return Text(f"pay.{key}", facts).into(language)


def _asset_path(root: str, name: str) -> str:
    return f"{root}/pay/static/{_asset(name)[1]}/{name}"


@cache
def _asset(name: str) -> tuple[bytes, str]:
    body = files("bezant.web.pay").joinpath("static", name).read_bytes()
    return body, sha256(body).hexdigest()[:_TAG_LENGTH]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("bezant.web.pay", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
