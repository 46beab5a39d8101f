"""The routes of customers' addresses."""

from bezant.customers import service as customers
from bezant.customers.model import AddressDetails, AddressType
from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import AddressId
from bezant.kernel.texts import Text
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.addresses import (
    AddressCreate,
    AddressPair,
    AddressQuery,
    AddressRemove,
    FullAddress,
    StoredPair,
    address_details,
    billing_details,
    full_address,
    shipping_address,
    shipping_details,
)


async def list_addresses(call: Call, query: AddressQuery) -> Answer:
    """A customer's stored addresses."""

    async def work(connection: Connection) -> list[FullAddress]:
        found = await customers.list_addresses(
            connection, call.partner_id, query.external_customer_id, type_=query.type
        )
        return [full_address(address) for address in found]

    return await call.read(work)


async def create_address(call: Call, sent: AddressCreate) -> Answer:
    """Stores an address."""
    details = address_details(sent, checks_numbers=call.rules.checks_identity_numbers)

    async def work(tx: Tx) -> FullAddress:
        stored = await customers.store_addresses(
            tx, call.partner_id, sent.external_customer_id, addresses=[details], now=call.now
        )
        return full_address(stored[0])

    return await call.write(work)


async def create_addresses(call: Call, sent: AddressPair) -> Answer:
    """Stores a shipping and a billing address, both or none."""
    details = pair_details(call, sent)

    async def work(tx: Tx) -> StoredPair:
        stored = await customers.store_addresses(
            tx, call.partner_id, sent.external_customer_id, addresses=details, now=call.now
        )
        by_type = {address.details.type: address for address in stored}
        shipping = by_type.get(AddressType.SHIPPING)
        billing = by_type.get(AddressType.BILLING)
        return StoredPair(
            shipping=shipping_address(shipping) if shipping else None,
            billing=full_address(billing) if billing else None,
        )

    return await call.write(work)


async def remove_address(call: Call, sent: AddressRemove) -> Answer:
    """Deletes a stored address."""

    async def work(tx: Tx) -> FullAddress:
        removed = await customers.remove_address(
            tx, call.partner_id, sent.external_customer_id, AddressId(sent.id)
        )
        return full_address(removed)

    return await call.write(work)


def pair_details(call: Call, sent: AddressPair) -> list[AddressDetails]:
    """The addresses of a pair. Raises `Invalid` when neither was sent."""
    checks_numbers = call.rules.checks_identity_numbers
    details = []
    if sent.shipping is not None:
        details.append(shipping_details(sent.shipping, checks_numbers=checks_numbers))
    if sent.billing is not None:
        details.append(billing_details(sent.billing, checks_numbers=checks_numbers))
    if not details:
        either = Text("field.one_of", {"names": "shipping, billing"})
        raise Invalid({"shipping": [either], "billing": [either]})
    return details
