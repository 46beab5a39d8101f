"""Purchases of digital metal get invoices, numbered as those of the shop are."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.money import Money
from bezant.kernel.texts import Language, Text
from bezant.legal.model import (
    Buyer,
    Deal,
    DealLine,
    Invoice,
    NoSuchInvoice,
    Operator,
    Sale,
)
from bezant.legal.service import invoices
from bezant.legal.service.invoices import DueOrders
from bezant.trading import store
from bezant.trading.model import DigitalOrder, TradedLine

DUE: Final = DueOrders(Sale.DIGITAL, store.lock_to_invoice, store.update_invoiced)


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, who stands behind it, and where times are told."""

    name: str
    operator: Operator
    zone: tzinfo


async def invoice_of(connection: Connection, order: DigitalOrder) -> Invoice:
    """The invoice of an order. Raises `NoSuchInvoice` while there is none, and for a sale."""
    found = await invoices.find_invoice(connection, Sale.DIGITAL, order.partner_id, order.order_id)
    if found is None:
        raise NoSuchInvoice
    return found


def deal_of(order: DigitalOrder, seller: Seller, *, language: Language) -> Deal:
    """An order as its invoice says it. A partner that bought for itself is the buyer."""
    customer, payment = order.customer, order.payment
    cost = Money(0 if payment is None else payment.cost, order.currency)
    buyer = Buyer(fullname=seller.name, email="", phone="", identity_number="")
    if customer is not None:
        person = customer.person
        buyer = Buyer(
            fullname=person.fullname,
            email=person.email,
            phone=person.phone,
            identity_number=person.identity_number,
        )
    return Deal(
        seller=seller.name if customer is not None else seller.operator.name,
        operator=seller.operator,
        number=order.order_code,
        is_order=True,
        at=order.ordered_at,
        zone=seller.zone,
        language=language,
        buyer=buyer,
        shipping_address=None,
        billing_address=None,
        lines=[_line(line, language) for line in order.lines],
        price=order.price,
        tax=order.tax,
        total=order.total,
        payment_cost=cost,
        paid_total=order.total + cost,
        how_paid=Text("payment.cash") if payment is None else payment.way,
    )


def _line(line: TradedLine, language: Language) -> DealLine:
    asset = line.asset
    return DealLine(
        sku=asset.sku,
        name=Text(f"asset.{asset.sku.lower()}").into(language),
        weight_ug=line.amount.weight.micrograms,
        pieces=None,
        unit_price=line.price,
        tax_rate=line.tax_rate,
        tax=line.tax,
        total=line.total,
    )
