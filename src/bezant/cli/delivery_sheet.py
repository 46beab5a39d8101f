"""A delivery of digital metal on a terminal: all that is known of it, part by part."""

from bezant.cli.order_sheet import address_line, print_facts, print_part
from bezant.cli.output import moment
from bezant.kernel.ids import wire_guid
from bezant.kernel.money import Money
from bezant.kernel.texts import Language
from bezant.trading.deliveries import DeliveryFile


def print_delivery(file: DeliveryFile) -> None:
    """Prints a delivery, what is sent, what it cost, and its history."""
    _print_head(file)
    _print_pieces(file)
    print_part(
        "history",
        ("status", "cause", "at"),
        ((each.status, each.cause, moment(each.at)) for each in file.shipment.changes),
    )


def _print_head(file: DeliveryFile) -> None:
    order, shipment, parcel = file.order, file.shipment, file.shipment.parcel
    customer = order.customer
    print_facts(
        ("code", order.order_code),
        ("guid", wire_guid(order.guid)),
        ("partner", file.partner),
        ("partner's id", order.external_id or ""),
        ("status", shipment.status),
        ("ordered", moment(order.ordered_at)),
    )
    if customer is not None:
        person = customer.person
        print_facts(
            ("customer", f"{customer.external_id or '-'} {person.fullname}".strip()),
            ("reached at", f"{person.phone} {person.email}".strip()),
        )
    print_facts(
        ("ship to", address_line(shipment.ship_to)),
        ("bill to", address_line(shipment.bill_to) if shipment.bill_to else ""),
        ("carrier", parcel.carrier),
        ("parcel", f"{parcel.tracking_number} {parcel.tracking_url}".strip()),
    )


def _print_pieces(file: DeliveryFile) -> None:
    order, shipment, goods = file.order, file.shipment, file.shipment.goods
    (line,) = order.lines
    print_part(
        "pieces",
        ("sku", "name", "pieces", "grams", "from", "serials"),
        [
            (
                goods.sku,
                goods.name[Language.EN],
                f"{goods.amount} to be minted" if shipment.minted else str(goods.amount),
                f"{line.amount.decimal:f}",
                line.asset.sku,
                " ".join(file.serials) or "-",
            )
        ],
    )
    print_facts(
        ("minting", str(Money(shipment.minting, order.currency))),
        ("insurance", str(Money(shipment.insurance, order.currency))),
        ("shipping", str(Money(shipment.shipping, order.currency))),
        ("tax", str(order.tax) if order.tax else ""),
        ("paid", str(order.total)),
    )
