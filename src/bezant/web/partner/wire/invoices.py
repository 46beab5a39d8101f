"""Invoices on the wire."""

from datetime import tzinfo
from urllib.parse import quote

from msgspec import Struct

from bezant.kernel.ids import wire_guid
from bezant.legal.model import Invoice
from bezant.trading.model import DigitalOrder
from bezant.web.partner.wire.values import iso_local


class WireInvoice(Struct, frozen=True, kw_only=True):
    """An order's invoice; the PDF is at `url`, for the same credentials."""

    guid: str
    order_code: str
    external_id: str | None
    number: str
    issued_at: str
    url: str


def wire_invoice(
    order: DigitalOrder, invoice: Invoice, *, base_url: str, zone: tzinfo
) -> WireInvoice:
    """The invoice of an order that the partner has named itself."""
    name = quote(order.external_id or "", safe="")
    return WireInvoice(
        guid=wire_guid(order.guid),
        order_code=order.order_code,
        external_id=order.external_id,
        number=invoice.number,
        issued_at=iso_local(invoice.issued_at, zone),
        url=f"{base_url}/partner/order/{name}/invoice.pdf",
    )
