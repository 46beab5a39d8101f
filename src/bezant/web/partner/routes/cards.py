"""The routes of kept cards."""

from bezant.customers import service as customers
from bezant.kernel.db import Connection, Tx
from bezant.payments.kept import CardOwner, CardToken
from bezant.payments.service import cards, keepings
from bezant.payments.till import CardPaymentsOff
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.cards import (
    CardAdd,
    CardEntry,
    CardList,
    CardRemove,
    WireCard,
    card_entry,
    wire_card,
)


async def list_cards(call: Call, sent: CardList) -> Answer:
    """A customer's cards."""

    async def work(connection: Connection) -> list[WireCard]:
        customer = await customers.find_customer(
            connection, call.partner_id, sent.external_customer_id
        )
        found = await cards.list_cards(connection, call.partner_id, customer.customer_id)
        return [wire_card(card) for card in found]

    return await call.read(work)


async def add_card(call: Call, sent: CardAdd) -> Answer:
    """A page on which the customer gives a card; the acquirer is not asked before that."""
    if not call.takes_cards:
        raise CardPaymentsOff

    async def work(tx: Tx) -> CardEntry:
        customer = await customers.refer_to_customer(tx, call.partner_id, sent.external_customer_id)
        token = await keepings.begin_keeping(
            tx,
            CardOwner(call.partner_id, customer.customer_id),
            is_default=sent.is_default,
            language=call.language,
            now=call.now,
        )
        return card_entry(token, call.rules.base_url)

    return await call.write(work)


async def remove_card(call: Call, sent: CardRemove) -> Answer:
    """Removes a card; the acquirer forgets it a little later."""

    async def work(tx: Tx) -> WireCard:
        customer = await customers.lock_customer(tx, call.partner_id, sent.external_customer_id)
        owner = CardOwner(call.partner_id, customer.customer_id)
        return wire_card(
            await cards.remove_card(tx, owner, CardToken(sent.card_token), now=call.now)
        )

    return await call.write(work)
