"""Orders of digital metal, as those who take payments know them: a `bezant.payments.till.Payee`.

The card comes with the order, so the page of such a payment only leads to the bank and back.
"""

from bezant.kernel.db import Tx
from bezant.payments.acquirer import Charge
from bezant.payments.model import ChargeUnderWay, PaidFor, Payment
from bezant.payments.service import charges
from bezant.payments.till import CardWish, Till
from bezant.payments.views import PaymentClosed
from bezant.trading import store
from bezant.trading.card_settling import cancel, hear, hear_refund
from bezant.trading.queries.pages import order_on_page

__all__ = ["charge_again", "give_up", "hear", "hear_refund", "order_on_page"]


async def charge_again(till: Till, payment: Payment, wish: CardWish) -> Charge:
    """Never: an order whose card failed is over. Raises `PaymentClosed`."""
    del till, payment, wish
    raise PaymentClosed


async def give_up(till: Till, payment: Payment) -> None:
    """Cancels an order whose customer does not want to pay, unless a charge is under way."""

    async def work(tx: Tx) -> None:
        order = await store.lock_order_of_number(tx, payment.partner_id, payment.order_id)
        assert order is not None, "a payment's order stays"
        locked = await charges.lock_payment(
            tx, PaidFor.DIGITAL, payment.partner_id, payment.order_id
        )
        if not order.waits:
            return
        if await charges.live_charge(tx, locked) is not None:
            raise ChargeUnderWay
        await cancel(tx, order, locked, now=till.clock.now())

    await till.db.write(work)
