"""Baskets and orders said as deals, which is what legal documents are filled with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bezant.baskets.model import BasketView
from bezant.checkout.model import NothingToOrder
from bezant.checkout.views import OrderView
from bezant.customers.model import CustomerView
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.legal.model import Buyer, Deal, DealLine, Operator, PricesNotHeld
from bezant.pricing.lines import ItemView


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sells, who delivers, and in which zone their times are told."""

    seller: str
    operator: Operator
    zone: tzinfo


def deal_of_basket(
    view: BasketView, parties: Parties, *, hold_life: timedelta, language: Language, now: datetime
) -> Deal:
    """A basket at its held prices, with no way of paying chosen.

    `view` was read in this language. Raises `NothingToOrder`, and `PricesNotHeld` when its
    prices may no longer be charged.
    """
    if not view.items:
        raise NothingToOrder
    if now >= view.hold_expires_at:
        raise PricesNotHeld
    total = view.figures.total
    return Deal(
        seller=parties.seller,
        operator=parties.operator,
        number=view.increment_id,
        is_order=False,
        # A basket may be days old; what it says holds since its prices were last made.
        at=view.hold_expires_at - hold_life,
        zone=parties.zone,
        language=language,
        buyer=_buyer(view.customer),
        shipping_address=view.shipping_address,
        billing_address=view.billing_address,
        lines=_lines(view.items, view.currency),
        price=view.figures.price,
        tax=view.figures.tax,
        total=total,
        payment_cost=Money.zero(view.currency),
        paid_total=total,
        how_paid=None,
    )


def deal_of_order(view: OrderView, parties: Parties, *, language: Language) -> Deal:
    """An order with what paying it costs. `view` was read in this language."""
    total = view.figures.total
    return Deal(
        seller=parties.seller,
        operator=parties.operator,
        number=view.increment_id,
        is_order=True,
        at=view.ordered_at,
        zone=parties.zone,
        language=language,
        buyer=_buyer(view.customer),
        shipping_address=view.shipping_address,
        billing_address=view.billing_address,
        lines=_lines(view.items, view.currency),
        price=view.figures.price,
        tax=view.figures.tax,
        total=total,
        payment_cost=view.cost,
        paid_total=total + view.cost,
        how_paid=view.payment.way,
    )


def _buyer(customer: CustomerView) -> Buyer:
    person = customer.person
    return Buyer(
        fullname=person.fullname,
        email=person.email,
        phone=person.phone,
        identity_number=person.identity_number,
    )


def _lines(items: Sequence[ItemView], currency: Currency) -> Sequence[DealLine]:
    return [
        DealLine(
            sku=item.sku,
            name=item.name,
            weight_ug=item.weight_ug,
            pieces=item.amount,
            unit_price=Money(item.price, currency),
            tax_rate=item.tax_rate,
            tax=Money(item.tax, currency),
            total=Money(item.total, currency),
        )
        for item in items
    ]
