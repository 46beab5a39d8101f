"""One request and one answer for each operation, made of the real shapes.

Because they are values of the shapes themselves, an example that no longer fits does not
type-check. The basket is the contract's published one.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Final

import msgspec

from bezant.customers.model import AccountType, AddressType, Gender, InvoiceType
from bezant.kernel.paging import Page, PageRequest
from bezant.legal.model import DocumentType
from bezant.web.paging import paginate_rendered
from bezant.web.partner.wire.addresses import (
    AddressCreate,
    AddressPair,
    AddressRemove,
    BillingInput,
    FullAddress,
    ShippingAddress,
    ShippingInput,
    StoredPair,
)
from bezant.web.partner.wire.baskets import (
    BasketAdd,
    BasketEmpty,
    BasketRemove,
    BasketSetAddress,
    BasketUpdate,
    EcomOrder,
    EcomOrderItem,
    PriceFix,
    PricePart,
)
from bezant.web.partner.wire.catalog import (
    BaseCurrency,
    ProductCategory,
    ProductPrice,
    WireCategory,
    WireProduct,
    picture_urls,
)
from bezant.web.partner.wire.customers import (
    BasketCustomer,
    CustomerCreate,
    CustomerDetail,
    CustomerRemoved,
    CustomerUpdate,
    CustomerWithWallets,
)
from bezant.web.partner.wire.legal import LegalRequest, LegalType
from bezant.web.partner.wire.payments import BinGet, Installment, PaymentType, PaymentWay
from bezant.web.reference.balance_examples import examples_of_balances
from bezant.web.reference.card_examples import examples_of_cards
from bezant.web.reference.delivery_examples import examples_of_delivery
from bezant.web.reference.digital_examples import examples_of_digital
from bezant.web.reference.example import CUSTOMER, SKU, TOKEN, Example
from bezant.web.reference.kyc_examples import examples_of_kyc
from bezant.web.reference.order_examples import examples_of_orders

_ADDRESS_ID: Final = "66b3666fcc19b0487e691695"


@cache
def examples(base_url: str) -> Mapping[str, Example]:
    """The examples by the operation's name, pictures being under `base_url`."""
    order = _order(base_url)
    held = msgspec.structs.replace(order, pricefix=_HOLD)
    basket = {"customer_external_id": CUSTOMER, "cart_token": TOKEN}
    return {
        **_of_catalog(base_url),
        **_of_customers(),
        **_of_addresses(),
        "listIncompleteBaskets": Example(
            paginate_rendered(Page([order], 1, PageRequest(1, 10))),
            query={"customer_external_id": CUSTOMER, "page": "1", "total": "10"},
        ),
        "addToBasket": Example(
            held, body=BasketAdd(external_customer_id=CUSTOMER, sku=SKU, amount=1)
        ),
        "getBasket": Example(held, query=basket),
        "updateBasket": Example(
            held,
            body=BasketUpdate(external_customer_id=CUSTOMER, cart_token=TOKEN, sku=SKU, amount=1),
        ),
        "removeFromBasket": Example(
            _emptied(held),
            body=BasketRemove(external_customer_id=CUSTOMER, cart_token=TOKEN, sku=SKU),
        ),
        "emptyBasket": Example(
            _emptied(held), body=BasketEmpty(external_customer_id=CUSTOMER, cart_token=TOKEN)
        ),
        "setBasketAddress": Example(
            held,
            body=BasketSetAddress(
                external_customer_id=CUSTOMER,
                cart_token=TOKEN,
                shipping=_SHIPPING_SENT,
                billing=_BILLING_SENT,
            ),
        ),
        **examples_of_orders(order, base_url),
        **examples_of_cards(base_url),
        **examples_of_kyc(),
        **examples_of_balances(),
        **examples_of_digital(),
        **examples_of_delivery(),
        "listLegalTypes": Example([_LEGAL_TYPE]),
        "printLegalDocument": Example(
            None,
            body=LegalRequest(
                type=DocumentType.DISTANCE_SALES, external_customer_id=CUSTOMER, cart_token=TOKEN
            ),
        ),
        "listPaymentTypes": Example(
            _PAYMENT_TYPES, query={"cart_token": TOKEN, "card_bin": "454360"}
        ),
        "listWaysToPay": Example(_PAYMENT_TYPES, query={"card_bin": "454360", "total": "2914.73"}),
        "listInstalments": Example(
            _PAYMENT_TYPES[1].installments, body=BinGet(bin="454360", total=Decimal("2914.73"))
        ),
    }


