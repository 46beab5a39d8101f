"""The pages that say no: unknown, closed, unreadable, away, and a defect of ours."""

from typing import Final

from litestar.response.base import ASGIResponse

from bezant.kernel.errors import BezantError, DatabaseAway, Kind
from bezant.payments.acquirer import AcquirerAway, NoticeForged
from bezant.payments.kept import NoSuchKeeping
from bezant.payments.till import CardPaymentsOff
from bezant.payments.views import NoSuchPayment, PaymentClosed
from bezant.web.codes import code_of
from bezant.web.door import RETRY_UNAVAILABLE_S
from bezant.web.pay.sheets import Sheet, sheet_answer
from bezant.web.pay.visit import Visit

UNREADABLE: Final = "unreadable"
"""What a page says of whatever a browser alone would not have sent."""
_NAMES: Final[dict[type[BezantError], str]] = {
    NoSuchPayment: "not_found",
    PaymentClosed: "closed",
    CardPaymentsOff: "cards_off",
    NoSuchKeeping: "not_found",
    NoticeForged: "forged",
    AcquirerAway: "acquirer_away",
    DatabaseAway: "database_away",
}


def refused(visit: Visit, error: BezantError) -> ASGIResponse:
    """The page for a refusal."""
    name, status = _NAMES.get(type(error), UNREADABLE), code_of(error).status
    back = "" if error.kind is Kind.NOT_FOUND else visit.link()
    answer = sorry(visit, name, status=status, back=back)
    if error.kind is Kind.UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_UNAVAILABLE_S)
    return answer


def sorry(visit: Visit, name: str, *, status: int, back: str = "", **facts: str) -> ASGIResponse:
    """A page that says what is the matter, with a way `back` where there is one."""
    language = visit.chosen_language or visit.headers.language
    sheet = Sheet(template="sorry", language=language, status=status)
    return sheet_answer(visit, sheet, name=name, back=back, facts=facts)
