"""Money that goes back: in parts, once for each reference, never more than was captured."""

import asyncio

import pytest

from bezant.integrations.acquirers.sandbox.wire import Plan, ReplyPlan
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import AcquirerAway, ChargeReference, RefundState
from tests.factories.sandbox import RunningSandbox, a_card, a_charge, a_refund, new_reference


async def _charged(sandbox: RunningSandbox, minor: int = 1_000) -> ChargeReference:
    charge = a_charge(minor=minor)
    await sandbox.acquirer.start(charge)
    return charge.reference


async def test_parts_go_back_until_nothing_is_left(sandbox: RunningSandbox) -> None:
    charge = await _charged(sandbox)

    states = [
        (await sandbox.acquirer.refund(a_refund(charge, minor))).state
        for minor in (400, 700, 600, 1)
    ]

    done, refused = RefundState.DONE, RefundState.REFUSED
    assert states == [done, refused, done, refused]
    outcome = await sandbox.acquirer.query(charge)
    assert outcome.captured == outcome.refunded == Money(1_000, Currency.TRY)
    (takings,) = await sandbox.control.takings()
    assert (takings.captures, takings.captured, takings.refunded) == (1, 1_000, 1_000)


async def test_a_refund_that_comes_again_is_answered_and_pays_nothing(
    sandbox: RunningSandbox,
) -> None:
    charge = await _charged(sandbox)
    asked = a_refund(charge, 100)

    told = await asyncio.gather(*(sandbox.acquirer.refund(asked) for _ in range(20)))

    assert told == [told[0]] * 20
    assert told[0].transaction_id
    assert [each.amount for each in await sandbox.control.movements(charge)] == [1_000, 100]


async def test_a_refusal_that_comes_again_is_the_same(sandbox: RunningSandbox) -> None:
    charge = await _charged(sandbox)
    asked = a_refund(charge, 1_001)

    first = await sandbox.acquirer.refund(asked)

    assert first.state is RefundState.REFUSED
    assert first.explanation == "More than is left of the charge"
    assert await sandbox.acquirer.refund(asked) == first


async def test_what_was_not_captured_does_not_go_back(sandbox: RunningSandbox) -> None:
    declined = a_charge(a_card("4532010000000511"))
    await sandbox.acquirer.start(declined)
    charge = await _charged(sandbox)

    for asked in (
        a_refund(declined.reference, 1),
        a_refund(new_reference(), 1),
        a_refund(charge, 1, currency=Currency.USD),
    ):
        assert (await sandbox.acquirer.refund(asked)).state is RefundState.REFUSED


@pytest.mark.parametrize(("reply", "after_first"), [("lost", 1), ("unreached", 0)])
async def test_a_refund_whose_answer_is_lost_can_be_asked_for_again(
    sandbox: RunningSandbox, reply: str, after_first: int
) -> None:
    charge = a_charge()
    await sandbox.control.plan(Plan(refund_reply=ReplyPlan(reply)), reference=charge.reference)
    await sandbox.acquirer.start(charge)
    asked = a_refund(charge.reference, 100)

    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.refund(asked)
    assert len(await sandbox.control.movements(charge.reference)) == 1 + after_first

    assert (await sandbox.acquirer.refund(asked)).state is RefundState.DONE
    assert len(await sandbox.control.movements(charge.reference)) == 2
