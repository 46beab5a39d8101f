"""Another card is tried for an order that was not paid by the one before."""

from datetime import datetime

from bezant.checkout.queries import orders as queries
from bezant.kernel.db import Tx
from bezant.kernel.steps import at_once
from bezant.payments.acquirer import Charge
from bezant.payments.model import Payment, PaymentState
from bezant.payments.service import charges, charging
from bezant.payments.till import CardWish, ChargingTerms


async def begin_again(
    tx: Tx, payment: Payment, wish: CardWish, *, terms: ChargingTerms, now: datetime
) -> Charge:
    """Writes down another charge of an order, whose lock the caller holds; to be sent later.

    Raises as `charging.begin`, and `TooManyCharges`.
    """
    if payment.state is not PaymentState.NEW:
        await charges.require_another(tx, payment)
    payer = await queries.buyer_of_order(tx, payment.partner_id, payment.order_id)
    charge, steps = await charging.begin(tx, payment, (payer, wish), terms=terms, now=now)
    await at_once(tx, *steps)
    return charge
