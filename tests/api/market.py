"""A market that a test moves."""

from bezant.kernel.db import Database
from bezant.kernel.metal import Metal
from bezant.pricing import service as pricing
from tests.factories.catalog import GOLD_UNITS, SILVER_UNITS, set_market
from tests.factories.clock import FakeClock


class Market:
    """Says what gold and silver cost at the clock's time, in units of 10⁻⁴ lira."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self._db = db
        self._clock = clock

    async def moves(self, *, gold: int = GOLD_UNITS, silver: int = SILVER_UNITS) -> None:
        """Makes these the newest prices, of this moment, and ends every halt."""
        async with self._db.reading() as connection:
            prices = {Metal.GOLD: gold, Metal.SILVER: silver}
            await set_market(connection, at=self._clock.now(), prices=prices)

    async def halts(self, metal: Metal, *, reason: str) -> None:
        """Stops the sale of a metal."""
        async with self._db.transaction() as tx:
            await pricing.halt(tx, [metal], reason=reason, now=self._clock.now())
