"""The ledger under load: thousands of random sequences, and many processes' worth of clerks."""

import asyncio
import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bezant.kernel.db import Database, PoolLimits
from bezant.ledger import following
from bezant.ledger.assets import Amount, Asset
from bezant.ledger.model import HOUSE, PARTNER, SETTLEMENT, VAULT, InsufficientBalance, Move
from bezant.ledger.verifying import verify
from tests.factories.clock import FakeClock
from tests.ledger.books import Book, open_book, settled
from tests.ledger.machine import machine_on

pytestmark = pytest.mark.stress

SEQUENCES, STEPS = 2_000, 30
CLERKS, JOURNALS = 24, 400
SEED = 1204


def test_two_thousand_sequences_come_to_what_a_plain_sum_comes_to(database_url: str) -> None:
    with asyncio.Runner() as runner:
        machine = machine_on(database_url, runner)
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=SEQUENCES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(machine.db.close())


async def test_clerks_and_followers_at_once_leave_books_that_verify(
    database_url: str, db: Database
) -> None:
    clock = FakeClock()
    books = [await open_book(db, clock) for _ in range(4)]
    crowd = await Database.connect(
        database_url, PoolLimits(connections=CLERKS + 4, acquire_timeout_s=60, lock_timeout_s=60)
    )
    done = asyncio.Event()

    async def follow() -> None:
        while not done.is_set():
            await following.fold_snapshots(crowd, now=clock.now())
            await following.extend_chains(crowd)
            await following.expire_holds(crowd, now=clock.now())

    async def work() -> None:
        await asyncio.gather(*(_clerk(crowd, books, number) for number in range(CLERKS)))
        done.set()

    try:
        await asyncio.gather(work(), follow(), follow())
        await settled(db)
        await following.fold_snapshots(crowd, now=clock.now())
        await following.extend_chains(crowd)
        assert not [each for each in await verify(crowd) if each.breaks]
    finally:
        await crowd.close()


async def _clerk(db: Database, books: list[Book], number: int) -> None:
    """Posts and holds at random, and minds nothing but what is refused for a balance."""
    chance = random.Random(SEED + number)
    for _ in range(JOURNALS):
        found = chance.choice(books)
        book = Book(db, found.clock, found.partner_id, found.customer_id)
        owners = [book.owner, PARTNER, SETTLEMENT, HOUSE, VAULT]
        moves = [
            Move(Amount(chance.randint(1, 100), chance.choice((Asset.TRY, Asset.GAU))), *pair)
            for pair in (chance.sample(owners, 2) for _ in range(chance.randint(1, 3)))
        ]
        with suppress(InsufficientBalance, ValueError):
            posted = book.journal(*moves)
            await book.post(posted)
            new = book.held(Amount(chance.randint(1, 100), Asset.GAU))
            await book.hold(new)
            if chance.random() < 0.8:
                await book.release(new.reference)
