"""Every operation of the partner API, in the order of the reference."""

from typing import Final

from bezant.baskets.model import BasketFull, NoSuchBasket, NotInBasket, TooManyPieces
from bezant.catalog.model import NoSuchProduct, NotEnoughStock
from bezant.checkout.model import (
    AddressMissing,
    CustomerHasBalance,
    CustomerHasOpenOrders,
    NothingToOrder,
    PriceExpired,
)
from bezant.customers.model import (
    CustomerExists,
    NoSuchAddress,
    NoSuchCustomer,
    TooManyAddresses,
)
from bezant.legal.model import Format, NoSuchDocument, PricesNotHeld
from bezant.orders.model import BasketOrdered, ExternalIdUsed, NoSuchOrder
from bezant.partners.model import Scope
from bezant.payments.kept import CardOfAnotherAcquirer, NoSuchCard
from bezant.payments.model import ChargeUnderWay, TooManyCharges
from bezant.payments.till import CardPaymentsOff
from bezant.payments.vault import CardSealLost
from bezant.pricing.model import NotPricedInCurrency, PriceStale, TradingHalted
from bezant.web.operations import Group, Method, Operation
from bezant.web.paging import Paginator
from bezant.web.partner.balances_api import BALANCES
from bezant.web.partner.card_api import CARDS
from bezant.web.partner.delivery_api import DELIVERY
from bezant.web.partner.digital_api import DIGITAL
from bezant.web.partner.kyc_api import KYC
from bezant.web.partner.partner_orders_api import PARTNER_ORDERS
from bezant.web.partner.paying_api import PAYING
from bezant.web.partner.routes import (
    addresses,
    baskets,
    catalog,
    customers,
    legal,
    orders,
    payments,
)
from bezant.web.partner.wire.addresses import (
    AddressCreate,
    AddressPair,
    AddressQuery,
    AddressRemove,
    FullAddress,
    StoredPair,
)
from bezant.web.partner.wire.baskets import (
    BasketAdd,
    BasketEmpty,
    BasketQuery,
    BasketRemove,
    BasketSetAddress,
    BasketsQuery,
    BasketUpdate,
    EcomOrder,
)
from bezant.web.partner.wire.catalog import (
    PricesQuery,
    ProductPrice,
    ProductQuery,
    ProductsQuery,
    WireCategory,
    WireProduct,
)
from bezant.web.partner.wire.customers import (
    CustomerCreate,
    CustomerDetail,
    CustomerPath,
    CustomerRemoved,
    CustomerUpdate,
    CustomerWithWallets,
)
from bezant.web.partner.wire.legal import LegalRequest, LegalType
from bezant.web.partner.wire.orders import BasketComplete, OrderGet, OrdersQuery
from bezant.web.partner.wire.payments import PaymentType, PaymentTypesQuery

_UNPRICED: Final = (PriceStale, TradingHalted, NotPricedInCurrency)

CATALOG: Final = (
    Operation(
        method=Method.GET,
        path="/partner/ecom/products",
        name="listProducts",
        group=Group.CATALOG,
        scope=Scope.CATALOG,
        summary="List products",
        text="One page of the products on sale, each with its present price for the partner.",
        query=ProductsQuery,
        returns=Paginator[WireProduct],
        handler=catalog.list_products,
        refusals=_UNPRICED,
    ),
    Operation(
        method=Method.GET,
        path="/partner/ecom/product",
        name="getProduct",
        group=Group.CATALOG,
        scope=Scope.CATALOG,
        summary="Get a product",
        text="The product with this `sku` or `id`; with both, both must fit the same product.",
        query=ProductQuery,
        returns=WireProduct,
        handler=catalog.find_product,
        refusals=(NoSuchProduct, *_UNPRICED),
    ),
    Operation(
        method=Method.GET,
        path="/partner/ecom/prices",
        name="listPrices",
        group=Group.CATALOG,
        scope=Scope.CATALOG,
        summary="List prices",
        text="The present prices of products, all from one moment of the market.",
        query=PricesQuery,
        returns=list[ProductPrice],
        handler=catalog.list_prices,
        refusals=_UNPRICED,
    ),
    Operation(
        method=Method.GET,
        path="/partner/ecom/categories",
        name="listCategories",
        group=Group.CATALOG,
        scope=Scope.CATALOG,
        summary="List categories",
        text="The tree of categories.",
        returns=list[WireCategory],
        handler=catalog.list_categories,
    ),
)

