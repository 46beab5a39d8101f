"""The routes of price fixes."""

from bezant.kernel.db import Connection
from bezant.kernel.money import Currency
from bezant.trading import quoting
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.pricefix import (
    PriceCalculate,
    PriceCalculated,
    PriceFixCreate,
    PriceFixed,
    calculation,
    fix_wanted,
    price_calculated,
    price_fixed,
)


async def fix_prices(call: Call, sent: PriceFixCreate) -> Answer:
    """Promises the prices of this moment."""
    wanted = fix_wanted(sent, call.partner_id)
    terms = quoting.in_currency(call.pricing_terms(), sent.currency or Currency.TRY)

    async def work(connection: Connection) -> PriceFixed:
        fix = await quoting.fix(connection, wanted, terms=terms, now=call.now)
        return price_fixed(fix, now=call.now, zone=call.rules.time_zone)

    return await call.change(work)


async def calculate_price(call: Call, sent: PriceCalculate) -> Answer:
    """What an order of a fix would come to."""
    wanted = calculation(sent, call.partner_id)

    async def work(connection: Connection) -> PriceCalculated:
        terms = call.pricing_terms()
        return price_calculated(
            await quoting.calculate(connection, wanted, terms=terms, now=call.now)
        )

    return await call.read(work)
