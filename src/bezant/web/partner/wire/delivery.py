"""Deliveries on the wire: what can be had, what it costs, and what orders it."""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from bezant.delivery.model import MAX_PIECES, Cost
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId, wire_guid
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language, Text
from bezant.trading.deliveries import DeliveryWanted, PiecesWanted, Wallet
from bezant.trading.model import DigitalOrder
from bezant.web.partner.wire.addresses import (
    BillingInput,
    ShippingInput,
    billing_details,
    shipping_details,
)
from bezant.web.partner.wire.customers import Email, Name, Phone
from bezant.web.partner.wire.digital_orders import (
    Asked,
    CashOnly,
    DigitalOrderItem,
    TopUp,
    order_external_id,
    order_items,
)
from bezant.web.partner.wire.digital_prices import product_id
from bezant.web.partner.wire.orders import ONE_TO_ONE, OrderRef
from bezant.web.partner.wire.pricefix import read_asset, read_money
from bezant.web.partner.wire.values import (
    CustomerRef,
    GramNumber,
    Id,
    MoneyNumber,
    Sku,
    grams,
    iso_local,
    money,
)

Pieces = Annotated[
    int, Meta(ge=1, le=MAX_PIECES, description="Whole pieces of the product.", examples=[1])
]
WalletSku = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=4,
        description="Out of which wallet; the plain one of the metal unless sent.",
        examples=["GAU"],
    ),
]


class DeliveryWalletsRequest(Struct, frozen=True, kw_only=True):
    """Whose wallets."""

    external_customer_id: CustomerRef


class DeliverableProduct(Struct, frozen=True, kw_only=True):
    """A product in stock that a wallet can become; `most` is how many pieces now."""

    product_id: int
    sku: str
    product_name: str
    product_weight: GramNumber
    stock: int
    most: int


class DeliverableWallet(Struct, frozen=True, kw_only=True):
    """A wallet, with all that its real balance can become."""

    currency_id: int
    product_id: int
    sku: str
    balance: GramNumber
    blocked: GramNumber
    real_balance: GramNumber
    products: list[DeliverableProduct]


class DeliveryAddress(Struct, frozen=True, kw_only=True):
    """Where it goes, and whom it is invoiced to."""

    shipping: ShippingInput
    billing: BillingInput | None = None


class DeliveryCalculate(Struct, frozen=True, kw_only=True):
    """What is to be delivered to whom. The address does not change what it costs."""

    external_customer_id: CustomerRef
    sku: Sku
    amount: Pieces
    wallet: WalletSku | None = None
    address: DeliveryAddress | None = None


class DeliveryCostPart(Struct, frozen=True, kw_only=True):
    """A part of what it costs; the name is in the request's language."""

    name: str
    price: MoneyNumber


class DeliveryCalculated(Struct, frozen=True, kw_only=True):
    """What a delivery costs: `total` is the sum of its parts."""

    total: MoneyNumber
    items: list[DeliveryCostPart]


class DeliveryCustomer(Struct, frozen=True, kw_only=True):
    """Whose metal it is. The customer is known, and stays as known."""

    external_id: CustomerRef
    firstname: Name | None = None
    lastname: Name | None = None
    phone: Phone | None = None
    email: Email | None = None


class DeliveryCreate(Struct, frozen=True, kw_only=True):
    """What is delivered to whom, as so many pieces of a product.

    `topup` is cash that the partner has collected for it. With `expected_total` it is refused
    where it costs something else.
    """

    customer: DeliveryCustomer
    sku: Sku
    amount: Pieces
    address: DeliveryAddress
    external_id: OrderRef | None = None
    wallet: WalletSku | None = None
    payment_type: CashOnly | None = None
    topup: TopUp | None = None
    expected_total: MoneyNumber | None = None


class DeliveryOrder(Struct, frozen=True, kw_only=True):
    """What came of ordering a delivery: the metal costs nothing, `total` is the delivery's."""

    id: Id
    guid: str
    order_code: str
    external_id: str | None
    channel: str
    tx_type: str
    price_token: None
    price: MoneyNumber
    tax: MoneyNumber
    total: MoneyNumber
    currency_rate: MoneyNumber
    currency_total: MoneyNumber
    status_id: int
    status_name: str
    order_at: str
    items: list[DigitalOrderItem]


