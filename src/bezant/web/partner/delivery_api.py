"""The operations of deliveries; `api` puts these among all the others."""

from typing import Final

from bezant.catalog.model import NoSuchProduct, NotEnoughStock
from bezant.customers.model import NoSuchCustomer
from bezant.ledger.model import InsufficientBalance
from bezant.orders.model import ExternalIdUsed
from bezant.partners.model import Scope
from bezant.pricing.model import NotPricedInCurrency, PriceStale, TradingHalted
from bezant.trading.deliveries import DeliveryCostChanged
from bezant.web.operations import Group, Method, Operation
from bezant.web.partner.routes import delivery
from bezant.web.partner.wire.delivery import (
    DeliverableWallet,
    DeliveryCalculate,
    DeliveryCalculated,
    DeliveryCreate,
    DeliveryOrder,
    DeliveryWalletsRequest,
)

_UNKNOWN: Final = (NoSuchCustomer, NoSuchProduct)
_CLOSED: Final = (PriceStale, TradingHalted, NotPricedInCurrency)

DELIVERY: Final = (
    Operation(
        method=Method.POST,
        path="/partner/delivery/wallets",
        name="listDeliveryWallets",
        group=Group.DELIVERY,
        scope=Scope.BALANCES_READ,
        summary="List what can be delivered",
        text=(
            "Every wallet of metal that the customer has used, with the products in stock that "
            "its real balance can become. A product takes its fine weight from the wallet."
        ),
        body=DeliveryWalletsRequest,
        returns=list[DeliverableWallet],
        handler=delivery.list_delivery_wallets,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.POST,
        path="/partner/delivery/calculate",
        name="calculateDelivery",
        group=Group.DELIVERY,
        scope=Scope.ORDERS_READ,
        summary="Calculate the cost of a delivery",
        text=(
            "What it costs at this moment to make so many pieces of grams and to send them: "
            "minting, insurance and shipping, and tax on these where the product is taxed. The "
            "metal costs nothing. Nothing is promised by it."
        ),
        body=DeliveryCalculate,
        returns=DeliveryCalculated,
        handler=delivery.calculate_delivery,
        refusals=(*_UNKNOWN, *_CLOSED),
    ),
    Operation(
        method=Method.POST,
        path="/partner/delivery/create",
        name="createDelivery",
        group=Group.DELIVERY,
        scope=Scope.ORDERS_WRITE,
        summary="Order a delivery",
        text=(
            "Turns grams into pieces of a product, once: the same call with the same "
            "`external_id` is answered with the order that it made. The grams are blocked at "
            "once and leave the account when the pieces are shipped; cancelling gives back "
            "grams, pieces and cash. The cost is paid from the customer's cash account here; "
            "`topup` credits it in the same moment."
        ),
        body=DeliveryCreate,
        returns=DeliveryOrder,
        handler=delivery.create_delivery,
        waits_outside=True,
        refusals=(
            *_UNKNOWN,
            ExternalIdUsed,
            DeliveryCostChanged,
            InsufficientBalance,
            NotEnoughStock,
            *_CLOSED,
        ),
    ),
)
