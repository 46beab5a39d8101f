"""The operations of digital metal; `api` puts these among all the others."""

from typing import Final

from bezant.customers.kyc.model import KycLimitExceeded
from bezant.customers.model import NoSuchCustomer
from bezant.ledger.model import InsufficientBalance
from bezant.orders.model import ExternalIdUsed, NoSuchOrder
from bezant.partners.model import Scope
from bezant.payments.kept import CardOfAnotherAcquirer, NoSuchCard
from bezant.payments.till import CardPaymentsOff
from bezant.payments.vault import CardSealLost
from bezant.pricing.model import PriceStale, TradingHalted
from bezant.trading.model import (
    NoSuchPriceFix,
    NotInPriceFix,
    NotTraded,
    PriceFixExpired,
    PriceFixUsed,
)
from bezant.vault.model import SalesFrozen
from bezant.web.operations import Group, Method, Operation
from bezant.web.partner.routes import digital_orders, digital_prices, pricefix
from bezant.web.partner.wire.digital_orders import (
    DigitalBuy,
    DigitalOrderGet,
    DigitalOrderPath,
    DigitalSell,
    OrderResponse,
    WireDigitalOrder,
    WireStatus,
)
from bezant.web.partner.wire.digital_prices import DigitalPrice, DigitalPricesQuery
from bezant.web.partner.wire.pricefix import (
    PriceCalculate,
    PriceCalculated,
    PriceFixCreate,
    PriceFixed,
)

_CLOSED: Final = (PriceStale, TradingHalted)
_FIX: Final = (NoSuchPriceFix, PriceFixUsed, PriceFixExpired, NotInPriceFix)

DIGITAL: Final = (
    Operation(
        method=Method.GET,
        path="/partner/product/prices",
        name="listDigitalPrices",
        group=Group.DIGITAL,
        scope=Scope.CATALOG,
        summary="List the prices of digital metal",
        text=(
            "What a gram of each digital asset costs a customer and brings one at this moment. "
            "Nothing is promised by it; an asset whose market is closed is left out."
        ),
        query=DigitalPricesQuery,
        returns=list[DigitalPrice],
        handler=digital_prices.list_digital_prices,
        refusals=(NotTraded, *_CLOSED),
    ),
    Operation(
        method=Method.POST,
        path="/partner/pricefix",
        name="fixPrices",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_WRITE,
        summary="Fix prices",
        text=(
            "Promises the prices of this moment for 240 seconds, whole; one order can be made of "
            "them. With `total`, `buy_amount` is what that buys, rounded down to the asset's "
            "step. A fix for a customer serves that customer alone."
        ),
        body=PriceFixCreate,
        returns=PriceFixed,
        handler=pricefix.fix_prices,
        refusals=(NotTraded, *_CLOSED),
    ),
    Operation(
        method=Method.POST,
        path="/partner/price/calculate",
        name="calculatePrice",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="Calculate a price",
        text=(
            "What an amount comes to at the prices of a fix, or how much a total buys or has to "
            "be sold for it. The fix is not used. `amount` is the nearest that can be ordered."
        ),
        body=PriceCalculate,
        returns=PriceCalculated,
        handler=pricefix.calculate_price,
        refusals=(*_FIX, NoSuchCustomer),
    ),
    Operation(
        method=Method.POST,
        path="/partner/order/digital/buy",
        name="buyDigital",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_WRITE,
        summary="Buy digital metal",
        text=(
            "Buys at the prices of a fix, once: the same call with the same `external_id` is "
            "answered with the order that it made. A customer pays from the cash account here; "
            "`topup` credits it in the same moment. Without `customer` the partner buys for "
            "itself, and owes the price. With `creditcard` the order waits for its `payment`: "
            "it is Pending until the card is charged, and Cancelled if that fails. Where "
            "`payment.redirect_url` is set, the customer has to go there."
        ),
        body=DigitalBuy,
        returns=OrderResponse,
        handler=digital_orders.buy_digital,
        waits_outside=True,
        refusals=(
            *_FIX,
            ExternalIdUsed,
            InsufficientBalance,
            KycLimitExceeded,
            CardPaymentsOff,
            NoSuchCard,
            CardOfAnotherAcquirer,
            CardSealLost,
            SalesFrozen,
            *_CLOSED,
        ),
    ),
    Operation(
        method=Method.POST,
        path="/partner/order/digital/sell",
        name="sellDigital",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_WRITE,
        summary="Sell digital metal",
        text=(
            "Sells at the prices of a fix, once, as with buying. A customer's cash account is "
            "credited; without `customer` the partner sells its own and is owed the price. More "
            "than the real balance is refused."
        ),
        body=DigitalSell,
        returns=OrderResponse,
        handler=digital_orders.sell_digital,
        waits_outside=True,
        refusals=(
            *_FIX,
            NoSuchCustomer,
            ExternalIdUsed,
            InsufficientBalance,
            KycLimitExceeded,
            *_CLOSED,
        ),
    ),
    Operation(
        method=Method.GET,
        path="/partner/order/statuses",
        name="listOrderStatuses",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="List the statuses of orders",
        text="Every status that an order can have, with its text in the request's language.",
        returns=list[WireStatus],
        handler=digital_orders.list_order_statuses,
    ),
    Operation(
        method=Method.GET,
        path="/partner/order/{external_order_id}",
        name="getDigitalOrder",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="Get an order of digital metal",
        text="The order with this id of the partner's own.",
        path_shape=DigitalOrderPath,
        returns=WireDigitalOrder,
        handler=digital_orders.find_digital_order,
        refusals=(NoSuchOrder,),
    ),
    Operation(
        method=Method.POST,
        path="/partner/order",
        name="findDigitalOrder",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="Find an order of digital metal",
        text=(
            "The order with this `guid`, `order_code` or `external_id`; all that is sent must "
            "fit it. With `push_hook` its webhooks are sent again, under their old ids."
        ),
        body=DigitalOrderGet,
        returns=WireDigitalOrder,
        handler=digital_orders.get_digital_order,
        refusals=(NoSuchOrder,),
    ),
)
