"""Nonces: nobody else makes one, nobody changes one, and each has its time."""

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.web.digest.nonces import MAX_SKEW, FreshNonce, NonceFault, NonceMint

NOW = datetime(2026, 3, 14, 9, 26, 53, 589_793, tzinfo=UTC)
EPOCH = b"an epoch's bytes"
LIFE = timedelta(seconds=300)
MICROSECOND = timedelta(microseconds=1)


def mint_of(*, key: bytes = b"k" * 32, realm: str = "bezant", life_s: int = 300) -> NonceMint:
    return NonceMint(key, realm=realm, life_s=life_s)


def issued(*, at: datetime = NOW) -> str:
    return mint_of().issue(now=at, epoch=EPOCH)


def read(nonce: str, *, at: datetime = NOW) -> FreshNonce | NonceFault:
    return mint_of().read(nonce, now=at, epoch=EPOCH)


def fresh(nonce: str) -> FreshNonce:
    reading = read(nonce)
    assert isinstance(reading, FreshNonce)
    return reading


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=100_000)).map(NOW.__add__))
def test_a_nonce_is_fresh_when_it_is_made_and_tells_when_it_ends(at: datetime) -> None:
    reading = read(issued(at=at), at=at)
    assert isinstance(reading, FreshNonce)
    assert reading.expires_at == at + LIFE
    assert len(reading.key) == 16


def test_a_nonce_can_stand_in_quotes_and_is_compared_byte_for_byte() -> None:
    nonce = issued()
    assert len(nonce) == 48
    assert set(nonce) <= set(string.ascii_letters + string.digits + "-_")
    assert urlsafe_b64encode(urlsafe_b64decode(nonce)).decode() == nonce


def test_nonces_of_one_moment_differ_and_so_do_the_keys_of_their_uses() -> None:
    nonces = {issued() for _ in range(1000)}
    assert len(nonces) == 1000
    assert len({fresh(nonce).key for nonce in nonces}) == 1000


def test_the_key_of_a_nonce_is_the_same_for_every_reader() -> None:
    nonce = issued()
    assert fresh(nonce).key == fresh(nonce).key == urlsafe_b64decode(nonce)[:16]


def test_a_nonce_lives_to_the_last_microsecond_and_is_expired_at_its_end() -> None:
    nonce = issued()
    assert isinstance(read(nonce, at=NOW + LIFE - MICROSECOND), FreshNonce)
    assert read(nonce, at=NOW + LIFE) is NonceFault.EXPIRED
    assert read(nonce, at=NOW + 1000 * LIFE) is NonceFault.EXPIRED


def test_a_nonce_of_a_node_whose_clock_is_ahead_is_good_within_the_skew_and_not_beyond() -> None:
    nonce = issued()
    assert isinstance(read(nonce, at=NOW - MAX_SKEW), FreshNonce)
    assert read(nonce, at=NOW - MAX_SKEW - MICROSECOND) is NonceFault.FOREIGN


def test_a_nonce_with_any_character_altered_is_foreign() -> None:
    nonce = issued()
    for position, right in enumerate(nonce):
        for wrong in string.printable + "éş\x00":
            if wrong != right:
                altered = nonce[:position] + wrong + nonce[position + 1 :]
                assert read(altered) is NonceFault.FOREIGN, altered


def test_a_nonce_that_is_longer_or_shorter_is_foreign() -> None:
    nonce = issued()
    others = [nonce[:end] for end in range(48)]
    others += [nonce + more for more in ("=", "==", "A", "AAAA", "\n", " ", "\x00")]
    others += [more + nonce for more in ("=", "AAAA", "\n", " ")]
    assert {read(other) for other in others} == {NonceFault.FOREIGN}


def test_an_altered_nonce_is_foreign_even_when_it_has_expired() -> None:
    nonce = issued()
    altered = ("B" if nonce[0] == "A" else "A") + nonce[1:]
    assert read(altered, at=NOW + LIFE) is NonceFault.FOREIGN


@pytest.mark.parametrize(
    "other", [mint_of(realm="other"), mint_of(realm=""), mint_of(key=b"K" + b"k" * 31)]
)
def test_a_nonce_of_another_realm_or_key_is_foreign(other: NonceMint) -> None:
    assert other.read(issued(), now=NOW, epoch=EPOCH) is NonceFault.FOREIGN


@pytest.mark.parametrize("epoch", [b"", EPOCH[:-1], EPOCH + b"\x00", EPOCH.upper()])
def test_a_nonce_of_another_epoch_is_foreign(epoch: bytes) -> None:
    assert mint_of().read(issued(), now=NOW, epoch=epoch) is NonceFault.FOREIGN


def test_where_the_realm_ends_and_the_epoch_begins_is_part_of_the_proof() -> None:
    nonce = mint_of(realm="be").issue(now=NOW, epoch=b"zant")
    assert mint_of(realm="bez").read(nonce, now=NOW, epoch=b"ant") is NonceFault.FOREIGN


def test_the_time_in_a_nonce_cannot_be_moved() -> None:
    raw = bytearray(urlsafe_b64decode(issued()))
    raw[:8] = (int.from_bytes(raw[:8], "big") + 1).to_bytes(8, "big")
    assert read(urlsafe_b64encode(raw).decode()) is NonceFault.FOREIGN


@given(
    st.text() | st.binary(min_size=36, max_size=36).map(lambda raw: urlsafe_b64encode(raw).decode())
)
def test_any_text_that_we_did_not_make_is_foreign(text: str) -> None:
    assert read(text) is NonceFault.FOREIGN


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        mint_of(key=b"k" * 31)


@pytest.mark.parametrize("life_s", [0, -1])
def test_a_life_of_no_time_is_refused(life_s: int) -> None:
    with pytest.raises(ValueError, match="some seconds"):
        mint_of(life_s=life_s)
