"""Levels and limits: which level counts, and what goes beyond which limit."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import (
    DatedLimit,
    Intent,
    Kyc,
    KycDocument,
    KycLimitExceeded,
    KycStatus,
    Limit,
    LimitKind,
    Standing,
    require_within,
)
from bezant.customers.model import Customer, Person
from bezant.customers.service import erase_customer, update_customer
from bezant.kernel.db import Connection, Database, change_on
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.money import Currency, Money
from bezant.kernel.steps import Step, at_once
from bezant.kernel.texts import Language
from tests.factories.cards import a_customer
from tests.factories.clock import A_MORNING, FakeClock
from tests.factories.shop import make_sign_in

DAY = date(2026, 6, 1)
STANDING = "SELECT kyc_standing($1, $2, $3, $4)"


def lira(kurus: int) -> Money:
    """So much cash."""
    return Money(kurus, Currency.TRY)


def approved(level: int, *, expires_on: date | None = None) -> Kyc:
    """A level that was verified."""
    return Kyc(
        level=level,
        status=KycStatus.APPROVED,
        verified_at=A_MORNING,
        document=KycDocument(type="passport", expires_on=expires_on),
    )


def limit(kind: LimitKind, amount: int | None, *, level: int = 1, unit: str = "TRY") -> Limit:
    """A limit, of liras unless another unit is named."""
    return Limit(level=level, kind=kind, unit=unit, amount=amount)


def standing(*limits: Limit, known: Kyc | None = None, today: int = 0, month: int = 0) -> Standing:
    """What an order is decided on."""
    return Standing(
        kyc=known or approved(1),
        person=[CustomerId(1)],
        version=0,
        today=lira(today),
        month=lira(month),
        limits=limits,
    )


def buys(kurus: int, micrograms: int | None = None, metal: Metal = Metal.GOLD) -> Intent:
    """An order of so much cash, after which so much is held."""
    return Intent(lira(kurus), [] if micrograms is None else [Weight(micrograms, metal)])


@pytest.mark.parametrize("status", [KycStatus.PENDING, KycStatus.REJECTED])
def test_only_an_approved_level_counts(status: KycStatus) -> None:
    assert Kyc(level=2, status=status).level_on(DAY) == 0
    assert approved(2).level_on(DAY) == 2


def test_a_level_counts_until_the_last_day_of_its_document() -> None:
    known = approved(2, expires_on=DAY)

    assert known.level_on(DAY) == 2
    assert known.level_on(DAY + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("kind", "unit", "most", "intent"),
    [
        (LimitKind.ORDER_VALUE, "TRY", 100, buys(101)),
        (LimitKind.TURNOVER_DAY, "TRY", 1_100, buys(101)),
        (LimitKind.TURNOVER_30_DAYS, "TRY", 5_100, buys(101)),
        (LimitKind.GRAMS_HELD, "gold", 100, buys(1, 101)),
    ],
)
def test_one_beyond_a_limit_is_refused_and_the_limit_itself_is_not(
    kind: LimitKind, unit: str, most: int, intent: Intent
) -> None:
    found = standing(limit(kind, most, unit=unit), today=1_000, month=5_000)
    wider = standing(limit(kind, most + 1, unit=unit), today=1_000, month=5_000)

    with pytest.raises(KycLimitExceeded) as refused:
        require_within(found, intent, day=DAY)

    assert (refused.value.limit.kind, refused.value.wanted) == (kind, most + 1)
    require_within(wider, intent, day=DAY)


def test_limits_of_other_levels_units_and_no_amount_say_nothing() -> None:
    found = standing(
        limit(LimitKind.ORDER_VALUE, 0, level=2),
        limit(LimitKind.ORDER_VALUE, 0, unit="USD"),
        limit(LimitKind.ORDER_VALUE, None),
        limit(LimitKind.GRAMS_HELD, 0, unit="silver"),
    )

    require_within(found, buys(1_000_000, 1_000_000), day=DAY)


def test_what_leaves_less_than_there_was_is_not_measured_in_grams() -> None:
    found = standing(limit(LimitKind.GRAMS_HELD, 0, unit="gold"))

    require_within(found, buys(100), day=DAY)


def test_an_expired_document_brings_the_limits_of_level_0() -> None:
    known = approved(3, expires_on=DAY - timedelta(days=1))
    found = standing(limit(LimitKind.ORDER_VALUE, 5, level=0), known=known)

    with pytest.raises(KycLimitExceeded):
        require_within(found, buys(6), day=DAY)


def test_a_refusal_names_the_limit() -> None:
    refused = KycLimitExceeded(limit(LimitKind.TURNOVER_DAY, 500_000), wanted=500_001)

    assert refused.message().into(Language.EN) == (
        "The limit of the customer's level 1 (turnover of a day) is 5000 TRY; "
        "this would make it 5000.01 TRY."
    )
    grams = KycLimitExceeded(limit(LimitKind.GRAMS_HELD, 1_500_000, unit="gold"), wanted=2_000_000)
    assert "1.5 g" in grams.message().into(Language.TR)


@pytest.mark.parametrize(
    ("kind", "unit"), [(LimitKind.GRAMS_HELD, "TRY"), (LimitKind.ORDER_VALUE, "gold")]
)
def test_a_limit_has_a_unit_of_its_kind(kind: LimitKind, unit: str) -> None:
    with pytest.raises(ValueError, match=unit):
        limit(kind, 1, unit=unit)


@given(st.lists(st.integers(1, 100), max_size=20), st.integers(0, 500))
def test_orders_that_are_let_through_never_add_up_to_more_than_the_limit(
    values: list[int], most: int
) -> None:
    so_far = 0
    for value in values:
        found = standing(limit(LimitKind.TURNOVER_DAY, most), today=so_far, month=so_far)
        try:
            require_within(found, buys(value), day=DAY)
        except KycLimitExceeded:
            assert so_far + value > most
        else:
            so_far += value

    assert so_far <= most


def reading(
    key: tuple[PartnerId, CustomerId], currency: Currency, day: date, *, locks: bool
) -> Step[Standing]:
    """Reads what an order is decided on, as trading does among other things."""
    call = "SELECT kyc_standing_held($1, $2, $3, $4)" if locks else STANDING

    def read(told: str | None) -> Standing:
        return kyc.told_standing(told or "", currency)

    return Step(call, (*key, currency, day), read, only_reads=not locks)


async def stand(
    db: Database, who: Customer, day: date = DAY, currency: Currency = Currency.TRY
) -> Standing:
    """What the customer's next order is decided on."""
    key = (who.partner_id, who.customer_id)
    async with db.reading() as connection:
        (found,) = await at_once(connection, reading(key, currency, day, locks=False))
    return found


