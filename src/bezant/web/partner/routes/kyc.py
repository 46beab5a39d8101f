"""The routes of what is known of who a customer is."""

from bezant.customers import service as customers
from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import Kyc
from bezant.customers.model import NoSuchCustomer
from bezant.kernel.db import Connection
from bezant.kernel.errors import BezantError, Invalid
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.customers import CustomerPath
from bezant.web.partner.wire.kyc import (
    KycBulk,
    KycResult,
    KycUpsert,
    WireKyc,
    kyc_of,
    result_of,
    wire_kyc,
)


async def find_kyc(call: Call, path: CustomerPath) -> Answer:
    """What is known of a customer."""

    async def work(connection: Connection) -> WireKyc:
        customer = await customers.find_customer(
            connection, call.partner_id, path.external_customer_id
        )
        found = await kyc.find_kyc(connection, (call.partner_id, customer.customer_id))
        return _told(call, customer.external_id, found)

    return await call.read(work)


async def store_kyc(call: Call, path: CustomerPath, sent: KycUpsert) -> Answer:
    """Puts what was sent in the place of what is known."""
    new = kyc_of(sent, now=call.now)

    async def work(connection: Connection) -> WireKyc:
        external_id = path.external_customer_id
        stored = await kyc.store_kyc(connection, call.partner_id, external_id, new, now=call.now)
        return _told(call, external_id, stored)

    return await call.change(work)


async def store_kyc_of_many(call: Call, sent: KycBulk) -> Answer:
    """The same for many customers; what is wrong with one stands in no other's way."""
    refused: list[BezantError | None] = []
    sound: dict[str, Kyc] = {}
    for each in sent.customers:
        external_id = each.external_customer_id
        try:
            if external_id in sound:
                raise Invalid.field("external_customer_id", "kyc.named_twice")
            sound[external_id] = kyc_of(each, now=call.now)
        except Invalid as error:
            refused.append(error)
        else:
            refused.append(None)

    async def work(connection: Connection) -> list[KycResult]:
        known = await kyc.store_many(connection, call.partner_id, sound, now=call.now)
        return [
            result_of(
                each.external_customer_id,
                error or _unless_known(each.external_customer_id, known),
                call.language,
            )
            for each, error in zip(sent.customers, refused, strict=True)
        ]

    return await call.change(work)


def _told(call: Call, external_id: str, found: Kyc) -> WireKyc:
    zone = call.rules.time_zone
    return wire_kyc(external_id, found, day=call.now.astimezone(zone).date(), zone=zone)


def _unless_known(external_id: str, known: frozenset[str]) -> NoSuchCustomer | None:
    return None if external_id in known else NoSuchCustomer(external_id=external_id)
