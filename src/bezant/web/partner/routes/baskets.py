"""The baskets' routes."""

from collections.abc import Awaitable, Callable

from bezant.baskets import service as baskets
from bezant.baskets.model import (
    BasketKey,
    BasketView,
    IncompleteFilter,
    NewAddresses,
    Touched,
)
from bezant.baskets.service import Addition
from bezant.customers import service as customers
from bezant.customers.model import Address, AddressDetails, AddressType
from bezant.kernel.db import Connection
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import AddressId, CartToken
from bezant.kernel.paging import PageRequest
from bezant.kernel.texts import Text
from bezant.payments.service import instalments
from bezant.web.call import Answer, Call, answer_with
from bezant.web.paging import Paginator
from bezant.web.partner.wire.addresses import billing_details, shipping_details
from bezant.web.partner.wire.baskets import (
    DEFAULT_ROWS,
    BasketAdd,
    BasketEmpty,
    BasketQuery,
    BasketRemove,
    BasketSetAddress,
    BasketsQuery,
    BasketUpdate,
    EcomOrder,
    Showing,
    days_of,
    ecom_order,
    ecom_orders,
    price_fix,
)

Touch = Callable[[Connection], Awaitable[Touched]]


async def list_incomplete_baskets(call: Call, query: BasketsQuery) -> Answer:
    """One page of a customer's baskets that never became orders. Writes nothing."""
    wanted = IncompleteFilter(
        call.partner_id,
        query.customer_external_id,
        days_of(query, call.rules.time_zone),
    )
    page = PageRequest(query.page or 1, query.total or DEFAULT_ROWS)

    async def work(connection: Connection) -> Paginator[EcomOrder]:
        showing = await _showing(connection, call, query.card_bin)
        found = await baskets.list_incomplete_baskets(
            connection, wanted, page=page, language=call.language
        )
        return ecom_orders(found, showing)

    return await call.read(work)


async def find_basket(call: Call, query: BasketQuery) -> Answer:
    """One basket; if the hold on its prices is over, they are made anew."""
    key = _key(call, query.customer_external_id, query.cart_token)
    # The usual case locks nothing; an expired hold is looked at again under the lock.
    view = await baskets.show_basket(call.connection, key, language=call.language)
    if call.now < view.hold_expires_at:
        showing = await _showing(call.connection, call, query.card_bin)
        return answer_with(_held(call, view, showing, repriced=False))
    return await _touch(
        call,
        lambda connection: baskets.refresh(
            connection, key, terms=call.basket_terms(), now=call.now
        ),
        card_bin=query.card_bin,
    )


async def add_to_basket(call: Call, sent: BasketAdd) -> Answer:
    """Puts pieces into a basket, a new one when none is named."""
    addition = Addition(
        partner_id=call.partner_id,
        external_customer_id=sent.external_customer_id,
        token=None if sent.cart_token is None else CartToken(sent.cart_token),
        sku=sent.sku,
        amount=sent.amount,
        channel=call.channel,
    )
    return await _touch(
        call,
        lambda connection: baskets.add(
            connection, addition, terms=call.basket_terms(), now=call.now
        ),
        card_bin=sent.card_bin,
    )


async def update_basket(call: Call, sent: BasketUpdate) -> Answer:
    """Sets how many pieces of a product a basket holds."""
    return await _set_amount(call, sent, sent.amount, card_bin=sent.card_bin)


async def remove_from_basket(call: Call, sent: BasketRemove) -> Answer:
    """Takes a product out of a basket."""
    return await _set_amount(call, sent, 0, card_bin=None)


async def empty_basket(call: Call, sent: BasketEmpty) -> Answer:
    """Takes everything out of a basket, which keeps its token."""
    key = _key(call, sent.external_customer_id, sent.cart_token)
    return await _touch(
        call,
        lambda connection: baskets.empty(connection, key, terms=call.basket_terms(), now=call.now),
        card_bin=None,
    )


async def set_basket_address(call: Call, sent: BasketSetAddress) -> Answer:
    """Copies addresses into a basket: those that are sent are stored first."""
    key = _key(call, sent.external_customer_id, sent.cart_token)
    details = _sent_details(call, sent)

    async def touch(connection: Connection) -> Touched:
        found = await _named(connection, key, sent)
        return await baskets.set_addresses(
            connection,
            key,
            addresses=NewAddresses(details, found),
            terms=call.basket_terms(),
            now=call.now,
        )

    return await _touch(call, touch, card_bin=sent.card_bin)


async def _set_amount(
    call: Call, sent: BasketUpdate | BasketRemove, amount: int, *, card_bin: str | None
) -> Answer:
    key = _key(call, sent.external_customer_id, sent.cart_token)
    return await _touch(
        call,
        lambda connection: baskets.set_amount(
            connection, key, item=(sent.sku, amount), terms=call.basket_terms(), now=call.now
        ),
        card_bin=card_bin,
    )


async def _touch(call: Call, touch: Touch, *, card_bin: str | None) -> Answer:
    """Touches a basket and answers with it as it is then."""

    async def work(connection: Connection) -> EcomOrder:
        showing = await _showing(connection, call, card_bin)
        touched = await touch(connection)
        return _held(call, touched.view, showing, repriced=touched.repriced)

    return await call.change(work)


def _held(call: Call, view: BasketView, showing: Showing, *, repriced: bool) -> EcomOrder:
    """A basket with the hold on its prices."""
    zone = call.rules.time_zone
    hold = price_fix(view.hold_expires_at, updated=repriced, now=call.now, zone=zone)
    return ecom_order(view, showing, pricefix=hold)


async def _showing(connection: Connection, call: Call, card_bin: str | None) -> Showing:
    terms = None if card_bin is None else await instalments.card_terms(connection, card_bin)
    card = None if terms is None else terms.at_once
    return Showing(language=call.language, base_url=call.rules.base_url, card=card)


async def _named(connection: Connection, key: BasketKey, sent: BasketSetAddress) -> list[Address]:
    """The stored addresses that are named instead of sent. Raises `NoSuchAddress`."""
    named = (
        (sent.shipping_id if sent.shipping is None else None, AddressType.SHIPPING),
        (sent.billing_id if sent.billing is None else None, AddressType.BILLING),
    )
    return [
        await customers.find_address(
            connection,
            key.partner_id,
            key.external_customer_id,
            wanted=(AddressId(address_id), type_),
        )
        for address_id, type_ in named
        if address_id is not None
    ]


def _sent_details(call: Call, sent: BasketSetAddress) -> list[AddressDetails]:
    """The addresses that came whole. Raises `Invalid` when none came in any form."""
    checks_numbers = call.rules.checks_identity_numbers
    details = []
    if sent.shipping is not None:
        details.append(shipping_details(sent.shipping, checks_numbers=checks_numbers))
    if sent.billing is not None:
        details.append(billing_details(sent.billing, checks_numbers=checks_numbers))
    if not details and sent.shipping_id is None and sent.billing_id is None:
        names = "shipping, shipping_id, billing, billing_id"
        either = Text("field.one_of", {"names": names})
        raise Invalid({"shipping": [either], "billing": [either]})
    return details


def _key(call: Call, external_customer_id: str, token: str) -> BasketKey:
    return BasketKey(call.partner_id, external_customer_id, CartToken(token))
