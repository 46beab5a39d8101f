"""The route of the unfixed prices of digital metal."""

from bezant.kernel.db import Connection
from bezant.kernel.money import Currency
from bezant.trading import quoting
from bezant.web.call import Answer, Call
from bezant.web.partner.wire.digital_prices import (
    DigitalPrice,
    DigitalPricesQuery,
    digital_prices,
)


async def list_digital_prices(call: Call, query: DigitalPricesQuery) -> Answer:
    """What the digital assets cost at this moment."""
    terms = quoting.in_currency(call.pricing_terms(), query.currency or Currency.TRY)

    async def work(connection: Connection) -> list[DigitalPrice]:
        return digital_prices(await quoting.prices(connection, terms=terms, now=call.now))

    return await call.read(work)
