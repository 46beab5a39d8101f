"""The customer's side of a payment: its page, a card given there, the way back from 3-D."""

from collections.abc import Sequence
from typing import Final

from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Money
from bezant.payments.acquirer import Returned
from bezant.payments.model import (
    AttemptState,
    ChargeUnderWay,
    Payment,
    PaymentState,
    TooManyCharges,
)
from bezant.payments.service import charges, instalments, legs
from bezant.payments.store import pages as store
from bezant.payments.till import CardWish, Till
from bezant.payments.views import (
    CardOffer,
    CardWanted,
    Failed,
    InstalmentPlan,
    MoneyOnPage,
    NoSuchPayment,
    OrderOnPage,
    Paid,
    PayStep,
    PayView,
    Refused,
    Waiting,
)

NOBODY_KNOWS_WHY: Final = "096"


async def show_payment(till: Till, token: PaymentToken) -> PayView:
    """A payment as its page shows it. Raises `NoSuchPayment`."""
    order, money = await _page(till, token)
    return PayView(
        token=token,
        language=order.language,
        seller=order.seller,
        order_number=order.number,
        lines=order.lines,
        total=money.total,
        cost=money.cost,
        until=order.until,
        may_keep_card=any(each.keeps_paid_cards for each in till.acquirers.values()),
        going_back=money.going_back,
        not_back=money.not_back,
        step=_step(order, money, is_open=till.clock.now() < order.until),
    )


async def pay_by_card(till: Till, token: PaymentToken, offer: CardOffer) -> PayView:
    """Charges the card that the customer gave on the page.

    Raises `NoSuchPayment`, `PaymentClosed`, `CardPaymentsOff`, and `Invalid` for instalments
    that such a card does not have. While another charge is under way, the page says so; an
    order that too many cards were tried for is cancelled.
    """
    wish = CardWish(
        card=offer.card,
        instalment=offer.instalment,
        is_3d=True,
        keeps_card=offer.keeps_card,
        customer_ip=offer.ip,
    )
    payment = await _payment(till, token)
    try:
        charge = await till.payees[payment.paid_for].charge_again(till, payment, wish)
    except ChargeUnderWay:
        return await show_payment(till, token)
    except TooManyCharges:
        return await give_up(till, token)
    await legs.send(till, charge)
    return await show_payment(till, token)


async def come_back(till: Till, token: PaymentToken, returned: Returned) -> PayView:
    """The browser is back from 3-D: the acquirer is asked what became of the charge.

    Raises `NoSuchPayment`.
    """
    payment = await _payment(till, token)
    async with till.db.reading() as connection:
        charge = await charges.last_charge(connection, payment.partner_id, payment.payment_id)
    if charge is not None and charge.state is not AttemptState.CAPTURED:
        await legs.came_back(till, charge, returned)
    return await show_payment(till, token)


async def give_up(till: Till, token: PaymentToken) -> PayView:
    """The customer does not want to pay: the order is cancelled, unless a charge is under way.

    Raises `NoSuchPayment`, `ChargeUnderWay`.
    """
    payment = await _payment(till, token)
    await till.payees[payment.paid_for].give_up(till, payment)
    return await show_payment(till, token)


async def instalment_plans(
    till: Till, token: PaymentToken, digits: str
) -> Sequence[InstalmentPlan]:
    """The ways to spread a payment with a card that begins so. Raises `NoSuchPayment`."""
    payment = await _payment(till, token)
    async with till.db.reading() as connection:
        terms = await instalments.card_terms(connection, digits)
    total = Money(payment.amount, payment.currency)
    return [
        InstalmentPlan(rate, rate.cost(total), rate.each(total), total + rate.cost(total))
        for rate in terms.rates
    ]


async def _payment(till: Till, token: PaymentToken) -> Payment:
    async with till.db.reading() as connection:
        payment = await charges.find_payment(connection, token)
    if payment is None:
        raise NoSuchPayment
    return payment


async def _page(till: Till, token: PaymentToken) -> tuple[OrderOnPage, MoneyOnPage]:
    """The order and its money. The order is read first: what it still waits for may be over by
    the time that the money is read, and never the other way round.
    """
    async with till.db.reading() as connection:
        for payee in till.payees.values():
            order = await payee.order_on_page(connection, token)
            if order is not None:
                money = await store.select_money(connection, token)
                assert money is not None, "an order's payment stays"
                return order, money
    raise NoSuchPayment


def _step(order: OrderOnPage, money: MoneyOnPage, *, is_open: bool) -> PayStep:
    """What comes next. `is_open` says that the order's prices still stand."""
    if money.state in (PaymentState.SUCCESS, PaymentState.REFUNDED):
        return Paid()
    refused = Refused(money.reason or NOBODY_KNOWS_WHY, money.explanation)
    if not order.waits:
        return Failed(refused)
    takes_card = money.is_hosted and is_open
    match money.attempt:
        case AttemptState.CHALLENGED if money.challenge is not None:
            return money.challenge
        case AttemptState.OPEN | AttemptState.CHALLENGED:
            return Waiting()
        case None if takes_card:
            return CardWanted()
        case _ if takes_card:
            return CardWanted(refused)
        case _:
            return Failed(refused)
