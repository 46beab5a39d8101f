"""The daily file: by day, by reference, and wrong where it is to be wrong."""

import pytest

from bezant.integrations.acquirers.sandbox.server.files import MISMATCHED_MINOR, STRANGER
from bezant.integrations.acquirers.sandbox.server.settings import SettlementFault
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import Settlement
from tests.factories.clock import FakeClock
from tests.factories.sandbox import (
    THE_DAY,
    RunningSandbox,
    a_card,
    a_charge,
    a_refund,
    running_sandbox,
)


def _lira(minor: int) -> Money:
    return Money(minor, Currency.TRY)


async def _shown(sandbox: RunningSandbox) -> list[tuple[str, int]]:
    lines = await sandbox.acquirer.settlements(THE_DAY)
    return [(line.reference, line.amount.minor) for line in lines]


async def test_the_file_of_a_day_has_what_moved_on_that_day(
    sandbox: RunningSandbox, clock: FakeClock
) -> None:
    paid = a_charge(minor=10_005, instalment=3)
    refund = a_refund(paid.reference, 5)
    await sandbox.acquirer.start(paid)
    await sandbox.acquirer.start(a_charge(a_card("4532010000000511")))
    clock.advance(days=1)
    await sandbox.acquirer.refund(refund)

    assert await sandbox.acquirer.settlements(THE_DAY) == [
        Settlement(
            reference=paid.reference, is_refund=False, amount=_lira(10_005), commission=_lira(349)
        )
    ]
    assert await sandbox.acquirer.settlements(clock.now().date()) == [
        Settlement(reference=refund.reference, is_refund=True, amount=_lira(5), commission=_lira(0))
    ]


async def test_one_amount_is_always_one_too_high(sandbox: RunningSandbox) -> None:
    charge = a_charge(minor=MISMATCHED_MINOR)
    await sandbox.acquirer.start(charge)

    assert await _shown(sandbox) == [(charge.reference, MISMATCHED_MINOR + 1)]


@pytest.mark.parametrize("fault", list(SettlementFault))
async def test_something_is_wrong_when_the_settings_say_so(fault: SettlementFault) -> None:
    charges = [a_charge(minor=100), a_charge(minor=200)]
    (first, second) = [(charge.reference, charge.amount.minor) for charge in charges]
    expected = {
        SettlementFault.NONE: [first, second],
        SettlementFault.AMOUNT: [(first[0], 101), second],
        SettlementFault.MISSING: [second],
        SettlementFault.STRANGER: [first, second, (STRANGER, 100)],
    }

    async with running_sandbox(settlement_fault=fault) as sandbox:
        for charge in charges:
            await sandbox.acquirer.start(charge)
        assert await _shown(sandbox) == expected[fault]


async def test_instalments_are_told_for_the_cards_of_the_table(sandbox: RunningSandbox) -> None:
    rates = await sandbox.acquirer.instalments("402615", _lira(1_000))

    assert (6, 8) in [(rate.instalment, rate.real_instalment) for rate in rates]
    assert await sandbox.acquirer.instalments("999999", _lira(1_000)) == []
