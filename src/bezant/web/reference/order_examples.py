"""The examples of orders: the published basket, ordered and on its way to be paid."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from bezant.kernel.paging import Page, PageRequest
from bezant.legal.model import DocumentType
from bezant.payments.model import PaymentMethod, PaymentState
from bezant.web.paging import paginate_rendered
from bezant.web.partner.wire.baskets import EcomOrder, OrderDelivery
from bezant.web.partner.wire.orders import AcceptedLegal, BasketComplete, OrderGet
from bezant.web.partner.wire.payments import (
    CardPayment,
    PaymentDetails,
    PaymentWay,
    WirePayment,
)
from bezant.web.reference.example import CUSTOMER, TOKEN, Example


def examples_of_orders(basket: EcomOrder, base_url: str) -> Mapping[str, Example]:
    """The examples of orders by the operation's name; the order is what this basket became."""
    order = msgspec.structs.replace(
        basket,
        order_creation_status="order",
        external_id=_ORDER,
        payment_cost=Decimal(0),
        paid_total=basket.total,
        status_id=2,
        status_name="Pending",
        payment=_payment(basket.total, base_url),
        currency_rate=Decimal(1),
        currency_total=basket.total,
        delivery=OrderDelivery(cargo_tracking_number=None, cargo_tracking_url=None),
    )
    return {
        "completeBasket": Example(
            order,
            body=BasketComplete(
                external_customer_id=CUSTOMER,
                cart_token=TOKEN,
                external_id=_ORDER,
                payment_type=PaymentWay.CREDIT_CARD,
                payment=_CARD,
                legals=[
                    AcceptedLegal(type=DocumentType.PRELIMINARY_INFORMATION, version=1),
                    AcceptedLegal(type=DocumentType.DISTANCE_SALES, version=1),
                ],
            ),
        ),
        "listOrders": Example(
            paginate_rendered(Page([order], 1, PageRequest(1, 10))),
            query={"page": "1", "total": "10", "status": "Pending"},
        ),
        "getOrder": Example(order, body=OrderGet(customer_external_id=CUSTOMER, cart_token=TOKEN)),
    }


def _payment(total: Decimal, base_url: str) -> WirePayment:
    return WirePayment(
        state=PaymentState.PENDING,
        type=PaymentMethod.CREDIT_CARD,
        redirect_url=f"{base_url}/pay/{_PAYMENT_TOKEN}",
        token=_PAYMENT_TOKEN,
        is_3d=True,
        auth_mode=None,
        amount=total,
        comission=Decimal(0),
        total=total,
        installment=1,
        details=PaymentDetails(
            card_holder="JOHN DUE",
            card_number="552874******0003",
            card_expiry="12/29",
            card_cvv="***",
            card_association="MASTERCARD",
            customer_ip="203.0.113.7",
        ),
        transaction_id=None,
        order_reference=None,
        refunded_amount=Decimal(0),
        error_code=None,
        error_message=None,
    )


_ORDER: Final = "ORDER-2024-000123"
_PAYMENT_TOKEN: Final = "k3Vb" * 32
_CARD: Final = CardPayment(
    card_holder="JOHN DUE",
    card_number="5528740000000003",
    card_expiry="12/29",
    card_cvv="123",
    customer_ip="203.0.113.7",
    installment=1,
)
