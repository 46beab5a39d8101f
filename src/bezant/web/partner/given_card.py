"""The card that comes with an order, as checkout and trading take it."""

from datetime import date
from ipaddress import ip_address
from typing import Final

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Text
from bezant.payments.card import CardForm, CardInHand, read_cvv
from bezant.payments.till import CardWish, KeptCardNamed
from bezant.web.call import LongCall
from bezant.web.partner.wire.payments import CardPayment

CARD_PATH: Final = "payment."


def given_card(call: LongCall, sent: CardPayment | None) -> CardWish | None:
    """The card by its number or its token; None where none was given. Raises `Invalid`."""
    if sent is None or (sent.card_number is None and sent.card_token is None):
        return None
    # An acquirer weighs a charge by where its customer is, so a made-up address is none.
    wrong = _wrong_with_address(sent.customer_ip)
    try:
        card = _given(call, sent)
    except Invalid as also:
        raise Invalid(also.fields | wrong) from None
    if sent.customer_ip is None or wrong:
        raise Invalid(wrong)
    return CardWish(
        card=card,
        instalment=sent.installment or 1,
        is_3d=sent.is_3d is not False,
        keeps_card=bool(sent.save_card),
        customer_ip=sent.customer_ip,
    )


def _wrong_with_address(text: str | None) -> dict[str, list[Text]]:
    if text and _is_address(text):
        return {}
    return {f"{CARD_PATH}customer_ip": [Text("card.customer_ip" if text else "field.required")]}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    # A zone names a network of the customer's own machine, and no place.
    return "%" not in text


def _given(call: LongCall, sent: CardPayment) -> CardInHand | KeptCardNamed:
    if sent.card_token is not None:
        cvv = None if sent.card_cvv is None else read_cvv(sent.card_cvv, path=CARD_PATH)
        return KeptCardNamed(token=sent.card_token, cvv=cvv)
    form = CardForm(
        holder=sent.card_holder or "",
        number=sent.card_number or "",
        expiry=sent.card_expiry or "",
        cvv=sent.card_cvv or "",
    )
    return CardInHand.read(form, today=_today(call), path=CARD_PATH)


def _today(call: LongCall) -> date:
    return call.now.astimezone(call.rules.time_zone).date()