CUSTOMERS: Final = (
    Operation(
        method=Method.POST,
        path="/partner/customer",
        name="createCustomer",
        group=Group.CUSTOMERS,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Create a customer",
        text="Enters a person or a company under the partner's own id.",
        body=CustomerCreate,
        returns=CustomerDetail,
        handler=customers.create_customer,
        refusals=(CustomerExists,),
    ),
    Operation(
        method=Method.GET,
        path="/partner/customer/{external_customer_id}",
        name="getCustomer",
        group=Group.CUSTOMERS,
        scope=Scope.CUSTOMERS_READ,
        summary="Get a customer",
        text="The customer and its accounts of metal and cash.",
        path_shape=CustomerPath,
        returns=CustomerWithWallets,
        handler=customers.find_customer,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.PATCH,
        path="/partner/customer/{external_customer_id}",
        name="updateCustomer",
        group=Group.CUSTOMERS,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Update a customer",
        text="Replaces the required fields; an optional field that is absent stays as it is.",
        path_shape=CustomerPath,
        body=CustomerUpdate,
        returns=CustomerDetail,
        handler=customers.update_customer,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.DELETE,
        path="/partner/customer/{external_customer_id}",
        name="removeCustomer",
        group=Group.CUSTOMERS,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Remove a customer",
        text=(
            "Detaches the external id, which may be used again, erases the personal data and "
            "drops the open baskets and the kept cards. Refused while the customer has an order "
            "that is not over, or anything in an account."
        ),
        path_shape=CustomerPath,
        returns=CustomerRemoved,
        handler=customers.remove_customer,
        refusals=(NoSuchCustomer, CustomerHasOpenOrders, CustomerHasBalance),
    ),
)

ADDRESSES: Final = (
    Operation(
        method=Method.GET,
        path="/partner/customer/address",
        name="listAddresses",
        group=Group.ADDRESSES,
        scope=Scope.CUSTOMERS_READ,
        summary="List addresses",
        text="A customer's stored addresses, oldest first.",
        query=AddressQuery,
        returns=list[FullAddress],
        handler=addresses.list_addresses,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.POST,
        path="/partner/customer/address",
        name="createAddress",
        group=Group.ADDRESSES,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Create an address",
        text=(
            "Stores an address. One with the same type and `external_id` is replaced. "
            + (AddressCreate.__doc__ or "").partition("\n")[2].strip()
        ),
        body=AddressCreate,
        returns=FullAddress,
        handler=addresses.create_address,
        refusals=(NoSuchCustomer, TooManyAddresses),
    ),
    Operation(
        method=Method.POST,
        path="/partner/customer/address/createmulti",
        name="createAddresses",
        group=Group.ADDRESSES,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Create a pair of addresses",
        text="Stores a shipping and a billing address, or one of them: all or none.",
        body=AddressPair,
        returns=StoredPair,
        handler=addresses.create_addresses,
        refusals=(NoSuchCustomer, TooManyAddresses),
    ),
    Operation(
        method=Method.DELETE,
        path="/partner/customer/address",
        name="removeAddress",
        group=Group.ADDRESSES,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Remove an address",
        text="Deletes a stored address; baskets and orders keep their own copies of it.",
        body=AddressRemove,
        returns=FullAddress,
        handler=addresses.remove_address,
        refusals=(NoSuchAddress,),
    ),
)

