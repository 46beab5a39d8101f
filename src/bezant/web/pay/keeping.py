"""The pages on which a card is kept without a payment, by how far the visit is."""

from typing import assert_never

from litestar.response.base import ASGIResponse

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language, Text
from bezant.payments.acquirer import Challenge
from bezant.payments.kept import (
    CardAwaited,
    KeepingClosed,
    KeepingFailed,
    KeepingLapsed,
    KeepingToken,
    KeepingUnderWay,
    KeepingView,
    Kept,
    NoSuchKeeping,
)
from bezant.payments.views import Refused
from bezant.web.pay.card_form import CardInputs, TypedForm
from bezant.web.pay.desk import KeepDesk
from bezant.web.pay.sheets import Sheet, go_to, sheet_answer
from bezant.web.pay.sorry import sorry
from bezant.web.pay.steps import (
    ANY_REASON,
    MAX_FORM_BYTES,
    SUCCESS,
    Whose,
    ask_later,
    read_return,
    reason_text,
    to_bank,
    to_fail,
    wait,
)
from bezant.web.pay.visit import Visit


async def show(visit: Visit) -> ASGIResponse:
    """The visit's page."""
    return by_step(visit, await _view(visit))


async def keep(visit: Visit) -> ASGIResponse:
    """Takes the card form that was sent."""
    if visit.is_from_elsewhere:
        return sorry(visit, "from_elsewhere", status=403, back=visit.link())
    view = await _view(visit)
    typed = TypedForm.of(await visit.form(limit_bytes=MAX_FORM_BYTES))
    if not isinstance(view.step, CardAwaited):
        return by_step(visit, view)
    try:
        card = typed.in_hand(visit.front.today())
        after = await _desk(visit).keep(_token(visit), card, ip=visit.address)
    except Invalid as invalid:
        wrong = {name: texts[0] for name, texts in invalid.fields.items()}
        return _form_page(visit, view, typed.inputs(wrong), status=422)
    except KeepingClosed:
        # What became of it is told by the visit's own page.
        return go_to(visit.link())
    if isinstance(after.step, CardAwaited):
        return _form_page(visit, after, typed.inputs({}))
    return by_step(visit, after)


async def came_back(visit: Visit) -> ASGIResponse:
    """Takes the customer who is back from the bank. The bank's page sends this form."""
    token, returned = _token(visit), await read_return(visit)
    view = await _desk(visit).came_back(token, returned)
    if isinstance(view.step, Challenge):
        return ask_later(visit)
    return by_step(visit, view)


async def success(visit: Visit) -> ASGIResponse:
    """The last page of a card that is kept; of any other, the way to its own page."""
    view = await _view(visit)
    match view.step:
        case Kept():
            sheet = Sheet(template="kept", language=_language(visit, view))
            return sheet_answer(visit, sheet, view=view)
        case KeepingFailed() | KeepingLapsed():
            return by_step(visit, view)
        case _:
            return go_to(visit.link())


async def fail(visit: Visit) -> ASGIResponse:
    """The last page of a card that is not kept; of any other, the way to its own page."""
    view = await _view(visit)
    match view.step:
        case KeepingFailed() | KeepingLapsed() as step:
            sheet = Sheet(template="notkept", language=_language(visit, view))
            return sheet_answer(visit, sheet, view=view, reason=_why(step, sheet.language))
        case Kept():
            return by_step(visit, view)
        case _:
            return go_to(visit.link())


def by_step(visit: Visit, view: KeepingView) -> ASGIResponse:
    """What the customer sees next."""
    match view.step:
        case CardAwaited():
            return _form_page(visit, view, CardInputs())
        case Challenge() as challenge:
            return to_bank(visit, _whose(visit, view), challenge)
        case KeepingUnderWay():
            return wait(visit, _whose(visit, view))
        case Kept():
            return go_to(visit.link(SUCCESS))
        case KeepingFailed() as failed:
            return to_fail(visit, _why(failed, _language(visit, view)), code=failed.reason)
        case KeepingLapsed() as lapsed:
            return to_fail(visit, _why(lapsed, _language(visit, view)), code=ANY_REASON)
        case _:
            assert_never(view.step)


def _form_page(
    visit: Visit, view: KeepingView, form: CardInputs, *, status: int = 200
) -> ASGIResponse:
    assert isinstance(view.step, CardAwaited), "a form is shown to who is to give a card"
    language, refused = _language(visit, view), view.step.refused
    return sheet_answer(
        visit,
        Sheet(template="keep", language=language, status=status),
        view=view,
        form=form,
        wrong={name: text.into(language) for name, text in form.wrong.items()},
        refused=_why(refused, language) if refused and not form.wrong else "",
        refused_title=Text("pay.card_refused").into(language),
        action=visit.link(),
    )


def _why(step: KeepingFailed | KeepingLapsed, language: Language) -> str:
    """Why a card is not kept, in words."""
    if isinstance(step, KeepingLapsed):
        return Text("pay.keep_lapsed").into(language)
    if step.reason in ("", ANY_REASON) and not step.explanation:
        return Text("pay.keep_reason.096").into(language)
    return reason_text(Refused(step.reason, step.explanation), language)


async def _view(visit: Visit) -> KeepingView:
    return await _desk(visit).show_keeping(_token(visit))


def _desk(visit: Visit) -> KeepDesk:
    if visit.front.cards is None:
        raise NoSuchKeeping
    return visit.front.cards


def _token(visit: Visit) -> KeepingToken:
    return KeepingToken(visit.token)


def _whose(visit: Visit, view: KeepingView) -> Whose:
    return Whose(_language(visit, view), view.seller)


def _language(visit: Visit, view: KeepingView) -> Language:
    return visit.chosen_language or view.language
