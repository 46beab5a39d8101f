"""The examples of deliveries: what grams can become, what it costs, and the order."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from bezant.web.partner.wire.addresses import ShippingInput
from bezant.web.partner.wire.delivery import (
    DeliverableProduct,
    DeliverableWallet,
    DeliveryAddress,
    DeliveryCalculate,
    DeliveryCalculated,
    DeliveryCostPart,
    DeliveryCreate,
    DeliveryCustomer,
    DeliveryOrder,
    DeliveryWalletsRequest,
)
from bezant.web.partner.wire.digital_orders import DigitalOrderItem
from bezant.web.reference.example import CUSTOMER, SKU, Example

_NOTHING: Final = Decimal(0)
_COST: Final = Decimal("139.5")
_WEIGHT: Final = Decimal("1.01")


def examples_of_delivery() -> Mapping[str, Example]:
    """The examples of deliveries by the operation's name."""
    return {
        "listDeliveryWallets": Example(
            [_WALLET], body=DeliveryWalletsRequest(external_customer_id=CUSTOMER)
        ),
        "calculateDelivery": Example(
            DeliveryCalculated(
                total=_COST,
                items=[
                    DeliveryCostPart(name="Minting", price=Decimal(60)),
                    DeliveryCostPart(name="Insurance", price=Decimal("4.5")),
                    DeliveryCostPart(name="Shipping", price=Decimal(75)),
                ],
            ),
            body=DeliveryCalculate(external_customer_id=CUSTOMER, sku=SKU, amount=1),
        ),
        "createDelivery": Example(
            _ORDER,
            body=DeliveryCreate(
                customer=DeliveryCustomer(external_id=CUSTOMER),
                external_id="DELIVERY-2024-000017",
                sku=SKU,
                amount=1,
                address=DeliveryAddress(shipping=_ADDRESS),
                expected_total=_COST,
            ),
        ),
    }


_ADDRESS: Final = ShippingInput(
    tax_number="96356247895",
    fullname="John Due",
    phone="+905556242399",
    city="Ankara",
    county="Çankaya",
    district="Kızılay",
    address="Atatürk Bulvarı 1",
)
_WALLET: Final = DeliverableWallet(
    currency_id=1000004,
    product_id=3000001,
    sku="GAU",
    balance=Decimal(5),
    blocked=_NOTHING,
    real_balance=Decimal(5),
    products=[
        DeliverableProduct(
            product_id=3000065,
            sku=SKU,
            product_name="1 g Gold Bar",
            product_weight=_WEIGHT,
            stock=250,
            most=4,
        )
    ],
)
_ORDER: Final = DeliveryOrder(
    id=4171,
    guid="0B7E2C5A-5A40-4E0C-9D2F-6C1D0B8A7F31",
    order_code="K7Q2M9XD",
    external_id="DELIVERY-2024-000017",
    channel="web",
    tx_type="delivery",
    price_token=None,
    price=_COST,
    tax=_NOTHING,
    total=_COST,
    currency_rate=Decimal(1),
    currency_total=_COST,
    status_id=1,
    status_name="Created",
    order_at="2024-08-05T15:47:15+03:00",
    items=[
        DigitalOrderItem(
            sku="GAU",
            product_id=3000001,
            product_name="Digital Gold",
            spot_price=_NOTHING,
            price=_NOTHING,
            tax_rate=_NOTHING,
            tax=_NOTHING,
            amount=_WEIGHT,
            total=_COST,
        )
    ],
)
