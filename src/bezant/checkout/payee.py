"""The shop's orders, as those who take payments know them: see `bezant.payments.till.Payee`."""

from bezant.checkout.charging import begin_again
from bezant.checkout.queries.orders import order_on_page
from bezant.checkout.refunding import hear_refund
from bezant.checkout.settling import cancel_waiting, hear
from bezant.kernel.db import Tx
from bezant.orders import service as orders
from bezant.payments.acquirer import Charge
from bezant.payments.model import ChargeUnderWay, PaidFor, Payment
from bezant.payments.service import charges
from bezant.payments.till import CardWish, Till
from bezant.payments.views import PaymentClosed

__all__ = ["charge_again", "give_up", "hear", "hear_refund", "order_on_page"]


async def charge_again(till: Till, payment: Payment, wish: CardWish) -> Charge:
    """Writes down a charge of the card that the customer gave on the page; to be sent."""
    terms = till.charging()

    async def work(tx: Tx) -> Charge:
        now = till.clock.now()
        order = await orders.lock_order(tx, payment.partner_id, payment.order_id)
        locked = await charges.lock_payment(tx, PaidFor.SHOP, payment.partner_id, payment.order_id)
        if not order.waits or not locked.is_hosted or now >= order.hold_expires_at:
            raise PaymentClosed
        charge = await begin_again(tx, locked, wish, terms=terms, now=now)
        until = till.terms.lapses_at(now, is_3d=charge.is_3d) + till.terms.grace
        await orders.keep_reserved(tx, order.partner_id, order.order_id, until=until, now=now)
        return charge

    return await till.db.write(work)


async def give_up(till: Till, payment: Payment) -> None:
    """Cancels an order whose customer does not want to pay, unless a charge is under way."""

    async def work(tx: Tx) -> None:
        order = await orders.lock_order(tx, payment.partner_id, payment.order_id)
        if not order.waits:
            return
        if await charges.live_charge(tx, payment) is not None:
            raise ChargeUnderWay
        await cancel_waiting(tx, order, cause="customer", now=till.clock.now())

    await till.db.write(work)
