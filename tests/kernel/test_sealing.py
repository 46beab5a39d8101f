"""What is sealed opens with its key and for its context, unaltered, or not at all."""

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.kernel.sealing import (
    KEY_BYTES,
    SealBroken,
    Sealer,
    derive_key,
    read_or_make_secret,
)

SEALER = Sealer(b"k" * KEY_BYTES)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_opens_again(value: bytes, context: str) -> None:
    assert SEALER.open(SEALER.seal(value, context=context), context=context) == value


def test_another_key_does_not_open_a_seal() -> None:
    sealed = SEALER.seal(b"value", context="row 1")
    with pytest.raises(SealBroken):
        Sealer(b"l" * KEY_BYTES).open(sealed, context="row 1")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    sealed = SEALER.seal(b"value", context="row 1")
    with pytest.raises(SealBroken):
        SEALER.open(sealed, context="row 2")


def test_any_altered_byte_breaks_the_seal() -> None:
    sealed = SEALER.seal(b"value", context="row 1")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            SEALER.open(bytes(altered), context="row 1")


def test_any_shortened_seal_is_broken() -> None:
    sealed = SEALER.seal(b"value", context="row 1")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            SEALER.open(sealed[:length], context="row 1")


def test_the_same_value_is_never_sealed_alike() -> None:
    assert SEALER.seal(b"value", context="") != SEALER.seal(b"value", context="")


def test_each_purpose_and_each_secret_has_its_own_key() -> None:
    keys = {derive_key(m, p) for m in (b"one", b"two") for p in ("nonces", "credentials")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {KEY_BYTES}
    assert derive_key(b"one", "nonces") in keys


def test_all_who_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    together = Barrier(8)

    def start(path: Path) -> bytes:
        together.wait()
        return read_or_make_secret(path)

    # Once is luck: the gap between looking and making is a hair's breadth.
    paths = [tmp_path / str(number) / "secret.key" for number in range(40)]
    for path in paths:
        with ThreadPoolExecutor(8) as starters:
            assert set(starters.map(start, [path] * 8)) == {read_or_make_secret(path)}
        assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) / "secret.key" for number in range(20)]
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        found = list(processes.map(read_or_make_secret, [path for path in paths for _ in range(3)]))
    for number, path in enumerate(paths):
        assert set(found[3 * number : 3 * number + 3]) == {path.read_bytes()}


def test_a_secret_is_for_its_owner_only_and_long(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    secret = read_or_make_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(secret.decode())) == KEY_BYTES


def test_a_secret_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text("the operator's own\n", encoding="ascii")
    assert read_or_make_secret(path) == b"the operator's own"
    assert path.read_text(encoding="ascii") == "the operator's own\n"
