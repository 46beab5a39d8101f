"""The examples of digital metal: a fix, what is bought with it, and the order."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from bezant.kernel.paging import Page, PageRequest
from bezant.web.paging import paginate_rendered
from bezant.web.partner.wire.customers import BasketCustomer
from bezant.web.partner.wire.delivery_sheet import OrderAddress
from bezant.web.partner.wire.digital_orders import (
    DigitalBuy,
    DigitalBuyer,
    DigitalItem,
    DigitalOrderGet,
    DigitalOrderItem,
    DigitalSell,
    DigitalSeller,
    OrderResponse,
    TopUp,
    WireDigitalOrder,
    WireStatus,
)
from bezant.web.partner.wire.digital_prices import DigitalPrice
from bezant.web.partner.wire.invoices import WireInvoice
from bezant.web.partner.wire.pricefix import (
    FixedPrice,
    FixType,
    PriceCalculate,
    PriceCalculated,
    PriceFixCreate,
    PriceFixed,
    TradeSide,
)
from bezant.web.reference.example import CUSTOMER, Example

_FIX: Final = "wJ3sTz0KqYc7uLx2VbN9eRf5HdGmP1oA"
_ORDER: Final = "ORDER-2024-000124"
_SPOT: Final = Decimal("1880.3284")
_BUY: Final = Decimal("1889.73")
_SELL: Final = Decimal("1870.93")
_AMOUNT: Final = Decimal("0.1")
_PAID: Final = Decimal("188.97")
_NOTHING: Final = Decimal(0)


def examples_of_digital() -> Mapping[str, Example]:
    """The examples of digital metal by the operation's name."""
    item = DigitalItem(sku="GAU", amount=_AMOUNT)
    sold = DigitalSell(
        price_token=_FIX,
        items=[item],
        external_id=_ORDER,
        customer=DigitalSeller(external_id=CUSTOMER),
    )
    return {
        "listDigitalPrices": Example([_PRICE], query={"currency": "TRY"}),
        "fixPrices": Example(
            _FIXED, body=PriceFixCreate(type=FixType.DIGITAL, customer_external_id=CUSTOMER)
        ),
        "calculatePrice": Example(
            PriceCalculated(
                sku="GAU", amount=_AMOUNT, price=_PAID, tax=_NOTHING, total=_PAID, limited_by=None
            ),
            body=PriceCalculate(price_token=_FIX, sku="GAU", type=TradeSide.BUY, amount=_AMOUNT),
        ),
        "buyDigital": Example(
            _response("Buy", _BUY, _PAID),
            body=DigitalBuy(
                price_token=_FIX,
                items=[item],
                external_id=_ORDER,
                customer=_BUYER,
                topup=TopUp(price=_PAID),
            ),
        ),
        "sellDigital": Example(_response("Sell", _SELL, Decimal("187.09")), body=sold),
        "listOrderStatuses": Example([WireStatus(id=5, name="Completed", text="Completed")]),
        "getDigitalOrder": Example(
            _order("Buy", _BUY, _PAID, "05-08-2024 15:47"), path={"external_order_id": _ORDER}
        ),
        "getInvoice": Example(
            WireInvoice(
                guid=_GUID,
                order_code=_CODE,
                external_id=_ORDER,
                number="BZT2024000000001",
                issued_at="2024-08-05T15:47:17+03:00",
                url=f"https://bezant.example/partner/order/{_ORDER}/invoice.pdf",
            ),
            path={"external_order_id": _ORDER},
        ),
        "printInvoice": Example(None, path={"external_order_id": _ORDER}),
        "listDigitalOrders": Example(
            paginate_rendered(
                Page([_order("Buy", _BUY, _PAID, "05-08-2024 15:47")], 1, PageRequest(1, 10))
            ),
            query={"page": "1", "total": "10", "type": "Buy"},
        ),
        "findDigitalOrder": Example(
            _order("Buy", _BUY, _PAID, "05-08-2024 15:47"),
            body=DigitalOrderGet(external_id=_ORDER, push_hook=True),
        ),
    }


_PRICE: Final = DigitalPrice(
    currency_id=1000004,
    product_id=3000001,
    sku="GAU",
    currency_code="TRY",
    spot_price=_SPOT,
    buy_price=_BUY,
    sell_price=_SELL,
    step=Decimal("0.0001"),
    minimum=Decimal("0.0001"),
    maximum=Decimal(10000),
)
_FIXED: Final = PriceFixed(
    token=_FIX,
    total=None,
    expires_at="2024-08-05T15:51:15+03:00",
    is_total_price=False,
    expire_ttl=240,
    prices=[
        FixedPrice(
            currency_id=1000004,
            product_id=3000001,
            sku="GAU",
            spot_price=_SPOT,
            buy_price=_BUY,
            sell_price=_SELL,
            buy_amount=None,
        )
    ],
    currency="TRY",
)
_BUYER: Final = DigitalBuyer(
    external_id=CUSTOMER,
    identity_number="96356247895",
    firstname="John",
    lastname="Due",
    email="john.due@example.com",
    phone="+905556242399",
)
_GUID: Final = "0B7E2C5A-5A40-4E0C-9D2F-6C1D0B8A7F31"
_CODE: Final = "K7Q2M9XD"


def _response(kind: str, price: Decimal, total: Decimal) -> OrderResponse:
    at = "2024-08-05 15:47:15"
    return OrderResponse(
        order_code=[_CODE],
        guid=[_GUID],
        price=total,
        tax=_NOTHING,
        total=total,
        order_at=at,
        orders=[_order(kind, price, total, at)],
    )


def _order(kind: str, price: Decimal, total: Decimal, at: str) -> WireDigitalOrder:
    return WireDigitalOrder(
        guid=_GUID,
        order_code=_CODE,
        external_id=_ORDER,
        type=kind,
        price=total,
        tax=_NOTHING,
        total=total,
        payment_cost=_NOTHING,
        currency_code="TRY",
        status_name="Completed",
        order_at=at,
        items=[
            DigitalOrderItem(
                sku="GAU",
                product_id=3000001,
                product_name="Digital Gold",
                spot_price=_SPOT,
                price=price,
                tax_rate=_NOTHING,
                tax=_NOTHING,
                amount=_AMOUNT,
                total=total,
            )
        ],
        customer=BasketCustomer(
            external_id=CUSTOMER,
            firstname="John",
            middlename="",
            lastname="Due",
            fullname="John Due",
            email="john.due@example.com",
            phone="+905556242399",
            gender=None,
            identity_number="96356247895",
            birthdate=None,
        ),
        payment_type="cash",
        payment=None,
        delivery=None,
        address=OrderAddress(),
        description="0.1gr - #GAU",
        id=1207,
        channel="web",
        tx_type=kind.lower(),
        price_token=_FIX,
        currency_rate=Decimal(1),
        currency_total=total,
        status_id=5,
    )
