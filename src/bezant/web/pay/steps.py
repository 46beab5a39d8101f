"""The steps that every customer takes at a bank: the way there, the way back, the wait."""

import re
from dataclasses import dataclass
from typing import Final

from litestar.response.base import ASGIResponse

from bezant.kernel.texts import Language, Text, catalogue
from bezant.payments.acquirer import Challenge
from bezant.payments.views import Refused
from bezant.web.pay.sheets import Sheet, go_to, origin_of, sheet_answer
from bezant.web.pay.visit import LANGUAGE_FIELD, Fields, Visit

MAX_FORM_BYTES: Final = 16 * 1024
MAX_RETURN_BYTES: Final = 64 * 1024
PATIENCE: Final = 40
"""So often a page asks by itself what became of it; after that by a button."""
REFRESH_S: Final = 3
SUCCESS, FAIL = "/callback/success", "/callback/fail"
ANY_REASON: Final = "096"
_ASKED: Final = "asked"
_COUNT: Final = re.compile(r"[0-9]{1,4}")
_MAX_EXPLANATION: Final = 200


@dataclass(frozen=True, slots=True)
class Whose:
    """What a page at these steps says of whose it is; `number` is the order's, if there is one."""

    language: Language
    seller: str
    number: str = ""


def to_bank(visit: Visit, whose: Whose, challenge: Challenge) -> ASGIResponse:
    """Sends the customer to the bank; one who was there and asks again waits.

    A form of ours may only lead to ourselves, and browsers hold what it is redirected to
    against it as well: so after a form there is a page in between, even for a plain link.
    """
    if _is_own_page(visit) and _ASKED in visit.query():
        return _waiting_page(visit, whose, bank=visit.link())
    bank = origin_of(challenge.url)
    if not visit.is_post and not challenge.fields:
        return go_to(challenge.url)
    form_to = bank if challenge.fields else ""
    sheet = Sheet(template="bank", language=whose.language, form_to=form_to)
    return sheet_answer(visit, sheet, whose=whose, challenge=challenge)


def wait(visit: Visit, whose: Whose) -> ASGIResponse:
    """Lets the customer wait, on the page that can be asked for again."""
    if _is_own_page(visit):
        return _waiting_page(visit, whose, bank="")
    return go_to(visit.link())


def ask_later(visit: Visit) -> ASGIResponse:
    """Nobody who comes from the bank before it has said anything is sent there once more."""
    return go_to(visit.link(**{_ASKED: "1"}))


def to_fail(visit: Visit, reason: str, *, code: str) -> ASGIResponse:
    """The last page of what failed; its address says why, for those who watch it."""
    return go_to(visit.link(FAIL, reason=reason, code=code or ANY_REASON))


async def read_return(visit: Visit) -> Fields:
    """What the browser brought from the bank; the form's fields before the address's."""
    returned = visit.query()
    if visit.is_post:
        returned |= await visit.form(limit_bytes=MAX_RETURN_BYTES)
    returned.pop(LANGUAGE_FIELD, None)
    return returned


def reason_text(refused: Refused, language: Language) -> str:
    """Why a payment failed, in words; those of the acquirer where we have none of our own."""
    key = f"pay.reason.{refused.reason}"
    if key in catalogue(language) and refused.reason != ANY_REASON:
        return Text(key).into(language)
    explanation = " ".join(refused.explanation.split())[:_MAX_EXPLANATION]
    return explanation or Text(f"pay.reason.{ANY_REASON}").into(language)


def _waiting_page(visit: Visit, whose: Whose, *, bank: str) -> ASGIResponse:
    """The page that asks again by itself, for a while. `bank` leads there once more."""
    asked = visit.query().get(_ASKED, "")
    times = int(asked) if _COUNT.fullmatch(asked) else 0
    return sheet_answer(
        visit,
        Sheet(template="waiting", language=whose.language),
        whose=whose,
        again=visit.link(**{_ASKED: str(times + 1)}),
        refresh_s=REFRESH_S if times < PATIENCE else 0,
        bank=bank,
    )


def _is_own_page(visit: Visit) -> bool:
    return not visit.is_post and visit.request.scope["path"].endswith(visit.token)
