"""The pages of one payment: what each shows, by how far the payment is."""

import re
from dataclasses import replace
from typing import Final, assert_never

from litestar.response.base import ASGIResponse

from bezant.checkout.model import (
    CardOffer,
    CardWanted,
    Failed,
    Paid,
    PaymentClosed,
    PayView,
    Refused,
    Waiting,
)
from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language, Text, catalogue
from bezant.payments.acquirer import Challenge
from bezant.payments.card import BIN_DIGITS
from bezant.payments.model import ChargeUnderWay
from bezant.web.pay.card_form import BIN, PLAN, Agreed, ShownForm, TypedForm, agreed_plan, read_bin
from bezant.web.pay.sheets import Sheet, go_to, origin_of, sheet_answer
from bezant.web.pay.sorry import sorry
from bezant.web.pay.visit import LANGUAGE_FIELD, Visit

MAX_FORM_BYTES: Final = 16 * 1024
MAX_RETURN_BYTES: Final = 64 * 1024
PATIENCE: Final = 40
"""So often a page asks by itself what became of a payment; after that by a button."""
REFRESH_S: Final = 3
CANCEL: Final = "/cancel"
SUCCESS, FAIL = "/callback/success", "/callback/fail"
ANY_REASON: Final = "096"
_ASKED: Final = "asked"
_COUNT: Final = re.compile(r"[0-9]{1,4}")
_MAX_EXPLANATION: Final = 200


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
    token, returned = visit.token, visit.query()
    if visit.is_post:
        returned |= await visit.form(limit_bytes=MAX_RETURN_BYTES)
    returned.pop(LANGUAGE_FIELD, None)
    view = await visit.front.desk.come_back(token, returned)
    if isinstance(view.step, Challenge):
        # The bank has not said yet: nobody who comes from there is sent there once more.
        return go_to(visit.link(**{_ASKED: "1"}))
    return by_step(visit, view)


async def success(visit: Visit) -> ASGIResponse:
    """The last page of a payment that was made; of any other, the way to its own page."""
    view = await visit.front.desk.show_payment(visit.token)
    if not isinstance(view.step, Paid):
        return by_step(visit, view) if isinstance(view.step, Failed) else go_to(visit.link())
    return sheet_answer(visit, _sheet(visit, view, "paid"), view=view)


async def fail(visit: Visit) -> ASGIResponse:
    """The last page of a payment that failed; of any other, the way to its own page."""
    view = await visit.front.desk.show_payment(visit.token)
    if not isinstance(view.step, Failed):
        return by_step(visit, view) if isinstance(view.step, Paid) else go_to(visit.link())
    reason = reason_text(view.step.refused, _language(visit, view))
    return sheet_answer(visit, _sheet(visit, view, "failed"), view=view, reason=reason)


def by_step(visit: Visit, view: PayView) -> ASGIResponse:
    """What the customer sees next."""
    match view.step:
        case CardWanted():
            return card_page(visit, view, ShownForm(agreed=Agreed.at_once(view)))
        case Challenge() as challenge:
            was_there = _is_own_page(visit) and _ASKED in visit.query()
            return _waiting_page(visit, view) if was_there else _to_bank(visit, view, challenge)
        case Waiting():
            return _waiting_page(visit, view) if _is_own_page(visit) else go_to(visit.link())
        case Paid():
            return go_to(visit.link(SUCCESS))
        case Failed(refused):
            reason = reason_text(refused, _language(visit, view))
            return go_to(visit.link(FAIL, reason=reason, code=refused.reason or ANY_REASON))
        case _:
            assert_never(view.step)


def card_page(visit: Visit, view: PayView, form: ShownForm, *, status: int = 200) -> ASGIResponse:
    """The card form."""
    assert isinstance(view.step, CardWanted), "a form is shown to who is to give a card"
    language, refused = _language(visit, view), view.step.refused
    return sheet_answer(
        visit,
        _sheet(visit, view, "card", status=status),
        view=view,
        form=form,
        wrong={name: text.into(language) for name, text in form.wrong.items()},
        refused=reason_text(refused, language) if refused and not form.wrong else "",
        due=form.plans[0].total if len(form.plans) == 1 else view.total + view.cost,
        action=visit.link(),
        bin_action=visit.page,
        cancel=visit.link(CANCEL),
    )


def reason_text(refused: Refused, language: Language) -> str:
    """Why a payment failed, in words; those of the acquirer where we have none of our own."""
    key = f"pay.reason.{refused.reason}"
    if key in catalogue(language) and refused.reason != ANY_REASON:
        return Text(key).into(language)
    explanation = " ".join(refused.explanation.split())[:_MAX_EXPLANATION]
    return explanation or Text(f"pay.reason.{ANY_REASON}").into(language)


async def _charge(visit: Visit, view: PayView, typed: TypedForm) -> ASGIResponse:
    """Charges the card that was typed, as was agreed. Raises what the desk raises."""
    front = visit.front
    try:
        card = typed.in_hand(front.clock.now().astimezone(front.time_zone).date())
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


def _to_bank(visit: Visit, view: PayView, challenge: Challenge) -> ASGIResponse:
    """Sends the customer to the bank.

    A form of ours may only lead to ourselves, and browsers hold what it is redirected to
    against it as well: so after a form there is a page in between, even for a plain link.
    """
    bank = origin_of(challenge.url)
    if not visit.is_post and not challenge.fields:
        return go_to(challenge.url)
    sheet = _sheet(visit, view, "bank", form_to=bank if challenge.fields else "")
    return sheet_answer(visit, sheet, view=view, challenge=challenge)


def _waiting_page(visit: Visit, view: PayView) -> ASGIResponse:
    """The page that asks again by itself, for a while."""
    asked = visit.query().get(_ASKED, "")
    times = int(asked) if _COUNT.fullmatch(asked) else 0
    sheet = _sheet(visit, view, "waiting")
    return sheet_answer(
        visit,
        sheet,
        view=view,
        again=visit.link(**{_ASKED: str(times + 1)}),
        refresh_s=REFRESH_S if times < PATIENCE else 0,
        bank=visit.link() if isinstance(view.step, Challenge) else "",
    )


def _sheet(
    visit: Visit, view: PayView, template: str, *, status: int = 200, form_to: str = ""
) -> Sheet:
    language = _language(visit, view)
    return Sheet(template=template, language=language, status=status, form_to=form_to)


def _language(visit: Visit, view: PayView) -> Language:
    return visit.chosen_language or view.language


def _is_own_page(visit: Visit) -> bool:
    return not visit.is_post and visit.request.scope["path"].endswith(visit.token)
