"""Partners and their credentials: made, listed, rotated, ended; their secrets kept nowhere."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from uuid import uuid4

import pytest

from bezant.kernel.db import Database
from bezant.kernel.errors import Invalid
from bezant.kernel.money import Currency
from bezant.kernel.sealing import SealBroken, Sealer, derive_key
from bezant.partners.model import (
    Allowance,
    Credential,
    HashName,
    NoSuchCredential,
    NoSuchPartner,
    Partner,
    PartnerCodeTaken,
    Scope,
)
from bezant.partners.service import accounts
from bezant.partners.service.accounts import Safe
from tests.factories.clock import FakeClock
from tests.factories.shop import SignIn, make_sign_in
from tests.factories.shop import test_safe as safe_of_the_tests

READ_ONLY = frozenset({Scope.CATALOG, Scope.BASKETS_READ})
HOUR = timedelta(hours=1)


@pytest.fixture
def safe() -> Safe:
    """What the credentials of these tests are sealed in."""
    return safe_of_the_tests()


def new_code() -> str:
    """A code that nobody has."""
    return f"a-{uuid4().hex[:16]}"


async def make_partner(
    db: Database, clock: FakeClock, *, code: str | None = None, name: str = "A bank"
) -> Partner:
    async with db.transaction() as tx:
        return await accounts.create_partner(
            tx, code=code or new_code(), name=name, currency=Currency.EUR, now=clock.now()
        )


async def found(db: Database, username: str, safe: Safe) -> Credential:
    async with db.reading() as connection:
        credential = await accounts.find_credential(connection, username, safe=safe)
    assert credential is not None
    return credential


async def test_a_partner_is_found_as_it_was_made(db: Database, clock: FakeClock) -> None:
    made = await make_partner(db, clock)

    async with db.reading() as connection:
        assert await accounts.find_partner(connection, made.code) == made
        assert made in await accounts.list_partners(connection)
    assert (made.name, made.currency, made.created_at) == ("A bank", Currency.EUR, clock.now())
    assert made.disabled_at is None


async def test_partners_are_listed_by_code(db: Database, clock: FakeClock) -> None:
    stem = uuid4().hex[:12]
    for end in ("b", "c", "a"):
        await make_partner(db, clock, code=f"{stem}-{end}")

    async with db.reading() as connection:
        codes = [each.code for each in await accounts.list_partners(connection)]

    assert [c for c in codes if c.startswith(stem)] == [f"{stem}-{end}" for end in "abc"]


async def test_a_code_is_given_once(db: Database, clock: FakeClock) -> None:
    made = await make_partner(db, clock)

    with pytest.raises(PartnerCodeTaken) as refused:
        await make_partner(db, clock, code=made.code, name="Another")

    assert refused.value.facts == {"code": made.code}


@pytest.mark.parametrize(
    "code", ["", "a", "-ab", "Ab", "a_b", "a b", "çarşı", "ab\n", "a" * 41, "a\x00b"]
)
async def test_a_code_out_of_form_is_refused(db: Database, clock: FakeClock, code: str) -> None:
    async with db.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            await accounts.create_partner(
                tx, code=code, name="A bank", currency=Currency.TRY, now=clock.now()
            )

    assert {path: [t.key for t in texts] for path, texts in refused.value.fields.items()} == {
        "code": ["field.pattern"]
    }


async def test_a_code_may_be_two_signs_or_forty(db: Database, clock: FakeClock) -> None:
    longest = uuid4().hex + "-" * 8
    assert (await make_partner(db, clock, code=longest)).code == longest
    async with db.reading() as connection:
        transaction = connection.transaction()
        await transaction.start()
        made = await accounts.create_partner(
            connection, code="0-", name="N", currency=Currency.TRY, now=clock.now()
        )
        await transaction.rollback()
    assert made.code == "0-"


@pytest.mark.parametrize("name", ["", "n" * 111])
async def test_a_partners_name_has_bounds(db: Database, clock: FakeClock, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await make_partner(db, clock, name=name)

    assert list(refused.value.fields) == ["name"]


async def test_a_disabled_partner_has_no_live_credential_until_it_is_enabled(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    code, username = sign_in.partner.code, sign_in.credential.username

    async with db.transaction() as tx:
        await accounts.disable_partner(tx, code, now=clock.now())
    disabled = await found(db, username, safe)
    async with db.transaction() as tx:
        await accounts.enable_partner(tx, code)
    enabled = await found(db, username, safe)

    assert (disabled.partner.disabled_at, disabled.is_live(clock.now())) == (clock.now(), False)
    assert (enabled.partner.disabled_at, enabled.is_live(clock.now())) == (None, True)


async def test_what_does_not_exist_is_refused_by_name(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    async with db.transaction() as tx:
        with pytest.raises(NoSuchPartner):
            await accounts.disable_partner(tx, "nobody", now=clock.now())
        with pytest.raises(NoSuchPartner):
            await accounts.enable_partner(tx, "nobody")
        with pytest.raises(NoSuchPartner):
            await accounts.find_partner(tx, "nobody")
        with pytest.raises(NoSuchCredential):
            await accounts.revoke_credential(tx, "nobody", now=clock.now())
        with pytest.raises(NoSuchCredential):
            await accounts.rotate_credential(tx, "nobody", overlap=HOUR, safe=safe, now=clock.now())
        assert await accounts.find_credential(tx, "nobody", safe=safe) is None


async def test_a_credential_opens_to_the_hashes_of_its_secret(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())

    credential = await found(db, sign_in.credential.username, safe)

    assert credential.ha1 == hashes_of(sign_in)
    assert len(sign_in.secret) == accounts.SECRET_LENGTH
    assert credential.username.startswith(f"{sign_in.partner.code}-")


async def test_neither_a_secret_nor_its_hash_is_readable_in_any_column(
    db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    hashes = hashes_of(sign_in).values()
    telling = [sign_in.secret, *(h.hex() for h in hashes)]
    telling += [sign_in.secret.encode().hex()]

    async with db.reading() as connection:
        tables = [
            row["tablename"]
            for row in await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        ]
        assert "credential" in tables
        for table in tables:
            # A row's text holds every column, and a bytea as its hexadecimal digits.
            rows = await connection.fetch(f'SELECT t::text AS all FROM "{table}" t')
            assert not [r for r in rows if any(secret in r["all"] for secret in telling)]


async def test_a_sealed_hash_does_not_open_for_another_user_or_under_another_key(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    one = (await make_sign_in(db, now=clock.now())).credential.username
    other = (await make_sign_in(db, now=clock.now())).credential.username
    stranger = Safe.under(Sealer(derive_key(b"another key", "credentials")), realm="bezant")

    async with db.reading() as connection:
        with pytest.raises(SealBroken):
            await accounts.find_credential(connection, one, safe=stranger)
        await connection.execute(
            "UPDATE credential SET ha1_md5 = (SELECT ha1_md5 FROM credential WHERE username = $1)"
            " WHERE username = $2",
            one,
            other,
        )
        with pytest.raises(SealBroken):
            await accounts.find_credential(connection, other, safe=safe)


async def test_a_listed_credential_has_no_hashes(db: Database, clock: FakeClock) -> None:
    sign_in = await make_sign_in(db, now=clock.now())

    async with db.reading() as connection:
        listed = await accounts.list_credentials(connection, sign_in.partner.code)
        everybodys = await accounts.list_credentials(connection)

    assert listed == [replace(sign_in.credential, ha1={})]
    assert listed[0] in everybodys
    assert len(everybodys) > 1


async def test_a_rotated_credential_has_a_successor_with_its_rights_and_works_on_for_the_overlap(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    networks = (ip_network("10.1.0.0/16"), ip_network("2001:db8::/32"))
    old = await make_sign_in(
        db,
        now=clock.now(),
        scopes=READ_ONLY,
        allowance=Allowance(7, 3),
        networks=networks,
        allows_no_qop=True,
    )

    async with db.transaction() as tx:
        issued = await accounts.rotate_credential(
            tx, old.credential.username, overlap=HOUR, safe=safe, now=clock.now()
        )
    ending = await found(db, old.credential.username, safe)
    successor = await found(db, issued.credential.username, safe)

    assert issued.credential.username != old.credential.username
    assert issued.secret != old.secret
    assert (ending.expires_at, ending.version) == (clock.now() + HOUR, 2)
    assert ending.is_live(clock.now() + HOUR - timedelta(microseconds=1))
    assert not ending.is_live(clock.now() + HOUR)
    assert (successor.expires_at, successor.version) == (None, 1)
    assert rights_of(successor) == rights_of(old.credential)


async def test_rotating_never_lengthens_a_credentials_life(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    soon = clock.now() + timedelta(minutes=5)
    old = await make_sign_in(db, now=clock.now(), expires_at=soon)

    async with db.transaction() as tx:
        await accounts.rotate_credential(
            tx, old.credential.username, overlap=HOUR, safe=safe, now=clock.now()
        )

    assert (await found(db, old.credential.username, safe)).expires_at == soon


async def test_a_revoked_credential_ends_at_once_and_stays_ended(
    db: Database, clock: FakeClock, safe: Safe
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    ended_at = clock.now()

    for _ in range(2):
        async with db.transaction() as tx:
            await accounts.revoke_credential(tx, sign_in.credential.username, now=clock.now())
        clock.advance(seconds=60)
    ended = await found(db, sign_in.credential.username, safe)

    assert ended.expires_at == ended_at
    assert not ended.is_live(ended_at)


def hashes_of(sign_in: SignIn) -> dict[HashName, bytes]:
    return {
        name: accounts.ha1(
            name, username=sign_in.credential.username, realm="bezant", secret=sign_in.secret
        )
        for name in HashName
    }


def rights_of(credential: Credential) -> tuple[object, ...]:
    return (
        credential.partner,
        credential.name,
        credential.scopes,
        credential.allowance,
        credential.allowed_networks,
        credential.allows_no_qop,
    )