async def order(db: Database, who: Customer, kurus: int, day: date = DAY) -> None:
    """Orders as trading does: reads, decides, and writes what was decided."""
    key = (who.partner_id, who.customer_id)

    async def work(connection: Connection) -> None:
        locks = connection.is_in_transaction()
        (found,) = await at_once(connection, reading(key, Currency.TRY, day, locks=locks))
        await at_once(connection, kyc.counting(key, found, buys(kurus), day=day))

    async with db.reading() as connection:
        await change_on(connection, work)


async def set_limits(db: Database, *limits: DatedLimit) -> None:
    """Settings of limits."""
    async with db.transaction() as tx:
        for each in limits:
            await kyc.set_limit(tx, each, now=A_MORNING)


async def new_partner(db: Database, clock: FakeClock) -> PartnerId:
    """A partner of the test's own."""
    return (await make_sign_in(db, now=clock.now())).partner.partner_id


async def same_person(
    db: Database, partner_id: PartnerId, count: int, *, number: str = "96356247895"
) -> Sequence[Customer]:
    """Customers of one identity number."""
    made = [await a_customer(db, partner_id) for _ in range(count)]

    def known(person: Person) -> Person:
        return Person(firstname=person.firstname, identity_number=number)

    async with db.transaction() as tx:
        return [
            await update_customer(tx, partner_id, each.external_id, change=known, now=A_MORNING)
            for each in made
        ]


