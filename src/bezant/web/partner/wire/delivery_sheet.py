"""How far the pieces of an order are, and where they go, on the wire."""

from msgspec import Struct

from bezant.customers.model import AddressDetails
from bezant.delivery.model import Shipment
from bezant.kernel.texts import Language


class DeliveredProduct(Struct, frozen=True, kw_only=True):
    """So many pieces of a product."""

    product_id: int
    sku: str
    product_name: str
    amount: int


class WireDelivery(Struct, frozen=True, kw_only=True):
    """How far the pieces are. `sync_status` says whether the carrier's tracking is known."""

    status_id: int
    status_name: str
    cargo_tracking_url: str | None
    cargo_tracking_number: str | None
    sync_status: bool
    products: list[DeliveredProduct]


class DeliveryShipping(Struct, frozen=True, kw_only=True):
    """Where it goes. It is the order's own, so it has no number among the customer's."""

    id: None
    tax_number: str
    external_id: str
    fullname: str
    phone: str
    city: str
    county: str
    district: str
    street: str
    zipcode: str
    address: str


class DeliveryBilling(Struct, frozen=True, kw_only=True):
    """Whom it is invoiced to; as with shipping."""

    id: None
    type: str
    invoice_type: str
    company_name: str
    tax_office: str
    tax_number: str
    external_id: str
    fullname: str
    phone: str
    email: str
    city: str
    county: str
    district: str
    street: str
    zipcode: str
    address: str


class OrderAddress(Struct, frozen=True, kw_only=True):
    """Digital metal goes nowhere, so both are null unless it is delivered."""

    billing: DeliveryBilling | None = None
    shipping: DeliveryShipping | None = None


def wire_delivery(shipment: Shipment, language: Language) -> WireDelivery:
    """A shipment as it is answered; its status is that of its order."""
    goods, parcel, status = shipment.goods, shipment.parcel, shipment.status.of_order
    return WireDelivery(
        status_id=int(status),
        status_name=status.shown,
        cargo_tracking_url=parcel.tracking_url or None,
        cargo_tracking_number=parcel.tracking_number or None,
        sync_status=parcel.is_followed,
        products=[
            DeliveredProduct(
                product_id=goods.product_id,
                sku=goods.sku,
                product_name=goods.name[language],
                amount=goods.amount,
            )
        ],
    )


def order_address(shipment: Shipment) -> OrderAddress:
    """Where a shipment goes, and whom it is invoiced to."""
    return OrderAddress(
        billing=None if shipment.bill_to is None else _billing(shipment.bill_to),
        shipping=_shipping(shipment.ship_to),
    )


def _shipping(details: AddressDetails) -> DeliveryShipping:
    return DeliveryShipping(
        id=None,
        tax_number=details.tax_number,
        external_id=details.external_id,
        fullname=details.fullname,
        phone=details.phone,
        city=details.city,
        county=details.county,
        district=details.district,
        street=details.street,
        zipcode=details.zipcode,
        address=details.address,
    )


def _billing(details: AddressDetails) -> DeliveryBilling:
    return DeliveryBilling(
        id=None,
        type=details.type,
        invoice_type=details.invoice_type,
        company_name=details.company_name,
        tax_office=details.tax_office,
        tax_number=details.tax_number,
        external_id=details.external_id,
        fullname=details.fullname,
        phone=details.phone,
        email=details.email,
        city=details.city,
        county=details.county,
        district=details.district,
        street=details.street,
        zipcode=details.zipcode,
        address=details.address,
    )
