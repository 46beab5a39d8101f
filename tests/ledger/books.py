"""A partner's book for tests: short ways to say what is posted, held and had."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from bezant.kernel.db import Database
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import (
    HOUSE,
    SETTLEMENT,
    Balance,
    HoldId,
    HoldKind,
    Journal,
    JournalKind,
    Move,
    NewHold,
    Owner,
    Posted,
    Reference,
    ReferenceKind,
    customer,
)
from tests.factories.cards import a_customer
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in

NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
WITHIN_S = 30


def gold(micrograms: int) -> Amount:
    """So much in the wallet of gold."""
    return Amount(micrograms, Asset.GAU)


def lira(kurus: int) -> Amount:
    """So much cash."""
    return Amount(kurus, Asset.TRY)


def order(name: str) -> Reference:
    """The reference of an order."""
    return Reference(ReferenceKind.ORDER, name)


@dataclass
class Book:
    """A partner's book with one customer in it."""

    db: Database
    clock: FakeClock
    partner_id: PartnerId
    customer_id: CustomerId
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def owner(self) -> Owner:
        """The customer."""
        return customer(self.customer_id)

    def name(self) -> Reference:
        """A reference that was not used before."""
        return order(f"{next(self._numbers)}-{uuid4().hex[:8]}")

    def journal(
        self,
        *moves: Move,
        reference: Reference | None = None,
        kind: JournalKind = JournalKind.BUY,
        description: str = "",
        consumes: tuple[Reference, ...] = (),
        opens: tuple[NewHold, ...] = (),
    ) -> Journal:
        """A journal of this book."""
        return Journal(
            partner_id=self.partner_id,
            kind=kind,
            reference=reference or self.name(),
            moves=moves,
            description=description,
            consumes=consumes,
            opens=opens,
        )

    async def post(self, journal: Journal) -> Posted:
        """Posts it in a transaction of its own, as a process does."""
        return await self.db.write(lambda tx: ledger.post(tx, journal, now=self.clock.now()))

    async def give(self, amount: Amount, *, reference: Reference | None = None) -> Posted:
        """The house gives the customer so much; cash comes from the settlement."""
        source = SETTLEMENT if amount.asset.is_cash else HOUSE
        move = Move(amount, source, self.owner)
        return await self.post(self.journal(move, reference=reference))

    async def take(self, amount: Amount, *, reference: Reference | None = None) -> Posted:
        """The customer gives the house so much."""
        move = Move(amount, self.owner, HOUSE)
        return await self.post(self.journal(move, reference=reference, kind=JournalKind.SELL))

    def held(
        self,
        amount: Amount,
        *,
        reference: Reference | None = None,
        kind: HoldKind = HoldKind.BLOCKED,
        seconds: int | None = None,
    ) -> NewHold:
        """A hold on the customer's account."""
        over = None if seconds is None else self.clock.now() + timedelta(seconds=seconds)
        return NewHold(self.owner, amount, kind, reference or self.name(), over)

    async def hold(self, new: NewHold) -> HoldId:
        """Holds it."""
        now = self.clock.now()
        return await self.db.write(lambda tx: ledger.hold(tx, self.partner_id, new, now=now))

    async def release(self, reference: Reference) -> int:
        """Gives back what is held under a reference."""
        now = self.clock.now()
        return await self.db.write(
            lambda tx: ledger.release_hold(tx, self.partner_id, reference, now=now)
        )

    async def balance(self, asset: Asset, owner: Owner | None = None) -> Balance:
        """What somebody has, the customer if nobody is named."""
        found = await self.balances(owner or self.owner)
        return found[asset]

    async def balances(self, owner: Owner, *, now: datetime | None = None) -> dict[Asset, Balance]:
        """All that somebody has, by asset."""
        async with self.db.reading() as connection:
            found = await ledger.balances_of(
                connection, self.partner_id, owner, now=now or self.clock.now()
            )
        return {each.account.asset: each for each in found}


async def settled(db: Database) -> None:
    """Returns when all transactions that are under way now have ended, on the whole server.

    Followers go no further than the oldest of them, and other tests have some of their own.
    """
    async with asyncio.timeout(WITHIN_S), db.reading() as connection:
        newest = await connection.fetchval(NEWEST)
        # The server tells nobody that a transaction has ended.
        while await connection.fetchval(OLDEST) < newest:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def open_book(db: Database, clock: FakeClock) -> Book:
    """The book of a new partner with a new customer."""
    partner = (await make_sign_in(db, now=clock.now())).partner
    found = await a_customer(db, partner.partner_id)
    return Book(db, clock, partner.partner_id, found.customer_id)
