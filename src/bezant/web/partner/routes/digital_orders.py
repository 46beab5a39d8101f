"""The routes of orders of digital metal."""

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.money import Currency
from bezant.trading import ordering, quoting, reading
from bezant.trading.model import DigitalOrder, Trade
from bezant.trading.reading import OrderName
from bezant.web.call import Answer, Call, LongCall, answer_with
from bezant.web.partner.wire.digital_orders import (
    Asked,
    DigitalBuy,
    DigitalOrderGet,
    DigitalOrderPath,
    DigitalSell,
    WireDigitalOrder,
    bought,
    digital_order,
    order_name,
    order_response,
    order_statuses,
    sold,
)


async def buy_digital(call: LongCall, sent: DigitalBuy) -> Answer:
    """Buys metal at the prices of a fix, once."""
    return await _place(call, bought(sent, _asked(call, b"buy", sent)))


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


async def _place(call: LongCall, wanted: Trade) -> Answer:
    expected = wanted.currency or Currency.TRY
    terms = quoting.in_currency(call.pricing_terms(), expected)

    async def work(connection: Connection) -> DigitalOrder:
        return await ordering.place(connection, wanted, terms=terms, now=call.now)

    order = await call.change_first(work)
    zone, language = call.rules.time_zone, call.language
    return answer_with(order_response(order, zone=zone, language=language))


def _asked(call: LongCall, verb: bytes, sent: msgspec.Struct) -> Asked:
    return Asked(
        partner_id=call.partner_id,
        channel=call.channel,
        asked_mac=call.house.fingerprint(verb, msgspec.json.encode(sent)),
        checks_numbers=call.rules.checks_identity_numbers,
    )


def _shown(call: Call, order: DigitalOrder) -> WireDigitalOrder:
    return digital_order(order, zone=call.rules.time_zone, language=call.language)