async def test_turnover_is_of_the_day_and_of_thirty(db: Database, clock: FakeClock) -> None:
    who = await a_customer(db, await new_partner(db, clock))

    for ago, kurus in ((30, 1), (29, 20), (1, 300), (0, 4_000)):
        await order(db, who, kurus, DAY - timedelta(days=ago))

    found = await stand(db, who)
    assert (found.today, found.month, found.version) == (lira(4_000), lira(4_320), 4)
    dollars = await stand(db, who, currency=Currency.USD)
    assert dollars.today == dollars.month == Money.zero(Currency.USD)


async def test_customers_of_one_identity_number_are_one_person(
    db: Database, clock: FakeClock
) -> None:
    partner_id = await new_partner(db, clock)
    first, second = await same_person(db, partner_id, 2)
    stranger, other_stranger = await a_customer(db, partner_id), await a_customer(db, partner_id)
    (elsewhere,) = await same_person(db, await new_partner(db, clock), 1)

    await order(db, first, 100)
    await order(db, second, 50)
    await order(db, stranger, 7)

    for each in (first, second):
        found = await stand(db, each)
        assert found.person == [first.customer_id, second.customer_id]
        assert (found.today, found.version) == (lira(150), 2)
    assert (await stand(db, stranger)).today == lira(7)
    # Two of whom no number is known are not one person for that.
    assert (await stand(db, other_stranger)).today == lira(0)
    assert (await stand(db, elsewhere)).today == lira(0)


async def test_a_number_that_is_written_for_everybody_makes_nobody_one_person(
    db: Database, clock: FakeClock
) -> None:
    partner_id = await new_partner(db, clock)
    first, second = await same_person(db, partner_id, 2, number="11111111111")

    await order(db, first, 100)

    assert (await stand(db, first)).person == [first.customer_id]
    assert (await stand(db, second)).today == lira(0)


async def test_orders_at_once_of_one_person_stay_within_the_limit(
    db: Database, clock: FakeClock
) -> None:
    partner_id = await new_partner(db, clock)
    twins = await same_person(db, partner_id, 2)
    await set_limits(db, DatedLimit(limit(LimitKind.TURNOVER_DAY, 500, level=0), DAY))

    try:
        told = await asyncio.gather(
            *(order(db, twins[i % 2], 100) for i in range(8)), return_exceptions=True
        )
    finally:
        await set_limits(db, DatedLimit(limit(LimitKind.TURNOVER_DAY, None, level=0), DAY))

    assert sum(each is None for each in told) == 5
    assert sum(isinstance(each, KycLimitExceeded) for each in told) == 3
    assert (await stand(db, twins[0])).today == lira(500)


async def test_a_limit_is_in_force_from_its_day_on(db: Database, clock: FakeClock) -> None:
    early, late = DAY - timedelta(days=400), DAY - timedelta(days=300)
    kind, unit = LimitKind.ORDER_VALUE, "GBP"
    await set_limits(
        db,
        DatedLimit(limit(kind, 1, level=3, unit=unit), early),
        DatedLimit(limit(kind, 2, level=3, unit=unit), early),
        DatedLimit(limit(kind, None, level=3, unit=unit), late),
    )

    who = await a_customer(db, await new_partner(db, clock))

    async def in_force(day: date) -> list[Limit]:
        limits = (await stand(db, who, day)).limits
        return [each for each in limits if (each.kind, each.unit) == (kind, unit)]

    assert await in_force(early - timedelta(days=1)) == []
    assert await in_force(early) == [limit(kind, 2, level=3, unit=unit)]
    assert [each.amount for each in await in_force(late)] == [None]


async def test_what_is_known_of_a_person_goes_with_the_person(
    db: Database, clock: FakeClock
) -> None:
    who = await a_customer(db, await new_partner(db, clock))
    key = (who.partner_id, who.customer_id)
    async with db.reading() as connection:
        await kyc.store_kyc(connection, who.partner_id, who.external_id, approved(2), now=A_MORNING)
        assert (await kyc.find_kyc(connection, key)).level == 2

    async with db.transaction() as tx:
        await erase_customer(tx, who, now=A_MORNING)

    async with db.reading() as connection:
        assert await kyc.find_kyc(connection, key) == Kyc()
