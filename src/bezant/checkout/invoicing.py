"""Paid orders get their invoices: a number without gaps each, soon after the payment.

It is done beside the payment and not in it: whoever takes a number holds the whole series
until the end of the transaction, and no customer waits for that.
"""

from typing import Final

from bezant.legal.model import Sale
from bezant.legal.service.invoices import DueOrders
from bezant.orders import service as orders

DUE: Final = DueOrders(Sale.SHOP, orders.orders_to_invoice, orders.mark_invoiced)