def _of_catalog(base_url: str) -> Mapping[str, Example]:
    product = WireProduct(
        id=3000065,
        name="Minted 1 Gr 999,9 Külçe Altın (NadirGold)",
        text="Blister kartta, seri numaralı.",
        barcode="8690000000654",
        sku=SKU,
        stock=250,
        currency_code="TRY",
        list_price=Decimal("2914.73"),
        sale_price=Decimal("2914.73"),
        product_images=picture_urls(SKU, base_url),
        basecurrency=BaseCurrency(
            id=1000006, name="Physical Gold", symbol="g", metal_type="gold", unit="gram"
        ),
        category=ProductCategory(id=2, name="Külçe Altın", slug="gold-bars"),
    )
    price = ProductPrice(
        id=3000065,
        sku=SKU,
        currency_code="TRY",
        spot_price=Decimal("2691.6931"),
        list_price=Decimal("2914.73"),
        sale_price=Decimal("2914.73"),
        stock=250,
        updated_at="2024-08-05T12:47:15.000000Z",
    )
    bars = WireCategory(id=2, name="Külçe Altın", slug="gold-bars", children=[])
    return {
        "listProducts": Example(
            paginate_rendered(Page([product], 1, PageRequest(1, 10))),
            query={"page": "1", "total": "10"},
        ),
        "getProduct": Example(product, query={"sku": SKU}),
        "listPrices": Example([price], query={"sku": SKU}),
        "listCategories": Example([WireCategory(id=1, name="Altın", slug="gold", children=[bars])]),
    }


def _of_customers() -> Mapping[str, Example]:
    path = {"external_customer_id": CUSTOMER}
    detail = CustomerDetail(
        id=1,
        external_id=CUSTOMER,
        company_id=1,
        user_id=1,
        firstname="John",
        middlename="",
        lastname="Due",
        fullname="John Due",
        email="john.due@example.com",
        phone="+905556242399",
        gender="M",
        identity_number="96356247895",
        birthdate="1981-06-10",
        created_at="2024-08-05 15:47:15",
        updated_at="2024-08-05 15:47:15",
        account_type="person",
        tax_office="",
    )
    return {
        "createCustomer": Example(
            detail,
            body=CustomerCreate(
                external_id=CUSTOMER,
                firstname="John",
                lastname="Due",
                email="john.due@example.com",
                phone="+905556242399",
                gender=Gender.MALE,
                identity_number="96356247895",
                birthdate="1981-06-10",
                account_type=AccountType.PERSON,
            ),
        ),
        "getCustomer": Example(
            CustomerWithWallets(**msgspec.structs.asdict(_CUSTOMER), wallets=[]), path=path
        ),
        "updateCustomer": Example(
            detail,
            path=path,
            body=CustomerUpdate(
                firstname="John",
                lastname="Due",
                phone="+905556242399",
                identity_number="96356247895",
            ),
        ),
        "removeCustomer": Example(CustomerRemoved(external_id=CUSTOMER), path=path),
    }


def _of_addresses() -> Mapping[str, Example]:
    stored = StoredPair(shipping=_SHIPPING, billing=_BILLING)
    return {
        "listAddresses": Example([_BILLING], query={"external_customer_id": CUSTOMER}),
        "createAddress": Example(
            _BILLING,
            body=AddressCreate(
                external_customer_id=CUSTOMER,
                type=AddressType.BILLING,
                **{
                    name: value
                    for name, value in msgspec.structs.asdict(_BILLING_SENT).items()
                    if value is not None
                },
            ),
        ),
        "createAddresses": Example(
            stored,
            body=AddressPair(
                external_customer_id=CUSTOMER, shipping=_SHIPPING_SENT, billing=_BILLING_SENT
            ),
        ),
        "removeAddress": Example(
            _BILLING, body=AddressRemove(external_customer_id=CUSTOMER, id=65)
        ),
    }


