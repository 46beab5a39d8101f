"""A card is charged: written down first, sent after the commit, heard like anything else."""

from datetime import datetime
from typing import Final

import structlog

from bezant.checkout.model import CardWish, ChargingTerms, Till
from bezant.checkout.queries import orders as queries
from bezant.checkout.settling import hear
from bezant.checkout.views import OrderBuyer
from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.money import Money
from bezant.kernel.steps import Step, at_once
from bezant.payments.acquirer import AcquirerAway, Buyer, Challenge, Charge, KeptCard
from bezant.payments.card import CardInHand
from bezant.payments.kept import CardOwner, CardToken
from bezant.payments.model import InstalmentRate, Leg, Payment, PaymentState
from bezant.payments.service import cards, charges, instalments
from bezant.payments.service.charges import ChargeTerms

INSTALMENT_FIELD: Final = "payment.installment"

_log: Final = structlog.get_logger("bezant.checkout")


async def begin(
    connection: Connection,
    payment: Payment,
    wanted: tuple[OrderBuyer, CardWish],
    *,
    terms: ChargingTerms,
    now: datetime,
) -> tuple[Charge, list[Step[None]]]:
    """A charge that is to be sent once the steps that write it down are committed.

    Raises `NoSuchCard` and what else a kept card cannot be charged for, and `Invalid` for
    instalments that such a card does not have; its steps, `ChargeUnderWay`.
    """
    buyer, wish = wanted
    owner = CardOwner(payment.partner_id, buyer.customer_id)
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
        buyer=Buyer(name=buyer.name, email=buyer.email, phone=buyer.phone, ip=wish.customer_ip),
        return_url=f"{terms.paying.base_url}/pay/{payment.token}/return",
        language=buyer.language,
        description=buyer.order_number,
        keep_as=owner.name if keeps_card else None,
    )
    return charge, [*used, begun]


async def begin_again(
    tx: Tx, payment: Payment, wish: CardWish, *, terms: ChargingTerms, now: datetime
) -> Charge:
    """Writes down another charge of an order, whose lock the caller holds; to be sent later.

    Raises as `begin`, and `TooManyCharges`.
    """
    if payment.state is not PaymentState.NEW:
        await charges.require_another(tx, payment)
    buyer = await queries.buyer_of_order(tx, payment.partner_id, payment.order_id)
    charge, steps = await begin(tx, payment, (buyer, wish), terms=terms, now=now)
    await at_once(tx, *steps)
    return charge


async def send(till: Till, charge: Charge) -> None:
    """Sends a charge that was written down, and writes down what comes of it.

    When the acquirer gives no answer, nothing is decided here: the charge stays open, and the
    sweep asks what became of it. A charge is never sent a second time.
    """
    try:
        result = await till.acquirer().start(charge)
    except AcquirerAway:
        _log.warning("no answer to a charge", reference=charge.reference)
        return
    if isinstance(result, Challenge):
        async with till.db.transaction() as tx:
            await charges.challenge(tx, charge.reference, result, now=till.clock.now())
    else:
        await hear(till, result, Leg.REPLY)


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
