"""The routes of invoices of digital metal."""

from bezant.kernel.db import Connection
from bezant.legal.service import invoices
from bezant.trading import invoicing, reading
from bezant.trading.invoicing import Seller
from bezant.trading.reading import OrderName
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.digital_orders import DigitalOrderPath
from bezant.web.partner.wire.invoices import WireInvoice, wire_invoice


async def get_invoice(call: Call, path: DigitalOrderPath) -> Answer:
    """The invoice of an order, and where its print is."""
    rules = call.rules

    async def work(connection: Connection) -> WireInvoice:
        order = await reading.find_order(connection, _named(call, path))
        invoice = await invoicing.invoice_of(connection, order)
        return wire_invoice(order, invoice, base_url=rules.base_url, zone=rules.time_zone)

    return await call.read(work)


async def print_invoice(call: Call, path: DigitalOrderPath) -> Answer:
    """The print of an order's invoice: the same bytes whenever it is asked for."""
    partner, rules = call.credential.partner, call.rules
    order = await reading.find_order(call.connection, _named(call, path))
    invoice = await invoicing.invoice_of(call.connection, order)
    seller = Seller(partner.name, rules.operator, rules.time_zone)
    deal = invoicing.deal_of(order, seller, language=call.language)
    made = await invoices.print_invoice(call.connection, invoice, deal)
    headers = (
        ("x-document-sha256", made.sha256),
        ("Content-Disposition", f'inline; filename="{invoice.number}.pdf"'),
    )
    return Answer(200, made.body, headers, made.media_type)


def _named(call: Call, path: DigitalOrderPath) -> OrderName:
    return OrderName(partner_id=call.partner_id, external_id=path.external_order_id)
