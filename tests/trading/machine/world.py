"""Where the calls are made: a database with two partners, and the operator's limits."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol

from bezant.customers import service as customers
from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import DatedLimit, Kyc, KycStatus, Limit, LimitKind
from bezant.customers.model import AccountType, NewCustomer, Person
from bezant.kernel.db import Database
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.ledger.assets import Asset
from bezant.ledger.model import HOUSE, PARTNER, SETTLEMENT, Owner, OwnerKind, customer
from bezant.pricing.model import PricingTerms
from bezant.trading import quoting
from bezant.trading.model import Spread
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in
from tests.trading.machine.model import (
    AGE_LIMIT,
    CUSTOMERS,
    LIMITED,
    MOST_A_DAY,
    MOST_AN_ORDER,
    MOST_GOLD,
    Model,
)

SPREADS: Final = (
    {Asset.GAU: Spread(100, 100), Asset.GAG: Spread(250, 150), Asset.GPT: Spread(1, 1)},
    {Asset.GAU: Spread(0, 0), Asset.BGAU: Spread(37, 5000)},
)
"""Those of each book. Platinum has no market, and so is in no fix."""
BOOKS: Final = range(len(SPREADS))
LEVEL, LONG_AGO = 3, date(2020, 1, 1)
NOT_FLOORED: Final = {"partner": PARTNER, "settlement": SETTLEMENT, "house": HOUSE}
SELECT_CUSTOMERS: Final = """
    SELECT external_id, customer_id FROM customer WHERE partner_id = $1
"""
SET_PRICE: Final = """
    INSERT INTO reference_price (metal, currency, price, source, at)
    VALUES ($1, $2, $3, 'machine', $4)
"""


@dataclass
class World:
    """A database, its time, whose books the model's are, and what can be delivered."""

    db: Database
    clock: FakeClock
    partners: tuple[PartnerId, ...]
    sku: str

    def terms(self, book: int, currency: Currency) -> PricingTerms:
        """The rules that prices are made by."""
        return PricingTerms(self.partners[book], currency, AGE_LIMIT, UTC)

    async def customers(self, book: int) -> dict[str, CustomerId]:
        """The customers of a book, by their external ids."""
        async with self.db.reading() as connection:
            rows = await connection.fetch(SELECT_CUSTOMERS, self.partners[book])
        return {row["external_id"]: CustomerId(row["customer_id"]) for row in rows}

    async def owner(self, book: int, who: str) -> Owner:
        """Somebody, as the ledger knows them."""
        ours = NOT_FLOORED.get(who)
        return ours or customer((await self.customers(book))[who])

    async def set_market(self, model: Model) -> None:
        """Makes the model's prices the newest."""
        async with self.db.transaction() as tx:
            await tx.execute("DELETE FROM reference_price")
            for (metal, currency), units in model.market.items():
                await tx.execute(SET_PRICE, metal, currency, units, model.market_at)


class Call(Protocol):
    """A call of one of the verbs."""

    async def do(self, world: World) -> object:
        """Makes it. Raises what the verb raises."""
        ...

    def fits(self, model: Model, told: object) -> bool:
        """Whether the model explains the answer, or the refusal; then it has done the same."""
        ...


async def open_world(db: Database, clock: FakeClock, *, sku: str) -> World:
    """Two new partners with customers, of whom the limited ones are verified."""
    signed = [await make_sign_in(db, now=clock.now()) for _ in BOOKS]
    world = World(db, clock, tuple(each.partner.partner_id for each in signed), sku)
    known = Kyc(level=LEVEL, status=KycStatus.APPROVED, verified_at=clock.now())
    for book, partner_id in enumerate(world.partners):
        async with db.transaction() as tx:
            await quoting.set_spreads(tx, partner_id, SPREADS[book])
            for name in CUSTOMERS[:-1]:
                await customers.create_customer(tx, partner_id, newcomer(name), now=clock.now())
            said = dict.fromkeys(LIMITED, known)
            await kyc.store_many(tx, partner_id, said, now=clock.now())
    return world


async def set_limits(db: Database, *, ends: bool, now: datetime) -> None:
    """Sets the operator's limits, or ends them: other tests share the database."""
    wanted = [(LimitKind.TURNOVER_DAY, unit, most) for unit, most in MOST_A_DAY.items()]
    wanted += [(LimitKind.ORDER_VALUE, unit, most) for unit, most in MOST_AN_ORDER.items()]
    limits = [Limit(level=LEVEL, kind=k, unit=unit, amount=most) for k, unit, most in wanted]
    limits.append(Limit(level=LEVEL, kind=LimitKind.GRAMS_HELD, unit=Metal.GOLD, amount=MOST_GOLD))
    async with db.transaction() as tx:
        for each in limits:
            amount = None if ends else each.amount
            limit = Limit(level=LEVEL, kind=each.kind, unit=each.unit, amount=amount)
            await kyc.set_limit(tx, DatedLimit(limit, LONG_AGO), now=now)


def newcomer(name: str) -> NewCustomer:
    """A customer as an order brings one."""
    number = "10000000146" if name in LIMITED else ""
    person = Person(firstname=name, lastname="Due", identity_number=number)
    return NewCustomer(name, AccountType.PERSON, person, tax_office="", channel="machine")


def mac(asked: object) -> bytes:
    """Tells a call from others."""
    return hashlib.sha256(repr(asked).encode()).digest()


def name_of(owner: Owner, names: dict[CustomerId, str]) -> str:
    """What the model calls an owner."""
    return names[owner.customer_id] if owner.kind is OwnerKind.CUSTOMER else owner.kind.value
