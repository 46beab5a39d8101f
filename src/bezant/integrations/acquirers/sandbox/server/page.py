"""The 3-D page: what the card's bank shows the customer, and where it sends the browser.

Invariants: the page needs no script and nothing from anywhere else; whatever the merchant
sent is escaped; the result that the browser carries is signed.
"""

from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from babel.numbers import format_currency
from jinja2 import Environment, PackageLoader, StrictUndefined

from bezant.integrations.acquirers.sandbox import cards
from bezant.integrations.acquirers.sandbox.access import signed_return
from bezant.integrations.acquirers.sandbox.server.records import ChargeRecord
from bezant.integrations.acquirers.sandbox.server.settings import SandboxSettings
from bezant.integrations.acquirers.sandbox.server.words import WORDS, say
from bezant.integrations.acquirers.sandbox.wire import NoticePlan
from bezant.kernel.money import Currency, exact_decimal
from bezant.kernel.texts import Language
from bezant.payments.acquirer import ChargeState

# A browser holds the whole way back to the form's rule, and the merchant may send it on: so
# any place over TLS, and this machine, where a developer has none.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' https: http://127.0.0.1:* http://localhost:*"
)
_PACKAGE: Final = "bezant.integrations.acquirers.sandbox.server"
_MILLIS: Final = 1_000
_PLACES: Final = 2
_PATTERNS: Final = {Language.TR: "¤#,##0.00", Language.EN: "¤¤ #,##0.00"}


def challenge_page(settings: SandboxSettings, record: ChargeRecord) -> bytes:
    """The page that asks for the code."""
    language = record.language
    left = cards.CODES_ALLOWED - record.wrong_codes
    delay_ms = settings.late_ms if record.notice_delay_ms is None else record.notice_delay_ms
    return _rendered(
        "challenge.html.j2",
        language,
        merchant=settings.merchant,
        record=record,
        amount=_amount(record.amount, record.currency, language),
        masked=record.face.masked_number,
        hint=say(language, "page.hint", code=cards.RIGHT_CODE),
        wrong=say(language, "page.wrong", left=left) if record.wrong_codes else "",
        notices=[(plan.value, say(language, f"notice.{plan}")) for plan in NoticePlan],
        chosen=record.notice,
        seconds=delay_ms // _MILLIS,
        is_told=bool(settings.notice_url),
    )


def plain_page(name: str, language: Language) -> bytes:
    """A page of a heading and a sentence: `left` or `gone`."""
    return _rendered("plain.html.j2", language, name=name)


def return_address(record: ChargeRecord, key: bytes) -> str:
    """Where the browser goes once the page is done, with the signed result."""
    fields = signed_return(
        key,
        {"reference": record.reference, "result": _result(record), "reason": record.reason},
    )
    parts = urlsplit(record.return_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *fields.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


@cache
def style() -> bytes:
    """The pages' style sheet."""
    return files(_PACKAGE).joinpath("static", "sandbox.css").read_bytes()


def _result(record: ChargeRecord) -> str:
    match record.state:
        case ChargeState.CAPTURED:
            return "success"
        case ChargeState.DECLINED:
            return "fail"
        case _:
            return "pending"


def _amount(minor: int, currency: Currency, language: Language) -> str:
    if not minor:
        return ""
    whole = exact_decimal(minor, places=_PLACES)
    pattern = _PATTERNS[language]
    return str(format_currency(whole, currency.value, pattern, locale=language.value))


def _rendered(template: str, language: Language, **shown: object) -> bytes:
    page = _templates().get_template(template)
    return page.render(language=language.value, words=WORDS[language], **shown).encode()


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