def deliverable_wallets(wallets: Sequence[Wallet], language: Language) -> list[DeliverableWallet]:
    """Wallets as they are answered."""
    return [_wallet(each, language) for each in wallets]


def calculated(cost: Cost, language: Language) -> DeliveryCalculated:
    """What a delivery costs, as it is answered; a tax of nothing is no part."""
    parts = [
        ("delivery.part.minting", cost.minting),
        ("part.insurance", cost.insurance),
        ("part.shipping", cost.shipping),
    ]
    if cost.tax:
        parts.append(("delivery.part.tax", cost.tax))
    return DeliveryCalculated(
        total=money(cost.total),
        items=[
            DeliveryCostPart(name=Text(key).into(language), price=money(amount))
            for key, amount in parts
        ],
    )


def delivery_order(order: DigitalOrder, *, zone: tzinfo, language: Language) -> DeliveryOrder:
    """An order as it is answered to whom ordered it."""
    return DeliveryOrder(
        id=order.order_id,
        guid=wire_guid(order.guid),
        order_code=order.order_code,
        external_id=order.external_id,
        channel=order.channel,
        tx_type=order.kind,
        price_token=None,
        price=money(order.price),
        tax=money(order.tax),
        total=money(order.total),
        currency_rate=ONE_TO_ONE,
        currency_total=money(order.total),
        status_id=int(order.status),
        status_name=order.status.shown,
        order_at=iso_local(order.ordered_at, zone),
        items=order_items(order, language),
    )


def pieces_wanted(sent: DeliveryCalculate, partner_id: PartnerId) -> PiecesWanted:
    """What was sent, as trading takes it. Raises `Invalid`."""
    return PiecesWanted(
        partner_id=partner_id,
        customer=sent.external_customer_id,
        sku=sent.sku,
        amount=sent.amount,
        wallet=None if sent.wallet is None else read_asset(sent.wallet, field="wallet"),
    )


def delivery_wanted(sent: DeliveryCreate, asked: Asked, currency: Currency) -> DeliveryWanted:
    """What was sent, as trading takes it. Raises `Invalid`."""
    address, checks = sent.address, asked.checks_numbers
    topup = None
    if sent.topup is not None:
        topup = read_money(sent.topup.price, currency, field="topup.price")
    try:
        ship_to = shipping_details(address.shipping, checks_numbers=checks)
        bill_to = None
        if address.billing is not None:
            bill_to = billing_details(address.billing, checks_numbers=checks)
    except Invalid as error:
        raise Invalid({f"address.{path}": texts for path, texts in error.fields.items()}) from None
    return DeliveryWanted(
        pieces=PiecesWanted(
            partner_id=asked.partner_id,
            customer=sent.customer.external_id,
            sku=sent.sku,
            amount=sent.amount,
            wallet=None if sent.wallet is None else read_asset(sent.wallet, field="wallet"),
        ),
        external_id=order_external_id(sent.external_id),
        ship_to=ship_to,
        bill_to=bill_to,
        topup_minor=0 if topup is None else topup.minor,
        shown_minor=_shown(sent.expected_total, currency),
        channel=asked.channel,
        asked_mac=asked.asked_mac,
    )


def _shown(total: Decimal | None, currency: Currency) -> int | None:
    if not total:
        return None if total is None else 0
    return read_money(total, currency, field="expected_total").minor


def _wallet(wallet: Wallet, language: Language) -> DeliverableWallet:
    balance, asset = wallet.balance, wallet.balance.account.asset
    return DeliverableWallet(
        currency_id=asset.facts.currency_id,
        product_id=product_id(asset),
        sku=asset.sku,
        balance=balance.balance.decimal,
        blocked=balance.blocked.decimal,
        real_balance=balance.available.decimal,
        products=[
            DeliverableProduct(
                product_id=product.product_id,
                sku=product.sku,
                product_name=product.name[language],
                product_weight=grams(product.weight),
                stock=product.stock,
                most=wallet.most(product),
            )
            for product in wallet.products
        ],
    )