def _order(base_url: str) -> EcomOrder:
    zero, price = Decimal(0), Decimal("2914.73")
    item = EcomOrderItem(
        item_currency_id=1000006,
        item_currency_name="Physical Gold",
        product_id=3000065,
        sku=SKU,
        product_name="Minted 1 Gr 999,9 Külçe Altın (NadirGold)",
        product_weight=Decimal("1.01"),
        price=price,
        tax_rate=zero,
        tax=zero,
        amount=1,
        total=price,
        product_images=picture_urls(SKU, base_url),
        prices=[
            PricePart(id=1, name="Minted Markup", price=zero),
            PricePart(id=2, name="Sigorta", price=Decimal("5.44")),
            PricePart(id=4, name="Kargo", price=zero),
            PricePart(id=3, name="Market Komisyon", price=Decimal("190.68")),
        ],
    )
    return EcomOrder(
        id=330,
        guid="EBDCEDDF-7E56-442F-A2EC-BFD2FA1BB2F0",
        order_creation_status="basket",
        external_id=None,
        increment_id="MC_66C7446E7F53E",
        token=TOKEN,
        price=price,
        tax=zero,
        delivery_price=zero,
        insurance_price=Decimal("5.44"),
        market_commission=Decimal("190.68"),
        minted_markup_price=zero,
        silver_craftsmanship=zero,
        total=price,
        payment_cost=zero,
        paid_total=price,
        currency_code="TRY",
        status_id=1,
        status_name="Created",
        customer=_CUSTOMER,
        shippingaddress=_SHIPPING,
        billingaddress=_BILLING,
        payment=None,
        order_at="2024-08-05T12:47:15.000000Z",
        items=[item],
    )


def _emptied(order: EcomOrder) -> EcomOrder:
    zero = Decimal(0)
    return msgspec.structs.replace(
        order,
        price=zero,
        insurance_price=zero,
        market_commission=zero,
        total=zero,
        paid_total=zero,
        items=[],
    )


_HOLD: Final = PriceFix(remaining=240, next_update="2024-08-05T15:51:15+03:00", updated=False)

_CUSTOMER: Final = BasketCustomer(
    external_id=CUSTOMER,
    firstname="John",
    middlename="",
    lastname="Due",
    fullname="John Due",
    email="john.due@example.com",
    phone="+905556242399",
    gender="M",
    identity_number="96356247895",
    birthdate="1981-06-10",
)

_SHIPPING_SENT: Final = ShippingInput(
    external_id=_ADDRESS_ID,
    tax_number="12313123312",
    fullname="John Due",
    phone="+905071112233",
    city="Ankara",
    county="Çankaya",
    district="District",
    address="açık adres",
)

_BILLING_SENT: Final = BillingInput(
    external_id=_ADDRESS_ID,
    invoice_type=InvoiceType.INDIVIDUAL,
    tax_number="123131231",
    fullname="John Due",
    phone="+905071112233",
    email="john.due@example.com",
    city="Ankara",
    county="Çankaya",
    district="District",
    address="açık adres",
)

_SHIPPING: Final = ShippingAddress(
    id=66,
    tax_number="12313123312",
    external_id=_ADDRESS_ID,
    fullname="John Due",
    phone="+905071112233",
    city="Ankara",
    county="Çankaya",
    district="District",
    street="",
    zipcode="",
    address="açık adres",
)

_BILLING: Final = FullAddress(
    id=65,
    type="billing",
    invoice_type="Individual",
    company_name="",
    tax_office="",
    tax_number="123131231",
    external_id=_ADDRESS_ID,
    fullname="John Due",
    phone="+905071112233",
    email="john.due@example.com",
    city="Ankara",
    county="Çankaya",
    district="District",
    street="",
    zipcode="",
    address="açık adres",
)

_LEGAL_TYPE: Final = LegalType(
    type=DocumentType.DISTANCE_SALES,
    name="Mesafeli Satış Sözleşmesi",
    version=1,
    required=True,
    valid_from="2026-01-01T00:00:00.000000Z",
    sha256="a55b9b78014f00be335e48f1ba59d0bbcae6e0f27e5569d3575001e39a52e0ae",
)

_PAYMENT_TYPES: Final = [
    PaymentType(type=PaymentWay.CASH, name="Nakit", is_3d=False, installments=[]),
    PaymentType(
        type=PaymentWay.CREDIT_CARD,
        name="Kredi kartı",
        is_3d=True,
        installments=[
            Installment(
                installment=3,
                real_installment=3,
                bin="454360",
                amount=Decimal("2914.73"),
                margin=Decimal("116.59"),
                amount_per_installment=Decimal("1010.44"),
                total=Decimal("3031.32"),
            )
        ],
    ),
]
