"""Kept answers: the claim on a key, what it finds, and when that is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.partners.model import REPLY_LIFE, Reply, ReplyKey
from bezant.partners.service import replies
from bezant.partners.service.replies import KeyUsedForAnotherRequest, StillRunning
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in

REQUEST, ANOTHER = b"r" * 32, b"a" * 32
ANSWER = Reply(REQUEST, 200, b'{"data": 1}')


@pytest_asyncio.fixture
async def key(db: Database, clock: FakeClock) -> ReplyKey:
    """A key of a credential of this test's own."""
    sign_in = await make_sign_in(db, now=clock.now())
    return ReplyKey(sign_in.partner.partner_id, sign_in.credential.credential_id, "order 1")


async def claimed(db: Database, key: ReplyKey, clock: FakeClock) -> Reply | None:
    async with db.transaction() as tx:
        return await replies.claim(tx, key, request_mac=REQUEST, now=clock.now())


async def keep(db: Database, key: ReplyKey, reply: Reply, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        await replies.keep(tx, key, reply, now=clock.now())


async def test_the_first_to_claim_is_to_work_and_the_next_gets_the_answer(
    db: Database, key: ReplyKey, clock: FakeClock
) -> None:
    first = await claimed(db, key, clock)
    await keep(db, key, ANSWER, clock)

    assert first is None
    assert await claimed(db, key, clock) == ANSWER


async def test_an_answer_is_kept_for_a_day_and_not_longer(
    db: Database, key: ReplyKey, clock: FakeClock
) -> None:
    await keep(db, key, ANSWER, clock)

    clock.advance(seconds=REPLY_LIFE.total_seconds() - 0.001)
    assert await claimed(db, key, clock) == ANSWER
    clock.advance(seconds=0.001)
    assert timedelta(hours=24) == REPLY_LIFE
    assert await claimed(db, key, clock) is None


async def test_a_new_answer_takes_the_place_of_an_expired_one(
    db: Database, key: ReplyKey, clock: FakeClock
) -> None:
    await keep(db, key, Reply(ANOTHER, 409, b"{}"), clock)
    clock.advance(days=1)
    await keep(db, key, ANSWER, clock)

    assert await claimed(db, key, clock) == ANSWER


async def test_a_key_serves_one_request(db: Database, key: ReplyKey, clock: FakeClock) -> None:
    await keep(db, key, Reply(ANOTHER, 200, b"{}"), clock)

    with pytest.raises(KeyUsedForAnotherRequest):
        await claimed(db, key, clock)


async def test_while_another_transaction_holds_the_key_the_request_is_still_running(
    db: Database, key: ReplyKey, clock: FakeClock
) -> None:
    async with db.transaction() as tx:
        assert await replies.claim(tx, key, request_mac=REQUEST, now=clock.now()) is None
        with pytest.raises(StillRunning):
            await claimed(db, key, clock)
        assert await claimed(db, replace(key, key="order 2"), clock) is None

    assert await claimed(db, key, clock) is None


async def test_a_claim_ends_with_its_transaction_which_may_fail_and_keeps_nothing(
    db: Database, key: ReplyKey, clock: FakeClock
) -> None:
    async with db.reading() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await replies.claim(connection, key, request_mac=REQUEST, now=clock.now())
        await replies.keep(connection, key, ANSWER, now=clock.now())
        await transaction.rollback()

    assert await claimed(db, key, clock) is None


async def test_a_key_is_a_credentials_own(db: Database, key: ReplyKey, clock: FakeClock) -> None:
    await keep(db, key, ANSWER, clock)
    sign_in = await make_sign_in(db, now=clock.now())
    others = ReplyKey(sign_in.partner.partner_id, sign_in.credential.credential_id, key.key)

    assert await claimed(db, others, clock) is None


async def test_only_expired_answers_are_forgotten(
    db: Database, key: ReplyKey, clock: FakeClock
) -> None:
    # A time of its own: what other tests kept lives on in this database.
    clock.advance(days=-10_000)
    later = replace(key, key="order 2")
    await keep(db, key, ANSWER, clock)
    clock.advance(seconds=1)
    await keep(db, later, ANSWER, clock)
    clock.advance(seconds=REPLY_LIFE.total_seconds() - 1)

    async with db.reading() as connection:
        forgotten = await replies.forget_expired(connection, now=clock.now())

    assert forgotten == 1
    assert await claimed(db, later, clock) == ANSWER
