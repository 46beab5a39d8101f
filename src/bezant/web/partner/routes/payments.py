"""The routes of paying."""

from bezant.baskets import service as baskets
from bezant.kernel.db import Connection
from bezant.kernel.ids import CartToken
from bezant.kernel.money import Money
from bezant.payments.service import instalments
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.payments import PaymentType, PaymentTypesQuery, payment_types


async def list_payment_types(call: Call, query: PaymentTypesQuery) -> Answer:
    """The ways to pay a basket, or any amount when none is named."""

    async def work(connection: Connection) -> list[PaymentType]:
        total = Money.zero(call.credential.partner.currency)
        if query.cart_token is not None:
            token = CartToken(query.cart_token)
            total = await baskets.total_of_basket(connection, call.partner_id, token)
        terms = await instalments.card_terms(connection, query.card_bin or "")
        return payment_types(terms, total, call.language, takes_cards=call.takes_cards)

    return await call.read(work)
