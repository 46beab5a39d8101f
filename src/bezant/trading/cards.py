"""A card is to pay for digital metal: the order is entered first, and waits for its charge.

Invariants: the fix is used, the order entered, its payment opened and the charge written down
under a reference of ours by one statement, before anything is sent; nothing is posted yet. One
order is charged once, and a fix makes one order.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.ids import OrderId
from bezant.kernel.steps import at_once, deed
from bezant.kernel.texts import Language
from bezant.orders.model import OrderStatus
from bezant.payments.acquirer import Charge
from bezant.payments.model import PaidFor, PaymentMethod
from bezant.payments.service import charges, charging
from bezant.payments.service.charges import NewPayment
from bezant.payments.till import CardWish, ChargingTerms, Payer
from bezant.pricing.model import PricingTerms
from bezant.trading import ordering, store
from bezant.trading.announcing import news_of_card
from bezant.trading.model import CardWait, DigitalOrder, Trade
from bezant.vault import service as vault
from bezant.webhooks.model import EventType


@dataclass(frozen=True, slots=True)
class CardTrade:
    """Metal that a customer buys by card, who reads the bank's pages in this language."""

    trade: Trade
    card: CardWish
    language: Language


@dataclass(frozen=True, slots=True)
class CardTerms:
    """By which rules it is priced, and charged."""

    pricing: PricingTerms
    charging: ChargingTerms


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was made, now or by the same call before; `charge` is still to be sent."""

    order: DigitalOrder
    charge: Charge | None


async def place(
    connection: Connection, wanted: CardTrade, *, terms: CardTerms, now: datetime
) -> Placed:
    """Makes an order that waits for its card. To be run by `change_on`.

    The card is charged what the lines come to and what its instalments cost. Whether the vault
    covers the metal is asked here and again when it is paid. Raises as `ordering.place`, but for
    `InsufficientBalance`, and as `charging.begin`.
    """
    decided = await ordering.decide(connection, wanted.trade, terms=terms.pricing, now=now)
    if isinstance(decided, DigitalOrder):
        return Placed(decided, None)
    order = msgspec.structs.replace(decided.order, status=OrderStatus.PENDING)
    new = NewPayment(
        partner_id=order.partner_id,
        paid_for=PaidFor.DIGITAL,
        order_id=OrderId(0),
        method=PaymentMethod.CREDIT_CARD,
        is_hosted=False,
        total=order.total,
    )
    payment = charges.new_payment(new)
    by_whom = _payer(order, wanted.language), wanted.card
    charge, charged = await charging.begin(
        connection, payment, by_whom, terms=terms.charging, now=now
    )
    paying = terms.charging.paying
    wait = CardWait(
        payment=payment.token,
        until=paying.lapses_at(now, is_3d=charge.is_3d) + paying.grace,
        language=wanted.language,
        day=now.astimezone(terms.pricing.time_zone).date(),
    )
    weights = [line.amount.weight for line in order.lines]
    await at_once(
        connection,
        deed(store.enter_order(order, wait)),
        decided.counting,
        *charged,
        news_of_card(order, [EventType.ORDER_CREATED], now=now),
        # Refused while the vault does not cover it; nobody owns the metal before it is paid.
        vault.sold(weights),
        vault.bought_back(weights),
    )
    return Placed(order, charge)


def _payer(order: DigitalOrder, language: Language) -> Payer:
    assert order.customer is not None, "a card is a customer's"
    assert order.customer_id is not None, "a card is a customer's"
    person = order.customer.person
    return Payer(
        customer_id=order.customer_id,
        name=person.fullname,
        email=person.email,
        phone=person.phone,
        language=language,
        order_number=order.order_code,
    )
