"""The demo's banks and rates fit each other and the card table."""

import re

import pytest

from bezant.cli.demo.cards import CARD_BANKS, RATES
from bezant.payments.model import UNKNOWN_PROGRAMME, CardBank, CardType


def test_no_two_banks_share_first_digits() -> None:
    assert len({bank.bin for bank in CARD_BANKS}) == len(CARD_BANKS) == 30


@pytest.mark.parametrize("bank", CARD_BANKS, ids=lambda bank: bank.bin)
def test_first_digits_are_those_of_the_association(bank: CardBank) -> None:
    first = {
        "VISA": "4",
        "MASTERCARD": r"(5[1-5]|6771)",
        "TROY": "9792|979[3-6]",
        "AMEX": "3[47]",
    }
    assert re.fullmatch(r"\d{6}(\d{2})?", bank.bin)
    assert re.match(first[bank.association], bank.bin)
    assert bank.programme in RATES


def test_every_kind_of_card_is_there() -> None:
    assert {bank.card_type for bank in CARD_BANKS} == set(CardType)
    assert {len(bank.bin) for bank in CARD_BANKS} == {6, 8}


def test_a_programme_begins_with_paying_at_once_and_longer_costs_more() -> None:
    for programme, rates in RATES.items():
        instalments = [rate.instalment for rate in rates]
        assert instalments == ([1] if programme == UNKNOWN_PROGRAMME else [1, 2, 3, 6, 9, 12])
        costs = [rate.basis_points for rate in rates]
        assert costs == sorted(costs)
        assert all(rate.real_instalment >= rate.instalment for rate in rates)


def test_one_programme_has_a_campaign() -> None:
    campaigns = [
        rate for rates in RATES.values() for rate in rates if rate.real_instalment > rate.instalment
    ]
    assert len(campaigns) == 1
