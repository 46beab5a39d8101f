"""The routes of deliveries of digital metal."""

import msgspec

from bezant.kernel.db import Connection
from bezant.trading import delivering
from bezant.trading.model import DigitalOrder
from bezant.web.call import Answer, Call, LongCall, answer_with
from bezant.web.partner.wire.delivery import (
    DeliverableWallet,
    DeliveryCalculate,
    DeliveryCalculated,
    DeliveryCreate,
    DeliveryWalletsRequest,
    calculated,
    deliverable_wallets,
    delivery_order,
    delivery_wanted,
    pieces_wanted,
)
from bezant.web.partner.wire.digital_orders import Asked


async def list_delivery_wallets(call: Call, sent: DeliveryWalletsRequest) -> Answer:
    """What a customer's metal can become."""

    async def work(connection: Connection) -> list[DeliverableWallet]:
        found = await delivering.wallets(
            connection, call.partner_id, sent.external_customer_id, now=call.now
        )
        return deliverable_wallets(found, call.language)

    return await call.read(work)


async def calculate_delivery(call: Call, sent: DeliveryCalculate) -> Answer:
    """What a delivery costs at this moment."""
    wanted = pieces_wanted(sent, call.partner_id)

    async def work(connection: Connection) -> DeliveryCalculated:
        cost = await delivering.calculate(
            connection, wanted, terms=call.pricing_terms(), now=call.now
        )
        return calculated(cost, call.language)

    return await call.read(work)


async def create_delivery(call: LongCall, sent: DeliveryCreate) -> Answer:
    """Orders a delivery, once."""
    terms = call.pricing_terms()
    asked = Asked(
        partner_id=call.partner_id,
        channel=call.channel,
        asked_mac=call.house.fingerprint(b"delivery", msgspec.json.encode(sent)),
        checks_numbers=call.rules.checks_identity_numbers,
    )
    wanted = delivery_wanted(sent, asked, terms.currency)

    async def work(connection: Connection) -> DigitalOrder:
        return await delivering.place(connection, wanted, terms=terms, now=call.now)

    order = await call.change_first(work)
    zone, language = call.rules.time_zone, call.language
    return answer_with(delivery_order(order, zone=zone, language=language))
