"""A card is charged: written down first, and sent after the commit."""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.errors import Invalid
from bezant.kernel.money import Money
from bezant.kernel.steps import Step
from bezant.payments.acquirer import Buyer, Charge, KeptCard
from bezant.payments.card import CardInHand
from bezant.payments.kept import CardOwner, CardToken
from bezant.payments.model import InstalmentRate, Payment
from bezant.payments.service import cards, charges, instalments
from bezant.payments.service.charges import ChargeTerms
from bezant.payments.till import CardWish, ChargingTerms, Payer

INSTALMENT_FIELD: Final = "payment.installment"


async def begin(
    connection: Connection,
    payment: Payment,
    wanted: tuple[Payer, CardWish],
    *,
    terms: ChargingTerms,
    now: datetime,
) -> tuple[Charge, list[Step[None]]]:
    """A charge that is to be sent once the steps that write it down are committed.

    Raises `NoSuchCard` and what else a kept card cannot be charged for, and `Invalid` for
    instalments that such a card does not have; its steps, `ChargeUnderWay`.
    """
    payer, wish = wanted
    owner = CardOwner(payment.partner_id, payer.customer_id)
    card, used = await _card(connection, owner, wish, terms=terms, now=now)
    rate = await _rate(connection, card.face.bin, wish.instalment)
    is_3d = wish.is_3d or terms.paying.needs_3d
    keeps_card = wish.keeps_card and isinstance(card, CardInHand)
    new = ChargeTerms(
        acquirer=terms.acquirer,
        face=card.face,
        rate=rate,
        is_3d=is_3d,
        customer_ip=wish.customer_ip,
        keeps_card=keeps_card,
        lapses_at=terms.paying.lapses_at(now, is_3d=is_3d),
    )
    reference, begun = charges.begin_charge(payment, new, now=now)
    total = Money(payment.amount, payment.currency)
    charge = Charge(
        reference=reference,
        amount=total + rate.cost(total),
        instalment=rate.instalment,
        card=card,
        is_3d=is_3d,
        buyer=Buyer(name=payer.name, email=payer.email, phone=payer.phone, ip=wish.customer_ip),
        return_url=f"{terms.paying.base_url}/pay/{payment.token}/return",
        language=payer.language,
        description=payer.order_number,
        keep_as=owner.name if keeps_card else None,
    )
    return charge, [*used, begun]


async def _card(
    connection: Connection,
    owner: CardOwner,
    wish: CardWish,
    *,
    terms: ChargingTerms,
    now: datetime,
) -> tuple[CardInHand | KeptCard, list[Step[None]]]:
    """The card as the acquirer is given it: in hand, or by its own token for a kept one."""
    if isinstance(wish.card, CardInHand):
        return wish.card, []
    token = CardToken(wish.card.token)
    stored = await cards.find_card(connection, owner.partner_id, owner.customer_id, token)
    kept = cards.kept_for_charge(stored, terms.vault, wish.card.cvv, acquirer=terms.acquirer)
    return kept, [cards.use(owner.partner_id, token, now=now)]


async def _rate(connection: Connection, digits: str, wanted: int) -> InstalmentRate:
    terms = await instalments.card_terms(connection, digits)
    for rate in terms.rates:
        if rate.instalment == wanted:
            return rate
    raise Invalid.field(INSTALMENT_FIELD, "card.instalment")
