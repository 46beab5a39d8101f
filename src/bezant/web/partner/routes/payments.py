"""The routes of paying."""

from bezant.baskets import service as baskets
from bezant.kernel.db import Connection
from bezant.kernel.ids import CartToken
from bezant.kernel.money import Currency, Money
from bezant.payments.service import instalments
from bezant.payments.till import CardPaymentsOff
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.payments import (
    BinGet,
    Installment,
    PaymentType,
    PaymentTypesQuery,
    WaysQuery,
    installment,
    payment_types,
)
from bezant.web.partner.wire.pricefix import read_money


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


async def list_ways_to_pay(call: Call, query: WaysQuery) -> Answer:
    """The ways to pay an order of digital metal, or any amount when none is named."""
    currency = query.currency_code or Currency.TRY
    total = Money.zero(currency)
    if query.total is not None:
        total = read_money(query.total, currency, field="total")

    async def work(connection: Connection) -> list[PaymentType]:
        terms = await instalments.card_terms(connection, query.card_bin or "")
        return payment_types(terms, total, call.language, takes_cards=call.takes_cards)

    return await call.read(work)


async def list_instalments(call: Call, sent: BinGet) -> Answer:
    """What paying with a card costs, by its first digits."""
    if not call.takes_cards:
        raise CardPaymentsOff
    total = read_money(sent.total, sent.currency_code or Currency.TRY, field="total")

    async def work(connection: Connection) -> list[Installment]:
        terms = await instalments.card_terms(connection, sent.bin)
        return [installment(rate, terms.bin, total) for rate in terms.rates]

    return await call.read(work)