BASKETS: Final = (
    Operation(
        method=Method.GET,
        path="/partner/ecom/baskets",
        name="listIncompleteBaskets",
        group=Group.BASKETS,
        scope=Scope.BASKETS_READ,
        summary="Get incomplete baskets",
        text=(
            "The customer's baskets that never became orders, newest first. A pure read: "
            "nothing is priced anew. With `card_bin`, each basket says what paying it at once "
            "with such a card costs. An unknown customer has an empty page."
        ),
        query=BasketsQuery,
        returns=Paginator[EcomOrder],
        handler=baskets.list_incomplete_baskets,
    ),
    Operation(
        method=Method.POST,
        path="/partner/ecom/basket",
        name="addToBasket",
        group=Group.BASKETS,
        scope=Scope.BASKETS_WRITE,
        summary="Add to a basket",
        text=(
            "Puts pieces of a product into a basket, a new one without `cart_token`. A product "
            "that is in it already adds up at its held price."
        ),
        body=BasketAdd,
        returns=EcomOrder,
        handler=baskets.add_to_basket,
        refusals=(
            NoSuchProduct,
            NoSuchCustomer,
            NoSuchBasket,
            NotEnoughStock,
            BasketFull,
            TooManyPieces,
            *_UNPRICED,
        ),
    ),
    Operation(
        method=Method.GET,
        path="/partner/ecom/basket",
        name="getBasket",
        group=Group.BASKETS,
        scope=Scope.BASKETS_READ,
        summary="Get a basket",
        text=(
            "The basket with the hold on its prices. When the hold is over, every price is made "
            "anew, a new hold begins, and `pricefix.updated` says whether a price moved."
        ),
        query=BasketQuery,
        returns=EcomOrder,
        handler=baskets.find_basket,
        refusals=(NoSuchBasket, *_UNPRICED),
    ),
    Operation(
        method=Method.PATCH,
        path="/partner/ecom/basket",
        name="updateBasket",
        group=Group.BASKETS,
        scope=Scope.BASKETS_WRITE,
        summary="Update a basket's item",
        text="Sets how many pieces of a product the basket holds; 0 removes it.",
        body=BasketUpdate,
        returns=EcomOrder,
        handler=baskets.update_basket,
        refusals=(NoSuchBasket, NotInBasket, NotEnoughStock, TooManyPieces, *_UNPRICED),
    ),
    Operation(
        method=Method.DELETE,
        path="/partner/ecom/basket",
        name="removeFromBasket",
        group=Group.BASKETS,
        scope=Scope.BASKETS_WRITE,
        summary="Remove a basket's item",
        text="Takes a product out of the basket.",
        body=BasketRemove,
        returns=EcomOrder,
        handler=baskets.remove_from_basket,
        refusals=(NoSuchBasket, NotInBasket, *_UNPRICED),
    ),
    Operation(
        method=Method.DELETE,
        path="/partner/ecom/basket/empty",
        name="emptyBasket",
        group=Group.BASKETS,
        scope=Scope.BASKETS_WRITE,
        summary="Empty a basket",
        text="Takes everything out of the basket, which keeps its token.",
        body=BasketEmpty,
        returns=EcomOrder,
        handler=baskets.empty_basket,
        refusals=(NoSuchBasket,),
    ),
    Operation(
        method=Method.PATCH,
        path="/partner/ecom/basket/setaddress",
        name="setBasketAddress",
        group=Group.BASKETS,
        scope=Scope.BASKETS_WRITE,
        summary="Set a basket's addresses",
        text=(
            "Gives the basket a shipping and a billing address, or one of them: sent whole, "
            "which stores it with the customer, or by the id of a stored one."
        ),
        body=BasketSetAddress,
        returns=EcomOrder,
        handler=baskets.set_basket_address,
        refusals=(NoSuchBasket, NoSuchCustomer, NoSuchAddress, TooManyAddresses, *_UNPRICED),
    ),
)

