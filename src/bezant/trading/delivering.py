"""Grams that become a product: what can be had, what it costs, and the order.

Invariants: an order blocks its grams, promises its pieces, takes its cost and enters its shipment
by one statement, or does nothing; the grams stay in the account until they are shipped.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

import msgspec

from bezant.catalog import service as catalog
from bezant.catalog.model import (
    NoSuchProduct,
    NotEnoughStock,
    Product,
    ProductFilter,
    Reservation,
    ReservationState,
)
from bezant.customers import buyers
from bezant.customers.model import KnownCustomer, NoSuchCustomer
from bezant.delivery import service as delivery
from bezant.delivery.model import (
    Change,
    Cost,
    Goods,
    Parcel,
    Shipment,
    ShipmentStatus,
    cost_of,
    promise_of,
)
from bezant.kernel.db import Connection, NotAtOnce
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import OrderId, PartnerId, order_code, wire_guid
from bezant.kernel.money import Money
from bezant.kernel.steps import NO_DEED, Step, at_once, deed
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount
from bezant.ledger.model import (
    HOUSE,
    SETTLEMENT,
    HoldKind,
    Journal,
    JournalKind,
    Move,
    NewHold,
    Reference,
    ReferenceKind,
    customer,
)
from bezant.orders.model import ExternalIdUsed
from bezant.pricing import service as pricing
from bezant.pricing.model import PricingTerms, Quote
from bezant.trading import store
from bezant.trading.announcing import news_of_delivery
from bezant.trading.deliveries import (
    DeliveryCostChanged,
    DeliveryWanted,
    PiecesWanted,
    Wallet,
    grams_of,
    wallet_of,
)
from bezant.trading.model import DigitalOrder, TradedLine, TradeKind
from bezant.webhooks.model import EventType

ORDERED_BY: Final = "partner"
"""Who a shipment's history says has ordered it."""


async def wallets(
    connection: Connection, partner_id: PartnerId, external_id: str, *, now: datetime
) -> list[Wallet]:
    """A customer's accounts of metal, the oldest first, and what each can become.

    Raises `NoSuchCustomer`.
    """
    (found,) = await at_once(connection, buyers.known(partner_id, external_id))
    if found is None:
        raise NoSuchCustomer(external_id=external_id)
    owner = customer(found.customer_id)
    balances = await ledger.balances_of(connection, partner_id, owner, now=now)
    held = [each for each in balances if not each.account.asset.is_cash]
    if not any(each.available.units > 0 for each in held):
        return [Wallet(each, ()) for each in held]
    (minted,) = await at_once(connection, catalog.minted_to_order())
    products = [
        product
        for product in await catalog.all_products(connection, ProductFilter())
        if product.stock or product.sku in minted
    ]
    return [Wallet(each, _made_of(each.available, products), minted) for each in held]


async def calculate(
    connection: Connection, wanted: PiecesWanted, *, terms: PricingTerms, now: datetime
) -> Cost:
    """What a delivery would cost at this moment. Nothing is promised by it.

    Raises `NoSuchCustomer`, `NoSuchProduct`, `Invalid`, `PriceStale`, `TradingHalted`,
    `NotPricedInCurrency`.
    """
    found, product, inputs = await at_once(
        connection,
        buyers.known(wanted.partner_id, wanted.customer),
        catalog.product_on_sale(wanted.sku),
        pricing.price_inputs([wanted.sku], terms=terms, now=now),
    )
    if found is None:
        raise NoSuchCustomer(external_id=wanted.customer)
    product = _of_wallet(product, wanted)
    priced = pricing.quote([product], inputs, terms=terms, now=now)
    return cost_of(priced[product.product_id].quote, wanted.amount)


async def place(
    connection: Connection, wanted: DeliveryWanted, *, terms: PricingTerms, now: datetime
) -> DigitalOrder:
    """Orders a delivery, or says what the same call ordered before. To be run by `change_on`.

    Raises `NoSuchCustomer`, `NoSuchProduct`, `ExternalIdUsed`, `DeliveryCostChanged`,
    `InsufficientBalance`, `NotEnoughStock`, `Invalid`, `PriceStale`, `TradingHalted`,
    `NotPricedInCurrency`.
    """
    pieces = wanted.pieces
    before, found, product, minted, inputs = await at_once(
        connection,
        store.read_order(wanted.partner_id, external_id=wanted.external_id),
        buyers.known(wanted.partner_id, pieces.customer),
        catalog.product_on_sale(pieces.sku),
        catalog.minted_to_order([pieces.sku]),
        pricing.price_inputs([pieces.sku], terms=terms, now=now),
    )
    if before is not None:
        if before.asked_mac != wanted.asked_mac:
            raise ExternalIdUsed(external_id=wanted.external_id or "")
        return before
    if found is None:
        raise NoSuchCustomer(external_id=pieces.customer)
    product = _of_wallet(product, pieces)
    quote = pricing.quote([product], inputs, terms=terms, now=now)[product.product_id].quote
    is_minted = product.stock < pieces.amount and product.sku in minted
    order = _order(wanted, found, (product, quote, is_minted), now=now)
    _require_shown(order, wanted.shown_minor)
    try:
        order_id = await _enter(connection, order, now=now)
    except NotEnoughStock:
        if product.sku not in minted or connection.is_in_transaction():
            raise
        # Somebody took the last pieces meanwhile, and they can be minted instead.
        raise NotAtOnce from None
    return msgspec.structs.replace(order, order_id=order_id)


