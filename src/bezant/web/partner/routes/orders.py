"""The orders' routes: completing a basket, and reading what became of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from bezant.baskets import service as baskets
from bezant.baskets.model import BasketKey
from bezant.checkout import completing, reading
from bezant.checkout.model import Completion, CompletionTerms, Expired, Placed, PriceExpired
from bezant.kernel.db import Connection
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import CartToken
from bezant.kernel.money import MINOR_UNITS_PLACES, Money, exact_decimal
from bezant.kernel.paging import PageRequest
from bezant.legal.model import AcceptedDocument
from bezant.payments.model import PaymentMethod
from bezant.payments.service import legs
from bezant.web import envelope
from bezant.web.call import Answer, Call, Caller, LongCall, answer_with
from bezant.web.paging import Paginator
from bezant.web.partner.given_card import given_card
from bezant.web.partner.wire.baskets import EcomOrder, Showing, ecom_order, price_fix
from bezant.web.partner.wire.orders import (
    DEFAULT_ROWS,
    BasketComplete,
    OrderGet,
    OrdersQuery,
    ecom_order_of,
    ecom_orders_page,
    order_filter,
)
from bezant.web.partner.wire.payments import PaymentWay

_METHODS: Final[Mapping[PaymentWay, PaymentMethod]] = {
    PaymentWay.CASH: PaymentMethod.CASH,
    PaymentWay.CREDIT_CARD: PaymentMethod.CREDIT_CARD,
}
CENT: Final = exact_decimal(1, places=MINOR_UNITS_PLACES)
MOST_SHOWN: Final = Decimal(10**15)


async def complete_basket(call: LongCall, sent: BasketComplete) -> Answer:
    """Makes an order of a basket, once, and charges the card that came with it, once."""
    wanted, terms = _completion(call, sent), _terms(call)

    async def work(connection: Connection) -> Placed | Answer:
        result = await completing.place(connection, wanted, terms=terms, now=call.now)
        if isinstance(result, Expired):
            return _expired(call, result)
        return result

    house = call.house
    placed = await call.change_first(work)
    if isinstance(placed, Answer):
        return placed
    view = placed.view
    if placed.charge is not None:
        await legs.send(house.till, placed.charge)
        async with house.db.reading() as connection:
            view = await reading.show_order(
                connection, view.partner_id, view.order_id, language=call.language
            )
    return answer_with(ecom_order_of(view, _showing(call)))


async def list_orders(call: Call, query: OrdersQuery) -> Answer:
    """One page of the partner's orders."""
    wanted = order_filter(query, call.partner_id, call.rules.time_zone)
    page = PageRequest(query.page or 1, query.total or DEFAULT_ROWS)

    async def work(connection: Connection) -> Paginator[EcomOrder]:
        found = await reading.list_orders(connection, wanted, page=page, language=call.language)
        return ecom_orders_page(found, _showing(call))

    return await call.read(work)


async def get_order(call: Call, sent: OrderGet) -> Answer:
    """A basket or the order that it has become, by its token."""
    token = CartToken(sent.cart_token)
    named = (call.partner_id, sent.customer_external_id, token)

    async def work(connection: Connection) -> EcomOrder:
        view = await reading.find_order_of_token(connection, named, language=call.language)
        if view is not None:
            return ecom_order_of(view, _showing(call))
        key = BasketKey(*named)
        basket = await baskets.show_basket(connection, key, language=call.language)
        return ecom_order(basket, _showing(call))

    return await call.read(work)


def _expired(call: LongCall, expired: Expired) -> Answer:
    """The refusal with the basket as it is now; what priced it anew is committed with it."""
    view, zone = expired.view, call.rules.time_zone
    hold = price_fix(view.hold_expires_at, updated=True, now=call.now, zone=zone)
    data = ecom_order(view, _showing(call), pricefix=hold)
    return Answer(*envelope.failure(PriceExpired(), call.language, data=data))


def _completion(call: LongCall, sent: BasketComplete) -> Completion:
    """What was sent, as checkout takes it. Raises `Invalid`."""
    key = BasketKey(call.partner_id, sent.external_customer_id, CartToken(sent.cart_token))
    method = _METHODS[sent.payment_type]
    card = None if method is PaymentMethod.CASH else given_card(call, sent.payment)
    # The token of a kept card and the digits of one in hand go in, so that another card makes
    # another call; see `House.fingerprint` for why that gives nothing away.
    asked = call.house.fingerprint(b"complete", msgspec.json.encode(sent))
    return Completion(
        key=key,
        external_id=sent.external_id,
        method=method,
        card=card,
        legals=[AcceptedDocument(legal.type, legal.version) for legal in sent.legals],
        note=sent.note or "",
        shown=_shown(sent.total, call),
        language=call.language,
        asked_mac=asked,
    )


def _shown(total: Decimal | None, call: LongCall) -> Money | None:
    if total is None:
        return None
    # A number in JSON may have an exponent that no arithmetic should be tried on.
    if not 0 <= total <= MOST_SHOWN or total != total.quantize(CENT):
        raise Invalid.field("total", "field.money")
    return Money(int(total.scaleb(MINOR_UNITS_PLACES)), call.credential.partner.currency)


def _terms(call: LongCall) -> CompletionTerms:
    till = call.house.till
    charging_terms = till.charging() if till.acquirers else None
    return CompletionTerms(call.basket_terms(), till.terms, charging_terms)


def _showing(call: Caller) -> Showing:
    return Showing(language=call.language, base_url=call.rules.base_url, card=None)