PAYMENTS: Final = (
    Operation(
        method=Method.GET,
        path="/partner/ecom/payment/types",
        name="listPaymentTypes",
        group=Group.PAYMENTS,
        scope=Scope.BASKETS_READ,
        summary="List the ways to pay",
        text="The ways to pay a basket, with the instalments of a card whose digits are given.",
        query=PaymentTypesQuery,
        returns=list[PaymentType],
        handler=payments.list_payment_types,
        refusals=(NoSuchBasket,),
    ),
)

LEGAL: Final = (
    Operation(
        method=Method.GET,
        path="/partner/ecom/legal/types",
        name="listLegalTypes",
        group=Group.LEGAL,
        scope=Scope.BASKETS_READ,
        summary="List the legal documents",
        text="The documents that are in force, in the request's language.",
        returns=list[LegalType],
        handler=legal.list_legal_types,
    ),
    Operation(
        method=Method.POST,
        path="/partner/legal",
        name="printLegalDocument",
        group=Group.LEGAL,
        scope=Scope.BASKETS_READ,
        summary="Get a legal document",
        text=(
            "The document, filled with the parties, items, prices and times of a basket or an "
            "order: the PDF or the page itself, and not an envelope. `x-document-sha256` is the "
            "hash of its bytes. Changes nothing."
        ),
        body=LegalRequest,
        returns=None,
        handler=legal.print_legal_document,
        refusals=(NoSuchDocument, NoSuchBasket, NoSuchOrder, NothingToOrder, PricesNotHeld),
        documents=tuple(each.media_type for each in Format),
    ),
)

CHECKOUT: Final = (
    Operation(
        method=Method.PUT,
        path="/partner/ecom/basket/complete",
        name="completeBasket",
        group=Group.CHECKOUT,
        scope=Scope.ORDERS_WRITE,
        summary="Complete a basket",
        text=(
            "Makes an order of the basket, once: the same call again answers with the same "
            "order. `cash` is money that the partner has collected; with `creditcard` the "
            "answer's `payment.redirect_url` is where the customer has to go next. When the "
            "hold on the prices is over, the answer is 410 and its `data` the basket at new "
            "prices, to be shown and asked for again. After a card was declined, the same "
            "`external_id` may be asked for with another card while the order's prices stand."
        ),
        body=BasketComplete,
        returns=EcomOrder,
        handler=orders.complete_basket,
        waits_outside=True,
        refusals=(
            NoSuchBasket,
            NothingToOrder,
            AddressMissing,
            NotEnoughStock,
            PriceExpired,
            BasketOrdered,
            ExternalIdUsed,
            ChargeUnderWay,
            TooManyCharges,
            CardPaymentsOff,
            NoSuchCard,
            CardOfAnotherAcquirer,
            CardSealLost,
            *_UNPRICED,
        ),
    ),
    Operation(
        method=Method.GET,
        path="/partner/ecom/orders",
        name="listOrders",
        group=Group.CHECKOUT,
        scope=Scope.ORDERS_READ,
        summary="List orders",
        text="One page of the partner's orders, newest first unless sorted otherwise.",
        query=OrdersQuery,
        returns=Paginator[EcomOrder],
        handler=orders.list_orders,
    ),
    Operation(
        method=Method.POST,
        path="/partner/ecom/getorder",
        name="getOrder",
        group=Group.CHECKOUT,
        scope=Scope.ORDERS_READ,
        summary="Get an order",
        text="The basket or the order with this token; a basket is not priced anew.",
        body=OrderGet,
        returns=EcomOrder,
        handler=orders.get_order,
        refusals=(NoSuchBasket,),
    ),
)

OPERATIONS: Final = (
    *CATALOG,
    *CUSTOMERS,
    *ADDRESSES,
    *KYC,
    *DIGITAL,
    *DELIVERY,
    *PARTNER_ORDERS,
    *PAYING,
    *BASKETS,
    *PAYMENTS,
    *CHECKOUT,
    *BALANCES,
    *CARDS,
    *LEGAL,
)