def blocked_as(order: DigitalOrder) -> Reference:
    """What the grams of a delivery are held under, and its shipping is posted under."""
    return Reference(ReferenceKind.DELIVERY, wire_guid(order.guid))


async def _enter(connection: Connection, order: DigitalOrder, *, now: datetime) -> OrderId:
    shipment, customer_id = order.delivery, order.customer_id
    assert shipment is not None
    assert customer_id is not None
    held = NewHold(
        customer(customer_id), order.lines[0].amount, HoldKind.BLOCKED, blocked_as(order)
    )
    order_id, _, _, _, _, _ = await at_once(
        connection,
        store.enter_delivery(order),
        delivery.entering(order.partner_id, order.guid, shipment, now=now),
        # Metals come before cash in the order in which everybody locks accounts, but for euros
        # and pounds: two that meet there are decided again.
        ledger.holding(order.partner_id, held, now=now),
        _paying(order, now=now),
        _promising(order, shipment, now=now),
        news_of_delivery(order, [EventType.ORDER_CREATED], now=now),
    )
    return order_id


def _of_wallet(product: Product | None, wanted: PiecesWanted) -> Product:
    """The product, if it is made of the wallet's metal. Raises `NoSuchProduct`, `Invalid`."""
    if product is None:
        raise NoSuchProduct(product=wanted.sku)
    if wanted.wallet is not None and wanted.wallet.metal is not product.weight.metal:
        raise Invalid.field("wallet", "delivery.not_of_wallet", sku=product.sku)
    return product


def _order(
    wanted: DeliveryWanted,
    found: KnownCustomer,
    what: tuple[Product, Quote, bool],
    *,
    now: datetime,
) -> DigitalOrder:
    (product, quote, is_minted), pieces = what, wanted.pieces
    currency = quote.metal_value.currency
    cost = cost_of(quote, pieces.amount)
    wallet = pieces.wallet or wallet_of(product.weight.metal)
    line = TradedLine(
        amount=grams_of(product, pieces.amount, wallet),
        spot=quote.spot,
        price=Money.zero(currency),
        line=cost.price,
        tax_rate=cost.tax_rate,
        tax=cost.tax,
    )
    return DigitalOrder(
        partner_id=wanted.partner_id,
        order_id=OrderId(0),
        guid=uuid4(),
        order_code=order_code(),
        external_id=wanted.external_id,
        asked_mac=wanted.asked_mac,
        kind=TradeKind.DELIVERY,
        customer_id=found.customer_id,
        customer=found.view,
        channel=wanted.channel,
        token=None,
        currency=currency,
        status=ShipmentStatus.ORDERED.of_order,
        topup=Money(wanted.topup_minor, currency),
        ordered_at=now,
        lines=[line],
        delivery=_shipment(wanted, (product, cost, is_minted), now=now),
    )


def _shipment(
    wanted: DeliveryWanted, what: tuple[Product, Cost, bool], *, now: datetime
) -> Shipment:
    product, cost, is_minted = what
    return Shipment(
        goods=Goods.of(product, wanted.pieces.amount),
        minted=is_minted,
        minting=cost.minting.minor,
        insurance=cost.insurance.minor,
        shipping=cost.shipping.minor,
        ship_to=wanted.ship_to,
        bill_to=wanted.bill_to,
        status=ShipmentStatus.ORDERED,
        parcel=Parcel(),
        changes=[Change(ShipmentStatus.ORDERED, ORDERED_BY, now)],
    )


def _require_shown(order: DigitalOrder, shown_minor: int | None) -> None:
    """Raises `DeliveryCostChanged` where it costs something else than was shown."""
    if shown_minor is not None and shown_minor != order.total.minor:
        shown = Money(shown_minor, order.currency)
        raise DeliveryCostChanged(cost=str(order.total), expected=str(shown))


def _promising(order: DigitalOrder, shipment: Shipment, *, now: datetime) -> Step[None]:
    """Takes the pieces out of stock; what is minted for the order is not there to be taken."""
    if shipment.minted:
        return NO_DEED
    goods = shipment.goods
    pieces = Reservation(goods.product_id, goods.amount, ReservationState.HELD)
    return catalog.reserve(promise_of(order.partner_id, order.guid), [pieces], now=now)


def _paying(order: DigitalOrder, *, now: datetime) -> Step[None]:
    """Takes what the delivery costs from the customer's cash; nothing for nothing."""
    moves = list(_moves(order))
    if not moves:
        return NO_DEED
    journal = Journal(
        partner_id=order.partner_id,
        kind=JournalKind.DELIVERY,
        reference=Reference(ReferenceKind.ORDER, wire_guid(order.guid)),
        moves=moves,
        description=order.order_code,
    )
    return deed(ledger.posting(journal, now=now))


def _moves(order: DigitalOrder) -> Iterator[Move]:
    assert order.customer_id is not None
    owner = customer(order.customer_id)
    if order.topup:
        yield Move(Amount.of_money(order.topup), SETTLEMENT, owner)
    if order.total:
        yield Move(Amount.of_money(order.total), owner, HOUSE)


def _made_of(has: Amount, products: Sequence[Product]) -> list[Product]:
    return [
        product
        for product in products
        if product.weight.metal is has.asset.metal and product.weight.micrograms <= has.units
    ]
