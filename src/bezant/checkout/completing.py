"""A basket becomes an order: one statement, then, if there is a card, its charge.

Invariants: the order is made of the basket as it was read, or not at all; pieces are reserved
in the statement that makes the order; a charge is sent only after that has committed, and
what comes of it is heard like anything else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bezant.baskets import service as baskets
from bezant.baskets.model import Basket, NoSuchBasket, WholeBasket
from bezant.baskets.service import Filling
from bezant.catalog import service as catalog
from bezant.catalog.model import OrderRef, Reservation, ReservationState
from bezant.checkout import reading
from bezant.checkout.announcing import news
from bezant.checkout.charging import begin_again
from bezant.checkout.model import (
    AddressMissing,
    Completion,
    CompletionTerms,
    Expired,
    NothingToOrder,
    Placed,
)
from bezant.checkout.settling import cancel_waiting
from bezant.checkout.views import OrderView
from bezant.kernel.db import Connection, NotAtOnce, Tx
from bezant.kernel.ids import OrderId, order_code
from bezant.kernel.steps import Step, at_once
from bezant.legal.model import DocumentInForce
from bezant.legal.service import documents as legal
from bezant.orders import service as orders
from bezant.orders.model import BasketOrdered, ExternalIdUsed, NewOrder, Order, OrderStatus
from bezant.payments.model import ChargeUnderWay, PaidFor, Payment, PaymentMethod
from bezant.payments.service import charges, charging
from bezant.payments.service.charges import NewPayment
from bezant.payments.till import CardPaymentsOff, Payer
from bezant.payments.views import PaymentView
from bezant.pricing import service as pricing
from bezant.webhooks.model import EventType

_PAID: Final = [
    EventType.ORDER_CREATED,
    EventType.PAYMENT_SUCCEEDED,
    EventType.ORDER_STATUS_CHANGED,
]


async def place(
    connection: Connection, wanted: Completion, *, terms: CompletionTerms, now: datetime
) -> Placed | Expired:
    """Makes an order of a basket, or says what the same call made of it before.

    To be run by `change_on`. An order that still waits for its payment, and whose last charge
    came to nothing, may be asked for again with another card.
    Raises `NoSuchBasket`, `NothingToOrder`, `AddressMissing`, `BasketOrdered`, `ExternalIdUsed`,
    `NotEnoughStock`, `CardPaymentsOff`, `ChargeUnderWay`, `Invalid`, `PriceStale`,
    `TradingHalted`.
    """
    if wanted.method is PaymentMethod.CREDIT_CARD and terms.charging is None:
        raise CardPaymentsOff
    locks = connection.is_in_transaction()
    found, documents, market = await at_once(
        connection,
        baskets.to_order(wanted.key, language=wanted.language, locks=locks),
        legal.in_force(language=wanted.language, now=now),
        pricing.market(terms=terms.baskets.pricing),
    )
    if found is None:
        if not locks:
            raise NotAtOnce
        return await _again(connection, wanted, terms=terms, now=now)
    _require_whole(found)
    basket = found.basket
    if basket.is_expired(now):
        touched = await baskets.refresh(connection, wanted.key, terms=terms.baskets, now=now)
        return Expired(touched.view)
    # Priced anew by another call while this one was on its way: nobody who asked for it by then
    # has been shown these prices.
    was_repriced = basket.hold_expires_at - terms.baskets.hold_life > now
    differs = wanted.shown is not None and wanted.shown != basket.figures.total
    if was_repriced or differs:
        return Expired(found.view())
    metals = {line.quote.spot.metal for line in basket.lines.values()}
    pricing.require_open_market(market, metals, terms=terms.baskets.pricing, now=now)
    accepted = legal.require_accepted(wanted.legals, documents)
    return await _place(connection, (found, accepted), wanted, terms=terms, now=now)


async def _place(
    connection: Connection,
    read: tuple[WholeBasket, Sequence[DocumentInForce]],
    wanted: Completion,
    *,
    terms: CompletionTerms,
    now: datetime,
) -> Placed:
    found, accepted = read
    basket, is_cash = found.basket, wanted.method is PaymentMethod.CASH
    order = _new_order(found, wanted, terms=terms, now=now)
    new = NewPayment(
        partner_id=basket.partner_id,
        paid_for=PaidFor.SHOP,
        order_id=order.order_id,
        method=wanted.method,
        is_hosted=not is_cash and wanted.card is None,
        total=order.figures.total,
    )
    payment = charges.new_payment(new)
    charge, charged = None, list[Step[None]]()
    if wanted.card is not None and terms.charging is not None:
        by_whom = _buyer(order, found), wanted.card
        charge, charged = await charging.begin(
            connection, payment, by_whom, terms=terms.charging, now=now
        )
    view = _view(found, order, payment, now=now)
    await at_once(
        connection,
        baskets.order(basket, now=now),
        orders.enter_order(order, cause="complete", now=now),
        *([legal.accept(basket.partner_id, order.order_id, accepted, now=now)] if accepted else []),
        charges.open_payment(payment, now=now),
        *charged,
        news(view, _PAID if is_cash else _PAID[:1], now=now),
        # Last, because everybody who buys the same product waits for this lock.
        _reserving(basket, is_cash=is_cash, now=now),
    )
    return Placed(view, charge)


async def _again(
    tx: Tx, wanted: Completion, *, terms: CompletionTerms, now: datetime
) -> Placed | Expired:
    """What a call comes to whose basket is an order already, or was never there."""
    key = wanted.key
    order = await orders.lock_order_of_basket(tx, key.partner_id, key.token)
    if order is None:
        raise NoSuchBasket(cart_token=key.token)
    view = await reading.show_order(tx, order.partner_id, order.order_id, language=wanted.language)
    if view.customer.external_id != key.external_customer_id:
        raise NoSuchBasket(cart_token=key.token)
    if order.external_id != wanted.external_id:
        raise BasketOrdered(external_id=order.external_id)
    if order.asked_mac == wanted.asked_mac:
        return Placed(view, None)
    return await _another_card(tx, (order, view), wanted, terms=terms, now=now)


async def _another_card(
    tx: Tx,
    found: tuple[Order, OrderView],
    wanted: Completion,
    *,
    terms: CompletionTerms,
    now: datetime,
) -> Placed | Expired:
    """Another try to pay an order whose charge came to nothing, while its prices stand."""
    order, view = found
    payment = await charges.lock_payment(tx, PaidFor.SHOP, order.partner_id, order.order_id)
    if not order.waits or wanted.card is None or payment.is_hosted:
        raise ExternalIdUsed(external_id=order.external_id)
    if await charges.live_charge(tx, payment) is not None:
        raise ChargeUnderWay
    if now >= order.hold_expires_at:
        return await _start_over(tx, found, terms=terms, now=now)
    if terms.charging is None:
        raise CardPaymentsOff
    charge = await begin_again(tx, payment, wanted.card, terms=terms.charging, now=now)
    assert order.reserved_until is not None, "an order that waits has its pieces"
    lapses_at = terms.paying.lapses_at(now, is_3d=wanted.card.is_3d)
    until = max(order.reserved_until, lapses_at + terms.paying.grace)
    await orders.ask_again(tx, order, asked_mac=wanted.asked_mac, reserved_until=until, now=now)
    view = await reading.show_order(tx, order.partner_id, order.order_id, language=wanted.language)
    return Placed(view, charge)


async def _start_over(
    tx: Tx, found: tuple[Order, OrderView], *, terms: CompletionTerms, now: datetime
) -> Expired:
    """Cancels an order whose prices stand no more; its lines are a basket at new prices."""
    order, view = found
    await cancel_waiting(tx, order, cause="price-expired", now=now)
    filling = Filling(
        partner_id=order.partner_id,
        customer=view.customer.external_id,
        channel=view.channel,
        amounts={item.product_id: item.amount for item in view.items},
        addresses=(view.shipping_address, view.billing_address),
    )
    return Expired(await baskets.fill_again(tx, filling, terms=terms.baskets, now=now))


def _require_whole(found: WholeBasket) -> None:
    if not found.basket.lines:
        raise NothingToOrder
    if found.shipping_address is None or found.billing_address is None:
        raise AddressMissing


def _new_order(
    found: WholeBasket, wanted: Completion, *, terms: CompletionTerms, now: datetime
) -> NewOrder:
    basket, paying = found.basket, terms.paying
    assert found.shipping_address is not None, "a whole basket has it"
    assert found.billing_address is not None, "a whole basket has it"
    is_cash = wanted.method is PaymentMethod.CASH
    stand_until = now + paying.window
    is_3d = wanted.card is None or wanted.card.is_3d
    last = max(stand_until, paying.lapses_at(now, is_3d=is_3d))
    return NewOrder(
        partner_id=basket.partner_id,
        order_id=OrderId(basket.basket_id),
        guid=found.guid,
        order_code=order_code(),
        increment_id=found.increment_id,
        token=basket.token,
        external_id=wanted.external_id,
        asked_mac=wanted.asked_mac,
        customer_id=basket.customer_id,
        channel=found.channel,
        language=wanted.language,
        currency=basket.currency,
        status=OrderStatus.PAYMENT_CONFIRMED if is_cash else OrderStatus.PENDING,
        figures=basket.figures,
        lines=list(basket.lines.values()),
        shipping_address=found.shipping_address,
        billing_address=found.billing_address,
        note=wanted.note,
        hold_expires_at=stand_until,
        reserved_until=None if is_cash else last + paying.grace,
    )


def _view(found: WholeBasket, order: NewOrder, payment: Payment, *, now: datetime) -> OrderView:
    """The order as it is read at this moment, when nothing has been charged yet."""
    return OrderView(
        partner_id=order.partner_id,
        order_id=order.order_id,
        customer_id=order.customer_id,
        guid=order.guid,
        order_code=order.order_code,
        increment_id=order.increment_id,
        token=order.token,
        external_id=order.external_id,
        currency=order.currency,
        figures=order.figures,
        status=order.status,
        language=order.language,
        channel=order.channel,
        customer=found.customer,
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        note=order.note,
        cargo_number="",
        cargo_url="",
        ordered_at=now,
        payment=PaymentView(
            token=payment.token,
            method=payment.method,
            state=payment.state,
            amount=payment.amount,
            cost=payment.cost,
            refunded=payment.refunded,
            charge=None,
        ),
        items=found.items(),
    )


def _reserving(basket: Basket, *, is_cash: bool, now: datetime) -> Step[None]:
    state = ReservationState.SOLD if is_cash else ReservationState.HELD
    wanted = [
        Reservation(product_id, line.amount, state) for product_id, line in basket.lines.items()
    ]
    ref = OrderRef(basket.partner_id, OrderId(basket.basket_id))
    return catalog.reserve(ref, wanted, now=now)


def _buyer(order: NewOrder, found: WholeBasket) -> Payer:
    person = found.customer.person
    return Payer(
        customer_id=order.customer_id,
        name=person.fullname,
        email=person.email,
        phone=person.phone,
        language=order.language,
        order_number=order.increment_id,
    )
