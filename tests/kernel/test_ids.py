"""Names of things have the shapes of the wire."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bezant.kernel.ids import cart_token, increment_id, random_token, wire_guid

SECOND = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def test_a_cart_token_has_32_letters_and_digits() -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{32}", cart_token())


@pytest.mark.parametrize("length", [1, 8, 64, 200])
def test_a_token_is_as_long_as_was_asked(length: int) -> None:
    assert len(random_token(length)) == length


def test_no_two_tokens_are_alike() -> None:
    assert len({random_token() for _ in range(1_000)}) == 1_000


def test_bytes_that_would_favour_some_characters_are_thrown_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = iter([bytes([248, 255, 0, 61]), bytes([62, 247])])
    monkeypatch.setattr("secrets.token_bytes", lambda _count: next(drawn))
    assert random_token(4) == "a9a9"


def test_an_increment_id_tells_the_second_and_the_number() -> None:
    assert increment_id(0xABCDE, datetime.fromtimestamp(0x12345678, UTC)) == "MC_12345678ABCDE"
    assert re.fullmatch(r"MC_[0-9A-F]{13}", increment_id(7, SECOND))


def test_a_million_baskets_of_one_second_have_different_numbers() -> None:
    assert increment_id(5, SECOND) == increment_id(5 + 2**20, SECOND)
    made = {increment_id(number, SECOND) for number in range(0, 2**20, 1_021)}
    assert len(made) == len(range(0, 2**20, 1_021))


def test_the_same_number_a_second_later_is_another_name() -> None:
    assert increment_id(5, SECOND) != increment_id(5, SECOND + timedelta(seconds=1))


def test_a_guid_goes_over_the_wire_in_capitals() -> None:
    guid = UUID("0b8f7a36-55d1-4e0f-9a0e-1f2e3d4c5b6a")
    assert wire_guid(guid) == "0B8F7A36-55D1-4E0F-9A0E-1F2E3D4C5B6A"
