"""Signing in, for one process: whose address counts, and what is held in memory."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.db import Database, PoolLimits
from bezant.kernel.sealing import derive_key
from bezant.kernel.steps import Led
from bezant.partners.model import Allowance, RequestKind, Scope
from bezant.partners.service import accounts
from bezant.web import authentication
from bezant.web.authentication import (
    Authentication,
    CredentialChanged,
    DoorRules,
    Knock,
    Visitor,
)
from bezant.web.digest.algorithms import Algorithm
from bezant.web.digest.answer import DigestAnswer
from bezant.web.refusals import NonceStale, NotSignedIn, TooManyRequests
from tests.factories.clock import FakeClock
from tests.factories.shop import PLENTY, SECRET_KEY, SignIn, make_sign_in
from tests.factories.shop import test_safe as safe_of_the_tests
from tests.web.digest.door import Door, signed, written

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
TARGET = b"/partner/ecom/categories"

addresses = st.ip_addresses().map(str)
trusted = st.ip_addresses(v=4, network="10.0.0.0/8").map(str)
strangers = st.ip_addresses(v=4).filter(lambda found: found not in PROXIES[0]).map(str)


def authentication_of(db: Database) -> Authentication:
    """Signing in, in a process that has just started."""
    rules = DoorRules(
        safe=safe_of_the_tests(),
        nonce_key=derive_key(SECRET_KEY.encode(), "nonces"),
        nonce_life_s=300,
        path_prefix="",
        trusted_proxies=PROXIES,
    )
    return Authentication(db, rules)


@pytest.fixture
def desk(db: Database) -> Authentication:
    """Signing in, in a process that has just started."""
    return authentication_of(db)


async def enter(
    desk: Authentication, db: Database, clock: FakeClock, *, header: bytes, kind: str = "read"
) -> Visitor:
    """The visitor whose request has this header, let in as the door does it."""
    knock = Knock("GET", TARGET, b"", header.decode(), "", "192.0.2.7", clock.now())
    async with db.reading() as connection:
        for _ in range(2):
            visitor = await desk.recognize(
                connection, knock, kind=RequestKind(kind), scope=Scope.CATALOG
            )
            with suppress(CredentialChanged):
                await Led(connection, visitor.admission).lead()
                return visitor
    raise NotSignedIn


async def nonce_from(desk: Authentication, clock: FakeClock) -> str:
    """A nonce that was just offered."""
    strong, _old = await desk.challenge(stale=False, now=clock.now())
    return strong.split('nonce="')[1].split('"')[0]


def answer_of(sign_in: SignIn, nonce: str, *, count: int = 1) -> bytes:
    """The header of a client that knows the secret."""
    door = Door(
        username=sign_in.credential.username, secret=sign_in.secret, raw_path=TARGET, query=b""
    )
    unsigned = DigestAnswer(
        username=door.username,
        realm=door.realm,
        nonce=nonce,
        uri=door.uri,
        response="",
        algorithm=Algorithm.SHA256,
        nc=f"{count:08x}",
        cnonce="cnonce",
    )
    return written(signed(unsigned, door))


class NoDatabase(Database):
    """Stands where none is asked anything."""

    def __init__(self) -> None:
        super().__init__(None, PoolLimits())  # type: ignore[arg-type]  # nothing is asked.


DESK = authentication_of(NoDatabase())


@given(strangers, st.lists(addresses, max_size=5))
def test_a_stranger_is_taken_for_itself_whatever_it_claims(peer: str, claims: list[str]) -> None:
    assert DESK.client_address(peer, ", ".join(claims)) == peer


@given(trusted, st.lists(addresses, max_size=4), strangers, st.lists(trusted, max_size=4))
def test_behind_our_proxies_the_nearest_stranger_is_the_client(
    peer: str, claims: list[str], client: str, proxies: list[str]
) -> None:
    way = [*claims, client, *proxies]
    assert DESK.client_address(peer, ",".join(way)) == client


@given(trusted, st.text())
def test_whatever_is_forwarded_there_is_an_address(peer: str, forwarded: str) -> None:
    assert DESK.client_address(peer, forwarded) in [
        peer,
        *(part.strip() for part in forwarded.split(",")),
    ]


@given(st.ip_addresses(v=4) | st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_an_address_is_the_same_where_one_socket_serves_both_families(found: IPv4Address) -> None:
    mapped = f"::ffff:{found}"
    expected = "192.0.2.7" if found in PROXIES[0] else mapped
    assert DESK.client_address(mapped, "192.0.2.7") == expected


async def test_a_nonce_serves_so_many_times_and_then_another_is_asked_for(
    desk: Authentication, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    nonce = await nonce_from(desk, clock)
    last = authentication.MAX_USES_OF_A_NONCE

    entry = await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=last))
    assert entry.credential.username == sign_in.credential.username
    for beyond in (last + 1, 0xFFFF_FFFF):
        with pytest.raises(NonceStale):
            await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=beyond))


async def test_a_nonce_of_another_process_is_good_and_a_made_up_one_is_stale(
    desk: Authentication, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    elsewhere = await nonce_from(authentication_of(db), clock)

    await enter(desk, db, clock, header=answer_of(sign_in, elsewhere))
    for made_up in ("made-up", elsewhere[:-1] + ("A" if elsewhere[-1] != "A" else "B")):
        with pytest.raises(NonceStale):
            await enter(desk, db, clock, header=answer_of(sign_in, made_up))


async def test_a_process_that_remembers_a_replaced_credential_looks_again(
    desk: Authentication, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    username, nonce = sign_in.credential.username, await nonce_from(desk, clock)
    before = await enter(desk, db, clock, header=answer_of(sign_in, nonce))
    async with db.transaction() as tx:
        await accounts.rotate_credential(
            tx, username, overlap=timedelta(hours=1), safe=safe_of_the_tests(), now=clock.now()
        )

    after = await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=2))

    assert after.credential.version == before.credential.version + 1
    assert after.credential.expires_at == clock.now() + timedelta(hours=1)
    clock.advance(seconds=3_600)
    fresh = await nonce_from(desk, clock)
    with pytest.raises(NotSignedIn):
        await enter(desk, db, clock, header=answer_of(sign_in, fresh))


async def test_a_limited_request_is_told_when_to_come_again(
    desk: Authentication, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now(), allowance=Allowance(2, 1))
    nonce = await nonce_from(desk, clock)
    for count in (1, 2):
        await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=count))

    with pytest.raises(TooManyRequests) as limited:
        await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=3))
    assert limited.value.facts == {"seconds": 30, "limit": 2}
    # Writes have an allowance of their own.
    written_once = await enter(
        desk, db, clock, header=answer_of(sign_in, nonce, count=4), kind="write"
    )
    assert written_once.admitted is not None
    assert written_once.admitted.remaining(clock.now()) == 0
    clock.advance(seconds=30)
    await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=5))


async def test_only_so_many_credentials_are_remembered_and_all_can_sign_in(
    desk: Authentication, db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "MAX_REMEMBERED", 2)
    nonce = await nonce_from(desk, clock)
    sign_ins = [await make_sign_in(db, now=clock.now(), allowance=PLENTY) for _ in range(4)]
    for count in (1, 2):
        for number, sign_in in enumerate(sign_ins):
            header = answer_of(sign_in, nonce, count=10 * number + count)
            entry = await enter(desk, db, clock, header=header)
            assert entry.credential.credential_id == sign_in.credential.credential_id
            assert len(remembered(desk)) <= 2
    assert remembered(desk) == [each.credential.username for each in sign_ins[-2:]]


def remembered(desk: Authentication) -> Sequence[str]:
    """The user names that a process holds in memory."""
    return list(desk._remembered)  # noqa: SLF001 - the bound is on memory, which nobody sees.


async def test_nothing_is_stored_for_who_cannot_sign_in(
    desk: Authentication, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    wrong = SignIn(sign_in.partner, sign_in.credential, "not the secret")
    nonce = await nonce_from(desk, clock)

    for count in range(1, 6):
        with pytest.raises(NotSignedIn):
            await enter(desk, db, clock, header=answer_of(wrong, nonce, count=count))

    assert remembered(desk) == []
    # The pairs that were guessed at are still to be used by who knows the secret.
    for count in range(1, 6):
        await enter(desk, db, clock, header=answer_of(sign_in, nonce, count=count))
