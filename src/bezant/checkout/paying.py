"""The customer's side of a payment: its page, a card given there, the way back from 3-D."""

from collections.abc import Sequence
from typing import Final

import structlog

from bezant.checkout import charging
from bezant.checkout.model import (
    CardOffer,
    CardWanted,
    CardWish,
    Failed,
    InstalmentPlan,
    NoSuchPayment,
    Notice,
    Paid,
    PaymentClosed,
    PayStep,
    PayView,
    Refused,
    Till,
    Waiting,
)
from bezant.checkout.queries import orders as queries
from bezant.checkout.settling import cancel_waiting, hear
from bezant.checkout.views import PayPage
from bezant.kernel.db import Tx
from bezant.kernel.ids import PaymentToken
from bezant.kernel.money import Money
from bezant.orders import service as orders
from bezant.orders.model import OrderStatus
from bezant.payments.acquirer import (
    AcquirerAway,
    Charge,
    ChargeReference,
    NoticeForged,
    Returned,
)
from bezant.payments.model import (
    AttemptState,
    ChargeUnderWay,
    Leg,
    Payment,
    PaymentState,
    TooManyCharges,
)
from bezant.payments.service import charges, instalments

NOBODY_KNOWS_WHY: Final = "096"

_log: Final = structlog.get_logger("bezant.checkout")


async def show_payment(till: Till, token: PaymentToken) -> PayView:
    """A payment as its page shows it. Raises `NoSuchPayment`."""
    async with till.db.reading() as connection:
        page = await queries.pay_page(connection, token)
    if page is None:
        raise NoSuchPayment
    return PayView(
        token=token,
        language=page.language,
        seller=page.seller,
        order_number=page.order_number,
        lines=page.lines,
        total=page.total,
        cost=page.cost,
        until=page.until,
        may_keep_card=any(each.keeps_paid_cards for each in till.acquirers.values()),
        going_back=page.going_back,
        not_back=page.not_back,
        step=_step(page, is_open=till.clock.now() < page.until),
    )


async def pay_by_card(till: Till, token: PaymentToken, offer: CardOffer) -> PayView:
    """Charges the card that the customer gave on the page.

    Raises `NoSuchPayment`, `PaymentClosed`, `CardPaymentsOff`, and `Invalid` for instalments
    that such a card does not have. While another charge is under way, the page says so; an
    order that too many cards were tried for is cancelled.
    """
    terms = till.charging()
    wish = CardWish(
        card=offer.card,
        instalment=offer.instalment,
        is_3d=True,
        keeps_card=offer.keeps_card,
        customer_ip=offer.ip,
    )

    async def work(tx: Tx) -> Charge:
        now = till.clock.now()
        found = await _payment(tx, token)
        order = await orders.lock_order(tx, found.partner_id, found.order_id)
        payment = await charges.lock_payment(tx, found.partner_id, found.order_id)
        if not order.waits or not payment.is_hosted or now >= order.hold_expires_at:
            raise PaymentClosed
        charge = await charging.begin_again(tx, payment, wish, terms=terms, now=now)
        until = till.terms.lapses_at(now, is_3d=charge.is_3d) + till.terms.grace
        await orders.keep_reserved(tx, order.partner_id, order.order_id, until=until, now=now)
        return charge

    try:
        charge = await till.db.write(work)
    except ChargeUnderWay:
        return await show_payment(till, token)
    except TooManyCharges:
        return await give_up(till, token)
    await charging.send(till, charge)
    return await show_payment(till, token)


async def come_back(till: Till, token: PaymentToken, returned: Returned) -> PayView:
    """The browser is back from 3-D: the acquirer is asked what became of the charge.

    What the browser brings is believed for nothing; forged or of another charge, it changes
    nothing. Raises `NoSuchPayment`.
    """
    async with till.db.reading() as connection:
        payment = await charges.find_payment(connection, token)
        if payment is None:
            raise NoSuchPayment
        charge = await charges.last_charge(connection, payment.partner_id, payment.payment_id)
    if charge is None or charge.state is AttemptState.CAPTURED:
        return await show_payment(till, token)
    acquirer = till.acquirers.get(charge.acquirer)
    if acquirer is not None:
        try:
            outcome = await acquirer.confirm(ChargeReference(charge.reference), returned)
        except AcquirerAway:
            _log.warning("no answer on a return", reference=charge.reference)
        except NoticeForged:
            _log.warning("forged return", reference=charge.reference)
        else:
            await hear(till, outcome, Leg.RETURN)
    return await show_payment(till, token)


async def give_up(till: Till, token: PaymentToken) -> PayView:
    """The customer does not want to pay: the order is cancelled, unless a charge is under way.

    Raises `NoSuchPayment`, `ChargeUnderWay`.
    """

    async def work(tx: Tx) -> None:
        found = await _payment(tx, token)
        order = await orders.lock_order(tx, found.partner_id, found.order_id)
        if not order.waits:
            return
        if await charges.live_charge(tx, found) is not None:
            raise ChargeUnderWay
        await cancel_waiting(tx, order, cause="customer", now=till.clock.now())

    await till.db.write(work)
    return await show_payment(till, token)


async def hear_notice(till: Till, acquirer: str, notice: Notice) -> None:
    """An acquirer's notice: it says of which charge there is news, and is then asked.

    Raises `NoticeForged`, and `AcquirerAway` so that the acquirer notifies again.
    """
    sender = till.acquirers.get(acquirer)
    if sender is None:
        raise NoticeForged
    reference = sender.read_notice(notice.headers, notice.body)
    await hear(till, await sender.query(reference), Leg.NOTICE)


async def instalment_plans(
    till: Till, token: PaymentToken, digits: str
) -> Sequence[InstalmentPlan]:
    """The ways to spread a payment with a card that begins so. Raises `NoSuchPayment`."""
    async with till.db.reading() as connection:
        payment = await charges.find_payment(connection, token)
        if payment is None:
            raise NoSuchPayment
        terms = await instalments.card_terms(connection, digits)
    total = Money(payment.amount, payment.currency)
    return [
        InstalmentPlan(rate, rate.cost(total), rate.each(total), total + rate.cost(total))
        for rate in terms.rates
    ]


async def _payment(tx: Tx, token: PaymentToken) -> Payment:
    payment = await charges.find_payment(tx, token)
    if payment is None:
        raise NoSuchPayment
    return payment


def _step(page: PayPage, *, is_open: bool) -> PayStep:
    """What comes next. `is_open` says that the order's prices still stand."""
    if page.state in (PaymentState.SUCCESS, PaymentState.REFUNDED):
        return Paid()
    refused = Refused(page.reason or NOBODY_KNOWS_WHY, page.explanation)
    if page.status is not OrderStatus.PENDING:
        return Failed(refused)
    match page.attempt:
        case AttemptState.CHALLENGED if page.challenge is not None:
            return page.challenge
        case AttemptState.OPEN | AttemptState.CHALLENGED:
            return Waiting()
        case None if page.is_hosted and is_open:
            return CardWanted()
        case _ if page.is_hosted and is_open:
            return CardWanted(refused)
        case _:
            return Failed(refused)
