"""Admission: a nonce use once, an allowance exactly, whoever asks at the same time."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bezant.kernel.db import Database, PoolLimits
from bezant.kernel.steps import at_once
from bezant.partners.model import (
    Admission,
    Allowance,
    Credential,
    NonceUse,
    RequestKind,
    Verdict,
    interval_of,
)
from bezant.partners.service import accounts, admission
from tests.factories.clock import FakeClock
from tests.factories.shop import make_sign_in

CONNECTIONS = 20


class Gate:
    """Asks for the admission of requests of one credential."""

    def __init__(self, db: Database, credential: Credential, epoch: bytes) -> None:
        self.db = db
        self.credential = credential
        self.epoch = epoch

    async def admit(
        self,
        now: datetime,
        *,
        use: NonceUse | None = None,
        kind: RequestKind = RequestKind.READ,
        credential: Credential | None = None,
    ) -> Admission:
        """The verdict on one request; its nonce is a new one unless it is given."""
        said: list[Admission] = []
        step = admission.admit(
            credential or self.credential, use or self.fresh(), said.append, kind=kind, now=now
        )
        async with self.db.reading() as connection:
            await at_once(connection, step)
        return said[0]

    def fresh(self) -> NonceUse:
        """The first use of a nonce that nobody has seen."""
        return NonceUse(b"\xff" + os.urandom(15), 1, self.epoch)

    async def burst(self, now: datetime, count: int, *, kind: RequestKind) -> list[Verdict]:
        """The verdicts on requests one after another, all at one instant."""
        return [(await self.admit(now, kind=kind)).verdict for _ in range(count)]


@pytest_asyncio.fixture(scope="module")
async def wide_db(database_url: str) -> AsyncIterator[Database]:
    """The database with a connection for each of the parallel calls."""
    found = await Database.connect(database_url, PoolLimits(connections=CONNECTIONS))
    yield found
    await found.close()


@pytest_asyncio.fixture
async def gate(wide_db: Database, clock: FakeClock) -> Gate:
    """A credential with plenty of everything."""
    return await gate_with(wide_db, clock, Allowance(1_000, 1_000))


async def gate_with(db: Database, clock: FakeClock, allowance: Allowance) -> Gate:
    sign_in = await make_sign_in(db, now=clock.now(), allowance=allowance)
    async with db.reading() as connection:
        epoch = await admission.current_epoch(connection)
    return Gate(db, sign_in.credential, epoch)


async def test_one_of_many_who_come_at_once_with_the_same_nonce_use_is_admitted(
    gate: Gate, clock: FakeClock
) -> None:
    use = gate.fresh()

    said = await asyncio.gather(*(gate.admit(clock.now(), use=use) for _ in range(CONNECTIONS)))

    verdicts = Counter(each.verdict for each in said)
    assert verdicts == {Verdict.ADMITTED: 1, Verdict.STALE: CONNECTIONS - 1}


async def test_counts_may_come_in_any_order_and_each_once(gate: Gate, clock: FakeClock) -> None:
    use = gate.fresh()

    said = [
        (await gate.admit(clock.now(), use=replace(use, nc=nc))).verdict for nc in (3, 1, 2, 3, 1)
    ]

    assert said == [Verdict.ADMITTED] * 3 + [Verdict.STALE] * 2


async def test_a_nonce_of_another_epoch_is_stale_and_spends_nothing(
    gate: Gate, clock: FakeClock
) -> None:
    use = gate.fresh()

    foreign = await gate.admit(clock.now(), use=replace(use, epoch=os.urandom(16)))
    own = await gate.admit(clock.now(), use=use)

    assert (foreign.verdict, foreign.whole_at) == (Verdict.STALE, None)
    assert own.verdict is Verdict.ADMITTED


async def test_the_epoch_is_the_same_for_all_who_ask_at_once(wide_db: Database) -> None:
    async def ask() -> bytes:
        async with wide_db.reading() as connection:
            return await admission.current_epoch(connection)

    assert len(set(await asyncio.gather(*(ask() for _ in range(CONNECTIONS))))) == 1


async def test_a_credential_that_was_changed_since_is_told_apart(
    gate: Gate, clock: FakeClock
) -> None:
    before = gate.credential
    use = gate.fresh()
    async with gate.db.transaction() as tx:
        await accounts.revoke_credential(
            tx, before.username, now=clock.now() + timedelta(seconds=60)
        )

    remembered = await gate.admit(clock.now(), use=use)
    read_again = replace(before, version=before.version + 1)
    still_live = await gate.admit(clock.now(), use=use, credential=read_again)
    clock.advance(seconds=60)
    ended = await gate.admit(clock.now(), credential=read_again)

    assert (remembered.verdict, remembered.whole_at) == (Verdict.CHANGED, None)
    # Being told so took nothing: the same use is good for the second look.
    assert still_live.verdict is Verdict.ADMITTED
    assert ended.verdict is Verdict.CHANGED


async def test_a_disabled_partner_is_known_at_once(gate: Gate, clock: FakeClock) -> None:
    code = gate.credential.partner.code
    async with gate.db.transaction() as tx:
        await accounts.disable_partner(tx, code, now=clock.now())
    disabled = await gate.admit(clock.now())
    async with gate.db.transaction() as tx:
        await accounts.enable_partner(tx, code)

    assert disabled.verdict is Verdict.CHANGED
    assert (await gate.admit(clock.now())).verdict is Verdict.ADMITTED


async def test_a_burst_is_of_exactly_so_many_requests_as_the_limit_says(
    wide_db: Database, clock: FakeClock
) -> None:
    # 60 s / 7 is no whole number of microseconds.
    gate = await gate_with(wide_db, clock, Allowance(7, 1))

    said = await gate.burst(clock.now(), 9, kind=RequestKind.READ)

    assert said == [Verdict.ADMITTED] * 7 + [Verdict.LIMITED] * 2


async def test_an_allowance_grows_by_one_request_in_each_interval(
    wide_db: Database, clock: FakeClock
) -> None:
    gate, kind = await gate_with(wide_db, clock, Allowance(6, 1)), RequestKind.READ
    started = clock.now()
    await gate.burst(started, 6, kind=kind)

    too_soon = await gate.burst(started + interval_of(6) - timedelta(microseconds=1), 1, kind=kind)
    one_more = await gate.burst(started + interval_of(6), 2, kind=kind)
    later = await gate.burst(started + timedelta(minutes=5), 7, kind=kind)

    assert too_soon == [Verdict.LIMITED]
    assert one_more == [Verdict.ADMITTED, Verdict.LIMITED]
    # However long nothing comes, no more is saved up than one minute's worth.
    assert later == [Verdict.ADMITTED] * 6 + [Verdict.LIMITED]


async def test_what_is_left_is_told_with_each_verdict(wide_db: Database, clock: FakeClock) -> None:
    gate = await gate_with(wide_db, clock, Allowance(3, 1))
    now = clock.now()

    said = [await gate.admit(now) for _ in range(4)]

    assert [each.limit for each in said] == [3] * 4
    assert [each.remaining(now) for each in said] == [2, 1, 0, 0]
    assert [each.whole_in_s(now) for each in said] == [20, 40, 60, 60]
    assert said[3].retry_in_s(now) == 20


@pytest.mark.parametrize("limit", [1, 7, 11, 59, 6_000])
async def test_what_is_left_is_exact_where_a_minute_does_not_divide(
    wide_db: Database, clock: FakeClock, limit: int
) -> None:
    gate, now = await gate_with(wide_db, clock, Allowance(limit, 1)), clock.now()

    left = [(await gate.admit(now)).remaining(now) for _ in range(min(limit, 12))]

    assert left == list(range(limit - 1, limit - 1 - len(left), -1))


async def test_reads_and_writes_have_allowances_of_their_own(
    wide_db: Database, clock: FakeClock
) -> None:
    gate = await gate_with(wide_db, clock, Allowance(2, 1))

    reads = await gate.burst(clock.now(), 3, kind=RequestKind.READ)
    writes = await gate.burst(clock.now(), 2, kind=RequestKind.WRITE)

    assert reads == [Verdict.ADMITTED, Verdict.ADMITTED, Verdict.LIMITED]
    assert writes == [Verdict.ADMITTED, Verdict.LIMITED]


async def test_many_at_once_never_get_more_than_the_limit(
    wide_db: Database, clock: FakeClock
) -> None:
    gate = await gate_with(wide_db, clock, Allowance(11, 1))

    said = await asyncio.gather(*(gate.admit(clock.now()) for _ in range(30)))

    verdicts = Counter(each.verdict for each in said)
    assert verdicts == {Verdict.ADMITTED: 11, Verdict.LIMITED: 19}


async def test_the_last_use_is_noted_at_most_once_a_minute(gate: Gate, clock: FakeClock) -> None:
    noted = []
    for seconds in (0, 30, 30, 1):
        clock.advance(seconds=seconds)
        await gate.admit(clock.now())
        async with gate.db.reading() as connection:
            (listed,) = await accounts.list_credentials(connection, gate.credential.partner.code)
        assert listed.last_used_at is not None
        noted.append((clock.now() - listed.last_used_at).total_seconds())

    assert noted == [0, 30, 60, 0]


async def test_a_refused_request_is_no_use(gate: Gate, clock: FakeClock) -> None:
    await gate.admit(clock.now(), use=replace(gate.fresh(), epoch=b"another epoch"))

    async with gate.db.reading() as connection:
        (listed,) = await accounts.list_credentials(connection, gate.credential.partner.code)
    assert listed.last_used_at is None


async def test_only_old_nonces_are_forgotten(gate: Gate, clock: FakeClock) -> None:
    # Older than any nonce that another test may have used in this database.
    old = NonceUse(b"\x00\x00\x00\x01" + os.urandom(12), 1, gate.epoch)
    young = NonceUse(b"\x00\x00\x00\x02" + bytes(12), 1, gate.epoch)
    for use in (old, replace(old, nc=2), young):
        assert (await gate.admit(clock.now(), use=use)).verdict is Verdict.ADMITTED

    async with gate.db.reading() as connection:
        forgotten = await admission.forget_old_nonces(connection, before=b"\x00\x00\x00\x02")

    assert forgotten == 2
    assert (await gate.admit(clock.now(), use=young)).verdict is Verdict.STALE
