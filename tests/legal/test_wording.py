"""Figures and times as a document writes them: exact, and by nothing but the language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.customers.model import AddressDetails, AddressType
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.legal.wording import (
    address_text,
    day_text,
    moment_text,
    money_text,
    plain,
    rate_text,
    weight_text,
)

TR, EN = Language.TR, Language.EN
ISTANBUL = ZoneInfo("Europe/Istanbul")


@pytest.mark.parametrize(
    ("minor", "currency", "turkish", "english"),
    [
        (0, Currency.TRY, "0,00 TL", "TRY 0.00"),
        (5, Currency.TRY, "0,05 TL", "TRY 0.05"),
        (123_456, Currency.TRY, "1.234,56 TL", "TRY 1,234.56"),
        (100_000_000_01, Currency.USD, "100.000.000,01 USD", "USD 100,000,000.01"),
        (-5, Currency.EUR, "-0,05 EUR", "EUR -0.05"),
        (-123_456, Currency.TRY, "-1.234,56 TL", "TRY -1,234.56"),
    ],
)
def test_an_amount_has_the_points_of_its_language(
    minor: int, currency: Currency, turkish: str, english: str
) -> None:
    amount = Money(minor, currency)

    assert (money_text(amount, TR), money_text(amount, EN)) == (turkish, english)


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_no_digit_of_an_amount_is_lost(minor: int) -> None:
    for language in Language:
        written = money_text(Money(minor, Currency.TRY), language)
        digits = "".join(each for each in written if each.isdigit() or each == "-")
        assert int(digits) == minor


@pytest.mark.parametrize(
    ("micrograms", "turkish", "english"),
    [
        (1_010_000, "1,01 g", "1.01 g"),
        (1_000_000_000, "1.000 g", "1,000 g"),
        (1, "0,000001 g", "0.000001 g"),
    ],
)
def test_a_weight_is_in_grams(micrograms: int, turkish: str, english: str) -> None:
    assert (weight_text(micrograms, TR), weight_text(micrograms, EN)) == (turkish, english)


@pytest.mark.parametrize(
    ("rate", "turkish", "english"),
    [(2_000, "%20", "20%"), (0, "%0", "0%"), (150, "%1,5", "1.5%"), (10_000, "%100", "100%")],
)
def test_a_rate_is_in_percent(rate: int, turkish: str, english: str) -> None:
    assert (rate_text(rate, TR), rate_text(rate, EN)) == (turkish, english)


def test_a_time_is_told_in_its_zone_and_says_which() -> None:
    late = datetime(2026, 5, 31, 22, 5, 59, 123456, tzinfo=UTC)

    assert moment_text(late, ISTANBUL, TR) == "01.06.2026 01:05 (UTC+03:00)"
    assert moment_text(late, ISTANBUL, EN) == "2026-06-01 01:05 (UTC+03:00)"
    assert day_text(late, ISTANBUL, TR) == "01.06.2026"


def test_an_address_has_its_known_parts_in_the_order_of_an_envelope() -> None:
    details = AddressDetails(
        type=AddressType.SHIPPING,
        address="Uzun Sokak 1",
        district="Kavaklıdere",
        county="Çankaya",
        city="Ankara",
        zipcode="06690",
    )

    assert address_text(details) == "Uzun Sokak 1, Kavaklıdere, 06690, Çankaya/Ankara"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" a\r\nb\tc ", "a b c"),
        ("a\u202eb\u2066c", "a b c"),
        ("a\x00\x07b\x85c", "a b c"),
        ("a\u2028b", "a b"),
        ("Şükrü İ\u0307", "Şükrü İ\u0307"),
        ("\u202e", ""),
    ],
)
def test_what_is_not_seen_is_not_in_a_document(text: str, kept: str) -> None:
    assert plain(text) == kept
