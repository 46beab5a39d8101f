"""The table of test cards."""

import re
from itertools import product

from bezant.cli.demo.cards import CARD_BANKS, RATES
from bezant.integrations.acquirers.sandbox.cards import (
    INSTALMENTS,
    TEST_CARDS,
    Behaviour,
    card_of,
    instalments_of,
)
from bezant.payments.card import passes_luhn
from bezant.payments.model import InstalmentRate
from tests.architecture.sources import ROOT


def test_every_number_is_one_of_a_bank_that_does_not_exist() -> None:
    banks = [bank.bin for bank in CARD_BANKS]

    assert len({card.number for card in TEST_CARDS}) == len(TEST_CARDS)
    for card in TEST_CARDS:
        assert passes_luhn(card.number)
        assert any(card.number.startswith(bin_) for bin_ in banks)


def test_there_is_a_card_for_each_outcome_with_3d_and_without() -> None:
    wanted = set(product(set(Behaviour) - {Behaviour.UNKNOWN}, (True, False)))

    assert {(card.behaviour, card.is_enrolled) for card in TEST_CARDS} == wanted


def test_the_guide_lists_the_cards_of_the_table() -> None:
    guide = (ROOT / "docs/guide/sandbox-acquirer.md").read_text(encoding="utf-8")
    listed = {
        (row[1], row[2], row[3])
        for row in re.finditer(r"^\| [^|]+\| (\d*) ?\| `(\d+)` \| `(\d+)` \|$", guide, re.MULTILINE)
    }

    for reason, direct, enrolled in listed:
        assert not card_of(direct).is_enrolled
        assert card_of(enrolled).is_enrolled
        assert card_of(direct).behaviour is card_of(enrolled).behaviour
        assert card_of(direct).behaviour.reason == reason
    assert len(listed) == len(Behaviour) - 1
    assert set(re.findall(r"`(\d{15,16})`", guide)) == {card.number for card in TEST_CARDS}


def test_a_number_that_is_not_in_the_table_is_unknown() -> None:
    assert card_of("4111111111111111").behaviour is Behaviour.UNKNOWN


def test_instalments_cost_what_the_demo_asks_for_them() -> None:
    programmes = {bank.bin: bank.programme for bank in CARD_BANKS}

    for bin_, rates in INSTALMENTS.items():
        found = tuple(InstalmentRate(*rate) for rate in rates)
        assert found == RATES[programmes[bin_]][: len(found)]


def test_instalments_are_found_by_eight_digits_or_six() -> None:
    assert instalments_of("4026150000000005") == INSTALMENTS["402615"]
    assert instalments_of("45320177") == INSTALMENTS["45320177"]
    assert instalments_of("411111") == ()
