"""The pages of one payment: what each shows, by how far the payment is."""

from dataclasses import replace
from typing import Final, assert_never

from litestar.response.base import ASGIResponse

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language, Text
from bezant.payments.acquirer import Challenge
from bezant.payments.card import BIN_DIGITS
from bezant.payments.model import ChargeUnderWay
from bezant.payments.views import (
    CardOffer,
    CardWanted,
    Failed,
    Paid,
    PaymentClosed,
    PayView,
    Waiting,
)
from bezant.web.pay.card_form import BIN, PLAN, Agreed, ShownForm, TypedForm, agreed_plan, read_bin
from bezant.web.pay.sheets import Sheet, go_to, sheet_answer
from bezant.web.pay.sorry import sorry
from bezant.web.pay.steps import (
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

CANCEL: Final = "/cancel"


async def show(visit: Visit) -> ASGIResponse:
    """The payment's page."""
    view = await visit.front.desk.show_payment(visit.token)
    asked = visit.query()
    if not isinstance(view.step, CardWanted) or BIN not in asked:
        return by_step(visit, view)
    digits = read_bin(asked)
    if not digits:
        form = ShownForm(agreed=Agreed.at_once(view), wrong={BIN: Text("pay.bin_fault")})
        return card_page(visit, view, form, status=422)
    plans = await visit.front.desk.instalment_plans(visit.token, digits)
    agreed = Agreed.to(plans[0]) if plans else Agreed.at_once(view)
    return card_page(visit, view, ShownForm(bin=digits, plans=plans, agreed=agreed))


async def pay(visit: Visit) -> ASGIResponse:
    """Takes the card form that was sent."""
    if visit.is_from_elsewhere:
        return sorry(visit, "from_elsewhere", status=403, back=visit.link())
    view = await visit.front.desk.show_payment(visit.token)
    typed = TypedForm.of(await visit.form(limit_bytes=MAX_FORM_BYTES))
    if not isinstance(view.step, CardWanted):
        return by_step(visit, view)
    try:
        return await _charge(visit, view, typed)
    except PaymentClosed:
        # What became of it is told by the payment's own page.
        return go_to(visit.link())


async def give_up(visit: Visit) -> ASGIResponse:
    """Cancels the order of a customer who does not want to pay."""
    if visit.is_from_elsewhere:
        return sorry(visit, "from_elsewhere", status=403, back=visit.link())
    try:
        view = await visit.front.desk.give_up(visit.token)
    except ChargeUnderWay:
        return go_to(visit.link())
    return by_step(visit, view)


async def come_back(visit: Visit) -> ASGIResponse:
    """Takes the customer who is back from the bank. The bank's page sends this form."""
    token, returned = visit.token, await read_return(visit)
    view = await visit.front.desk.come_back(token, returned)
    if isinstance(view.step, Challenge):
        return ask_later(visit)
    return by_step(visit, view)


async def success(visit: Visit) -> ASGIResponse:
    """The last page of a payment that was made; of any other, the way to its own page."""
    view = await visit.front.desk.show_payment(visit.token)
    if not isinstance(view.step, Paid):
        return by_step(visit, view) if isinstance(view.step, Failed) else go_to(visit.link())
    sheet = Sheet(template="paid", language=_language(visit, view))
    return sheet_answer(visit, sheet, view=view)


async def fail(visit: Visit) -> ASGIResponse:
    """The last page of a payment that failed; of any other, the way to its own page."""
    view = await visit.front.desk.show_payment(visit.token)
    if not isinstance(view.step, Failed):
        return by_step(visit, view) if isinstance(view.step, Paid) else go_to(visit.link())
    sheet = Sheet(template="failed", language=_language(visit, view))
    reason = reason_text(view.step.refused, sheet.language)
    return sheet_answer(visit, sheet, view=view, reason=reason)


def by_step(visit: Visit, view: PayView) -> ASGIResponse:
    """What the customer sees next."""
    match view.step:
        case CardWanted():
            return card_page(visit, view, ShownForm(agreed=Agreed.at_once(view)))
        case Challenge() as challenge:
            return to_bank(visit, _whose(visit, view), challenge)
        case Waiting():
            return wait(visit, _whose(visit, view))
        case Paid():
            return go_to(visit.link(SUCCESS))
        case Failed(refused):
            reason = reason_text(refused, _language(visit, view))
            return to_fail(visit, reason, code=refused.reason)
        case _:
            assert_never(view.step)


def card_page(visit: Visit, view: PayView, form: ShownForm, *, status: int = 200) -> ASGIResponse:
    """The card form."""
    assert isinstance(view.step, CardWanted), "a form is shown to who is to give a card"
    language, refused = _language(visit, view), view.step.refused
    return sheet_answer(
        visit,
        Sheet(template="card", language=language, status=status),
        view=view,
        form=form,
        wrong={name: text.into(language) for name, text in form.wrong.items()},
        refused=reason_text(refused, language) if refused and not form.wrong else "",
        refused_title=Text("pay.refused").into(language),
        due=form.plans[0].total if len(form.plans) == 1 else view.total + view.cost,
        action=visit.link(),
        bin_action=visit.page,
        cancel=visit.link(CANCEL),
    )


async def _charge(visit: Visit, view: PayView, typed: TypedForm) -> ASGIResponse:
    """Charges the card that was typed, as was agreed. Raises what the desk raises."""
    front = visit.front
    try:
        card = typed.in_hand(front.today())
    except Invalid as invalid:
        plans = await front.desk.instalment_plans(visit.token, typed.bin) if typed.bin else ()
        wrong = {name: texts[0] for name, texts in invalid.fields.items()}
        return card_page(visit, view, typed.shown(view, plans=plans, wrong=wrong), status=422)
    typed = replace(typed, bin=card.face.bin[:BIN_DIGITS])
    plans = await front.desk.instalment_plans(visit.token, card.face.bin)
    plan = agreed_plan(view, typed.agreed, plans)
    if isinstance(plan, Text):
        wrong = {PLAN: plan}
        return card_page(visit, view, typed.shown(view, plans=plans, wrong=wrong), status=422)
    offer = CardOffer(
        card=card,
        instalment=plan.instalment,
        keeps_card=typed.keeps_card and view.may_keep_card,
        ip=visit.address,
    )
    try:
        after = await front.desk.pay_by_card(visit.token, offer)
    except Invalid as invalid:
        wrong = {PLAN: next(iter(invalid.fields.values()))[0]}
        return card_page(visit, view, typed.shown(view, plans=plans, wrong=wrong), status=422)
    if isinstance(after.step, CardWanted):
        return card_page(visit, after, typed.shown(after, plans=plans, wrong={}))
    return by_step(visit, after)


def _whose(visit: Visit, view: PayView) -> Whose:
    return Whose(_language(visit, view), view.seller, view.order_number)


def _language(visit: Visit, view: PayView) -> Language:
    return visit.chosen_language or view.language
