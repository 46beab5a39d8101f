"""The routes of orders of digital metal."""

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.money import Currency
from bezant.payments.service import legs
from bezant.pricing.model import PricingTerms
from bezant.trading import cards, ordering, quoting, reading
from bezant.trading.cards import CardTerms, CardTrade, Placed
from bezant.trading.model import DigitalOrder, Trade
from bezant.trading.reading import OrderName
from bezant.web.call import Answer, Call, Caller, LongCall, answer_with
from bezant.web.partner.given_card import CARD_PATH, given_card
from bezant.web.partner.wire.digital_orders import (
    Asked,
    DigitalBuy,
    DigitalOrderGet,
    DigitalOrderPath,
    DigitalSell,
    OrderShowing,
    WireDigitalOrder,
    bought,
    digital_order,
    order_name,
    order_response,
    order_statuses,
    sold,
)
from bezant.web.partner.wire.payments import PaymentWay


async def buy_digital(call: LongCall, sent: DigitalBuy) -> Answer:
    """Buys metal at the prices of a fix, once, and charges the card that came with it, once."""
    trade = bought(sent, _asked(call, b"buy", sent))
    if sent.payment_type is not PaymentWay.CREDIT_CARD:
        return await _place(call, trade)
    card = given_card(call, sent.payment)
    if card is None:
        raise Invalid.field(f"{CARD_PATH}card_number", "field.required")
    return await _place_by_card(call, CardTrade(trade, card, call.language))


async def sell_digital(call: LongCall, sent: DigitalSell) -> Answer:
    """Sells metal at the prices of a fix, once."""
    return await _place(call, sold(sent, _asked(call, b"sell", sent)))


async def find_digital_order(call: Call, path: DigitalOrderPath) -> Answer:
    """The order with the partner's own id."""
    name = OrderName(partner_id=call.partner_id, external_id=path.external_order_id)

    async def work(connection: Connection) -> WireDigitalOrder:
        return _shown(call, await reading.find_order(connection, name))

    return await call.read(work)


async def get_digital_order(call: Call, sent: DigitalOrderGet) -> Answer:
    """An order by any of its names; its webhooks are sent again if that is asked for."""
    name = order_name(sent, call.partner_id)

    async def work(tx: Tx) -> WireDigitalOrder:
        order = await reading.find_order(tx, name)
        if sent.push_hook:
            await reading.tell_again(tx, order, now=call.now)
        return _shown(call, order)

    return await (call.write(work) if sent.push_hook else call.read(work))


async def list_order_statuses(call: Call) -> Answer:
    """Every status that an order can have."""

    async def work(_connection: Connection) -> object:
        return order_statuses(call.language)

    return await call.read(work)


async def _place_by_card(call: LongCall, wanted: CardTrade) -> Answer:
    till = call.house.till
    terms = CardTerms(_pricing(call, wanted.trade), till.charging())

    async def work(connection: Connection) -> Placed:
        return await cards.place(connection, wanted, terms=terms, now=call.now)

    placed = await call.change_first(work)
    order = placed.order
    if placed.charge is not None:
        await legs.send(till, placed.charge)
        name = OrderName(partner_id=order.partner_id, guid=order.guid)
        async with call.house.db.reading() as connection:
            order = await reading.find_order(connection, name)
    return answer_with(order_response(order, _showing(call)))


async def _place(call: LongCall, wanted: Trade) -> Answer:
    terms = _pricing(call, wanted)

    async def work(connection: Connection) -> DigitalOrder:
        return await ordering.place(connection, wanted, terms=terms, now=call.now)

    order = await call.change_first(work)
    return answer_with(order_response(order, _showing(call)))


def _pricing(call: LongCall, wanted: Trade) -> PricingTerms:
    return quoting.in_currency(call.pricing_terms(), wanted.currency or Currency.TRY)


def _asked(call: LongCall, verb: bytes, sent: msgspec.Struct) -> Asked:
    return Asked(
        partner_id=call.partner_id,
        channel=call.channel,
        asked_mac=call.house.fingerprint(verb, msgspec.json.encode(sent)),
        checks_numbers=call.rules.checks_identity_numbers,
    )


def _shown(call: Call, order: DigitalOrder) -> WireDigitalOrder:
    return digital_order(order, _showing(call))


def _showing(call: Caller) -> OrderShowing:
    return OrderShowing(call.language, call.rules.time_zone, call.rules.base_url)
